#include "cli/answer_printer.h"

#include <fmt/format.h>
#include <unistd.h>
#include <utf8proc.h>

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace hearth {

namespace {

constexpr std::string_view kDim = "\033[2m", kPlain = "\033[0m", kAgain = "\r\033[K";
constexpr std::string_view kThinking = "thinking: ";

size_t count_words(std::string_view text) {
  size_t words = 0;
  bool inside = false;
  for (char c : text) {
    bool blank = c == ' ' || c == '\n' || c == '\t';
    words += !blank && !inside;
    inside = !blank;
  }
  return words;
}

}  // namespace

std::string last_words(std::string_view text, size_t columns) {
  constexpr size_t kMostBytes = 4;  // of a character
  if (text.size() > columns * kMostBytes) text.remove_prefix(text.size() - columns * kMostBytes);
  std::vector<std::pair<std::string_view, size_t>> characters;  // with their columns
  while (!text.empty()) {
    uint32_t code = 0;
    size_t size = utf8_character(text, code);
    int width = size ? utf8proc_charwidth(static_cast<utf8proc_int32_t>(code)) : 0;
    bool shown = size > 1 ? width > 0 : size == 1 && code > 0x20 && code != 0x7f;
    characters.emplace_back(shown ? text.substr(0, size) : " ", shown ? static_cast<size_t>(width) : 1);
    text.remove_prefix(std::max<size_t>(size, 1));
  }
  size_t first = characters.size(), used = 0;
  while (first > 0 && used + characters[first - 1].second <= columns) used += characters[--first].second;
  std::string line;
  for (; first < characters.size(); ++first) {
    bool blank = characters[first].first == " ";
    if (!blank || (!line.empty() && line.back() != ' ')) line += characters[first].first;
  }
  return line;
}

AnswerPrinter::AnswerPrinter(const ChatFormat& format, std::string_view opening, PrinterOptions options,
                             Write write)
    // No tools were offered, so that nothing is a call.
    : parser_(format, {.calls = false}, opening), options_(std::move(options)), write_(std::move(write)) {
  ReasoningShown& shown = options_.reasoning;
  if (shown == ReasoningShown::fold && !options_.screen.moves) shown = ReasoningShown::hide;
}

std::string AnswerPrinter::dim(std::string_view text) const {
  return options_.screen.color ? fmt::format("{}{}{}", kDim, text, kPlain) : std::string(text);
}

bool AnswerPrinter::print_reasoning(std::string_view text) {
  reasoning_ += text;
  if (!std::exchange(in_reasoning_, true)) {
    began_ = Clock::now();
    if (options_.reasoning == ReasoningShown::show && options_.screen.color) write_(kDim);
  }
  if (options_.reasoning == ReasoningShown::show) return write_(text);
  if (options_.reasoning == ReasoningShown::hide) return true;
  // The last column stays free: some terminals begin a new line when it is written.
  size_t columns = terminal_columns(STDOUT_FILENO), room = columns - std::min(columns, kThinking.size() + 1);
  return write_(fmt::format("{}{}", kAgain, dim(std::string(kThinking) + last_words(reasoning_, room))));
}

// Reasoning and answer stand apart, and are told apart by brightness where there is any.
void AnswerPrinter::end_reasoning() {
  if (!std::exchange(in_reasoning_, false)) return;
  if (options_.reasoning == ReasoningShown::show && options_.screen.color) write_(kPlain);
  if (options_.reasoning != ReasoningShown::fold) return;
  std::string hint = options_.unfold.empty() ? "" : fmt::format("; {} shows them", options_.unfold);
  double seconds = std::chrono::duration<double>(Clock::now() - began_).count();
  write_(fmt::format(
      "{}{}", kAgain,
      dim(fmt::format("[thought for {:.1f} s, {} words{}]", seconds, count_words(reasoning_), hint))));
}

bool AnswerPrinter::print_content(std::string_view text) {
  bool thought = in_reasoning_;
  end_reasoning();
  if (thought && options_.reasoning != ReasoningShown::hide) write_("\n\n");
  content_ += text;
  return options_.screen.color ? write_(highlighter_.push(text)) : write_(text);
}

bool AnswerPrinter::print(const std::vector<Delta>& deltas) {
  for (const Delta& delta : deltas) {
    if (delta.kind == Delta::Kind::reasoning && !print_reasoning(delta.text)) return false;
    if (delta.kind == Delta::Kind::content && !print_content(delta.text)) return false;
  }
  return true;
}

bool AnswerPrinter::push(std::string_view text, bool control) {
  return print(parser_.feed(text, control)) && !parser_.ended();
}

void AnswerPrinter::finish() {
  print(parser_.finish());
  end_reasoning();
  if (options_.screen.color) write_(highlighter_.finish());
}

}  // namespace hearth
