#include "cli/line_editor.h"

#include <histedit.h>
#include <langinfo.h>
#include <sys/stat.h>

#include <clocale>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

namespace hearth {

namespace {

constexpr int kHistoryLines = 1000;
constexpr std::string_view kBlock = "\"\"\"";
// Asks a terminal to say where pasted text begins and ends, and no more.
constexpr const char *kMarkPastes = "\033[?2004h", *kLeavePastes = "\033[?2004l";

// What is pasted becomes part of the line as it stands, ends of lines among it, until the terminal says that it is over.
unsigned char insert_paste(EditLine* editor, int) {
  constexpr std::wstring_view kEnd = L"\033[201~";
  std::wstring text;
  for (wchar_t c = 0; !text.ends_with(kEnd) && el_wgetc(editor, &c) == 1;) text += c == L'\r' ? L'\n' : c;
  if (!text.ends_with(kEnd)) return CC_EOF;
  text.resize(text.size() - kEnd.size());
  while (text.ends_with(L'\n')) text.pop_back();
  return el_winsertstr(editor, text.c_str()) == 0 ? CC_REFRESH : CC_ERROR;
}

}  // namespace

struct LineEditor::State {
  EditLine* editor = nullptr;
  History* history = nullptr;
  std::filesystem::path file;
  const char* prompt = "> ";
  bool interrupted = false;

  static State& of(EditLine* editor) {
    void* data = nullptr;
    el_get(editor, EL_CLIENTDATA, &data);
    return *static_cast<State*>(data);
  }
};

LineEditor::LineEditor(std::filesystem::path history) : state_(std::make_unique<State>()) {
  State& state = *state_;
  // Characters of several bytes are edited as one, whatever the locale says.
  std::setlocale(LC_CTYPE, "");
  if (std::string_view(nl_langinfo(CODESET)) != "UTF-8") std::setlocale(LC_CTYPE, "C.UTF-8");
  state.file = std::move(history);
  state.editor = el_init("hearth", stdin, stderr, stderr);
  state.history = history_init();
  HistEvent event;
  ::history(state.history, &event, H_SETSIZE, kHistoryLines);
  ::history(state.history, &event, H_SETUNIQUE, 1);
  ::history(state.history, &event, H_LOAD, state.file.c_str());
  el_set(state.editor, EL_CLIENTDATA, &state);
  el_set(state.editor, EL_HIST, ::history, state.history);
  el_set(state.editor, EL_EDITOR, "emacs");
  el_set(state.editor, EL_SIGNAL, 1);  // a terminal that changes its size
  char* (*prompt)(EditLine*) = [](EditLine* editor) { return const_cast<char*>(State::of(editor).prompt); };
  el_set(state.editor, EL_PROMPT, prompt);
  // While a line is edited, Ctrl-C is a key like others: it gives up the line.
  el_set(state.editor, EL_SETTY, "-d", "-isig", nullptr);
  unsigned char (*give_up)(EditLine*, int) = [](EditLine* editor, int) -> unsigned char {
    State::of(editor).interrupted = true;
    return CC_NEWLINE;
  };
  el_set(state.editor, EL_ADDFN, "give-up", "Give up the line", give_up);
  el_set(state.editor, EL_BIND, "^C", "give-up", nullptr);
  el_set(state.editor, EL_BIND, "^R", "em-inc-search-prev", nullptr);
  el_set(state.editor, EL_ADDFN, "insert-paste", "Insert what is pasted", insert_paste);
  el_set(state.editor, EL_BIND, "\\e[200~", "insert-paste", nullptr);
}

LineEditor::~LineEditor() {
  el_end(state_->editor);
  history_end(state_->history);
}

std::optional<std::string> LineEditor::read_line(const char* prompt) {
  state_->prompt = prompt;
  // Before the prompt is seen: from then on Ctrl-C and Ctrl-D are keys.
  el_set(state_->editor, EL_PREP_TERM, 1);
  int count = 0;
  std::fputs(kMarkPastes, stderr);
  const char* line = el_gets(state_->editor, &count);
  std::fputs(kLeavePastes, stderr);
  // An empty line that is given up looks like the end of the input.
  if (state_->interrupted) return std::string();
  if (!line || count <= 0) return std::nullopt;
  std::string text(line, static_cast<size_t>(count));
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  return text;
}

std::optional<std::string> LineEditor::read() {
  state_->interrupted = false;
  auto text = read_line("> ");
  if (!text) return std::nullopt;
  bool block = text->starts_with(kBlock);
  auto goes_on = [&] {
    if (block) return text->size() < 2 * kBlock.size() || !text->ends_with(kBlock);
    return text->ends_with('\\');
  };
  while (!state_->interrupted && goes_on()) {
    if (!block) text->pop_back();
    auto more = read_line(". ");
    if (!more) break;
    *text += "\n" + *more;
  }
  if (state_->interrupted) {
    std::fputs("\n", stderr);
    return std::string();
  }
  if (!text->empty()) {
    HistEvent event;
    ::history(state_->history, &event, H_ENTER, text->c_str());
    mode_t before = ::umask(0077);
    ::history(state_->history, &event, H_SAVE, state_->file.c_str());
    ::umask(before);
  }
  if (block) {
    text->erase(0, kBlock.size());
    if (text->ends_with(kBlock)) text->resize(text->size() - kBlock.size());
    if (text->starts_with('\n')) text->erase(0, 1);
    if (text->ends_with('\n')) text->pop_back();
  }
  return text;
}

}  // namespace hearth
