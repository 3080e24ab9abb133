#include "cli/chat.h"

#include <filesystem>

#include "base/human.h"
#include "base/text.h"
#include "cli/line_editor.h"
#include "cli/output.h"
#include "hub/folders.h"

namespace hearth {

namespace {

struct ChatCommand {
  const char* name;
  const char* arguments;
  const char* help;
  Status (*run)(Runner& runner, const std::string& argument);
};

Status show_commands(Runner&, const std::string&);

Status needs(const std::string& argument, const char* what) {
  return argument.empty() ? Status(fail("{} should follow", what)) : Status();
}

Status show(Runner& runner, const std::string& what) {
  if (what.empty()) {
    tell(runner.summary());
    return {};
  }
  if (what != "reasoning") return fail("/show takes nothing or reasoning, not {}", quote(what));
  if (runner.reasoning().empty()) return fail("the last answer came without reasoning");
  tell(runner.reasoning());
  return {};
}

const ChatCommand kCommands[] = {
    {"/help", "", "this list", show_commands},
    {"/clear", "", "begins anew",
     [](Runner& runner, const std::string&) -> Status {
       runner.clear();
       return Status();
     }},
    {"/system", "TEXT", "tells the model what it is; nothing: no more",
     [](Runner& runner, const std::string& text) -> Status {
       runner.set_system(text);
       return Status();
     }},
    {"/regenerate", "", "answers the last question once more",
     [](Runner& runner, const std::string&) -> Status {
       AnswerInterrupt guard;
       return runner.regenerate();
     }},
    {"/attach", "FILE", "puts a text file into the next message",
     [](Runner& runner, const std::string& file) -> Status {
       TRY_STATUS(needs(file, "a file"));
       TRY(std::string told, runner.attach(file));
       tell(told);
       return Status();
     }},
    {"/save", "FILE", "writes the conversation, as JSON",
     [](Runner& runner, const std::string& file) -> Status {
       TRY_STATUS(needs(file, "a file"));
       return runner.save(file);
     }},
    {"/load", "FILE", "goes on with one",
     [](Runner& runner, const std::string& file) -> Status {
       TRY_STATUS(needs(file, "a file"));
       return runner.load(file);
     }},
    {"/set", "NAME VALUE", "a sampling parameter, tokens (of an answer), or reasoning (show, fold or hide)",
     [](Runner& runner, const std::string& argument) -> Status {
       size_t blank = argument.find(' ');
       TRY_STATUS(needs(blank == argument.npos ? "" : argument, "a name and a value"));
       return runner.set(argument.substr(0, blank), argument.substr(argument.find_first_not_of(' ', blank)));
     }},
    {"/show", "[reasoning]", "what holds now, or the last answer's reasoning", show},
    {"/bye", "", "ends, as Ctrl-D does", nullptr},
};

Status show_commands(Runner&, const std::string&) {
  Table table("<<");
  for (const ChatCommand& command : kCommands)
    table.add({fmt::format("{} {}", command.name, command.arguments), command.help});
  tell(table.text() + "A line that ends in \\ goes on; \"\"\" begins and ends a text of several lines.");
  return {};
}

// Nothing: the chat ends.
std::optional<Status> obey(Runner& runner, const std::string& line) {
  size_t blank = line.find_first_of(" \n");
  std::string name = line.substr(0, blank), argument;
  if (blank != line.npos) argument = line.substr(std::min(line.find_first_not_of(" \n", blank), line.size()));
  while (argument.ends_with(' ')) argument.pop_back();
  for (const ChatCommand& command : kCommands) {
    if (name != command.name) continue;
    if (!command.run) return std::nullopt;
    return command.run(runner, argument);
  }
  return Status(fail("there is no {}; /help shows what there is, and a blank before it makes it a question",
                     quote(name)));
}

}  // namespace

Status chat(Runner& runner) {
  tell(fmt::format("{}: {} tokens of context. Ctrl-C stops an answer, Ctrl-D ends, /help shows more.",
                   runner.name(), runner.context()));
  std::error_code ignored;  // without a folder there is no history
  std::filesystem::create_directories(hearth_home(), ignored);
  LineEditor editor(hearth_home() / "history");
  while (auto line = editor.read()) {
    if (line->empty()) continue;
    Status status;
    if (line->starts_with('/')) {
      auto obeyed = obey(runner, *line);
      if (!obeyed) return {};
      status = *std::move(obeyed);
    } else {
      AnswerInterrupt guard;
      status = runner.answer(*line);
    }
    if (!status.ok()) tell("error: " + status.error().message);
  }
  tell("");
  return {};
}

}  // namespace hearth
