#include "cli/habits.h"

#include <algorithm>
#include <utility>

#include "base/letters_apart.h"
#include "base/log.h"
#include "base/text.h"

namespace hearth {

namespace {

enum class Means : uint8_t {
  renamed,  // `ours` is the option
  model,    // its value is the MODEL
  nothing,  // takes no value, and asks for what is so anyway; `ours` says why
  ignored,  // the same, with a value
  refused,  // `ours` says what to do
};

struct Habit {
  std::string_view name;
  Means means;
  std::string_view ours;
};

constexpr std::string_view kNoDevice = "models run on the processor here";
constexpr Habit kHabits[] = {
    {"-m", Means::model, ""},
    {"--model", Means::model, ""},
    {"-hf", Means::model, ""},
    {"-hfr", Means::model, ""},
    {"--hf-repo", Means::model, ""},
    {"-c", Means::renamed, "--ctx"},
    {"--ctx-size", Means::renamed, "--ctx"},
    {"-n", Means::renamed, "--tokens"},
    {"--predict", Means::renamed, "--tokens"},
    {"--n-predict", Means::renamed, "--tokens"},
    {"-t", Means::renamed, "--threads"},
    {"-np", Means::renamed, "--parallel"},
    {"--temp", Means::renamed, "--temperature"},
    {"-s", Means::renamed, "--seed"},
    {"-sys", Means::renamed, "--system"},
    {"-a", Means::renamed, "--alias"},
    {"--grammar-file", Means::renamed, "--grammar"},
    {"--chat-template-file", Means::renamed, "--chat-template"},
    {"-ctk", Means::renamed, "--cache-type"},
    {"--cache-type-k", Means::renamed, "--cache-type"},
    {"-ctv", Means::ignored, "--cache-type is that of keys and values"},
    {"--cache-type-v", Means::ignored, "--cache-type is that of keys and values"},
    {"-ngl", Means::ignored, kNoDevice},
    {"--gpu-layers", Means::ignored, kNoDevice},
    {"--n-gpu-layers", Means::ignored, kNoDevice},
    {"-b", Means::ignored, "how much is read at once follows from how busy the server is"},
    {"--batch-size", Means::ignored, "how much is read at once follows from how busy the server is"},
    {"-ub", Means::ignored, "how much is read at once follows from how busy the server is"},
    {"--ubatch-size", Means::ignored, "how much is read at once follows from how busy the server is"},
    {"-fa", Means::nothing, "attention is always computed that way"},
    {"--flash-attn", Means::nothing, "attention is always computed that way"},
    {"--jinja", Means::nothing, "a model's own template is always used"},
    {"-cnv", Means::nothing, "run is a chat on a terminal"},
    {"--conversation", Means::nothing, "run is a chat on a terminal"},
    {"--no-mmap", Means::nothing, "weights are read where their file is mapped"},
    {"--metrics", Means::nothing, "/metrics is always there"},
    {"--slots", Means::nothing, "/slots is always there"},
    {"--embeddings", Means::nothing, "a model that embeds is served as one"},
    {"--mmproj", Means::refused, "models that see pictures are not supported"},
};

// Commands that others have, or had under another name.
constexpr std::pair<std::string_view, std::string_view> kCommands[] = {
    {"chat", "run"}, {"generate", "run"},  {"ls", "list"},       {"remove", "rm"},    {"delete", "rm"},
    {"get", "pull"}, {"download", "pull"}, {"create", "import"}, {"server", "serve"}, {"benchmark", "bench"},
};

constexpr std::string_view kSwitches[] = {"on", "off", "auto"};

const Habit* habit_of(std::string_view word) {
  for (const Habit& habit : kHabits) {
    if (habit.name == word) return &habit;
  }
  return nullptr;
}

bool knows(const CLI::App& command, std::string_view name) {
  return command.get_option_no_throw(std::string(name)) != nullptr;
}

}  // namespace

const CLI::App* subcommand_of(const CLI::App& app, const std::string& name) {
  auto named = app.get_subcommands([&](const CLI::App* each) { return each->get_name() == name; });
  return named.empty() ? nullptr : named.front();
}

const CLI::App& command_of(const CLI::App& app, const std::vector<std::string>& words) {
  const CLI::App* at = &app;
  for (size_t i = 0; i < words.size() && i < 2; ++i) {
    const CLI::App* next = subcommand_of(*at, words[i]);
    if (!next) break;
    at = next;
  }
  return *at;
}

namespace {

// `hearth` and `hearth help` ask for help, `hearth help run` for that of run; other first words are commands.
Result<std::vector<std::string>> with_command(const CLI::App& app, std::vector<std::string> words) {
  if (words.empty()) return std::vector<std::string>{"--help"};
  const std::string first = words.front();
  if (first.starts_with('-') || subcommand_of(app, first)) return words;
  if (first == "help" || first == "version") {
    words.erase(words.begin());
    words.push_back("--" + first);
    return first == "help" ? with_command(app, std::move(words)) : Result(std::move(words));
  }
  for (const auto& [theirs, ours] : kCommands) {
    if (theirs != first) continue;
    log_info("{} is called {} here", theirs, ours);
    words.front() = ours;
    return words;
  }
  std::string best;
  size_t least = 1 + first.size() / 3;
  for (const CLI::App* each : app.get_subcommands([](const CLI::App*) { return true; })) {
    size_t away = letters_apart(first, each->get_name());
    if (away > least || (away == least && !best.empty())) continue;
    least = away;
    best = each->get_name();
  }
  return fail("there is no command {}{}; see hearth --help", quote(first),
              best.empty() ? "" : "; did you mean " + best + "?");
}

}  // namespace

Result<std::vector<std::string>> without_habits(const CLI::App& app, std::vector<std::string> given) {
  TRY(std::vector<std::string> words, with_command(app, std::move(given)));
  const CLI::App& command = command_of(app, words);
  // What takes no model has nothing of this.
  if (&command == &app || !knows(command, "--threads")) return words;
  std::vector<std::string> ours;
  for (size_t i = 0; i < words.size(); ++i) {
    size_t mark = words[i].starts_with("--") ? words[i].find('=') : std::string::npos;
    std::string name = words[i].substr(0, mark);
    const Habit* habit = habit_of(name);
    if (!habit || knows(command, name)) {
      if (words[i] == "--")
        return ours.insert(ours.end(), words.begin() + static_cast<std::ptrdiff_t>(i), words.end()), ours;
      ours.push_back(words[i]);
      continue;
    }
    bool takes_value = habit->means != Means::nothing && habit->means != Means::refused;
    std::string value = mark == std::string::npos ? "" : words[i].substr(mark + 1);
    if (takes_value && mark == std::string::npos) {
      if (i + 1 == words.size()) return fail("{}: expected a value", name);
      value = words[++i];
    }
    switch (habit->means) {
      case Means::renamed:
        if (!knows(command, habit->ours))
          return fail("{}: is {} elsewhere; this command has no such option", name, habit->ours);
        log_info("{} is called {} here", name, habit->ours);
        ours.emplace_back(habit->ours);
        ours.push_back(value);
        break;
      case Means::model: ours.push_back(value); break;
      case Means::nothing:
        // Newer ones may be told on or off.
        if (i + 1 < words.size() && std::ranges::find(kSwitches, words[i + 1]) != std::end(kSwitches)) ++i;
        log_info("{}: needs no saying: {}", name, habit->ours);
        break;
      case Means::ignored: log_info("{}: says nothing here: {}", name, habit->ours); break;
      case Means::refused: return fail("{}: {}", name, habit->ours);
    }
  }
  return ours;
}

std::string option_like(const CLI::App& command, const std::string& word) {
  std::string name = word.substr(0, word.find('=')), best;
  size_t least = 1 + name.size() / 3;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& each : option->get_lnames()) {
      size_t away = letters_apart(name, "--" + each);
      if (away <= least) {
        least = away;
        best = "--" + each;
      }
    }
  }
  return best;
}

}  // namespace hearth
