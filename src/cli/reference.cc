// hearth completions and hearth man: what shells and readers of manuals get, from the same table as --help.
#include <algorithm>
#include <iterator>

#include "base/version.h"
#include "cli/command.h"
#include "cli/habits.h"
#include "cli/output.h"

namespace hearth {

namespace {

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
  std::vector<const CLI::App*> all;
  for (const CLI::App* each : app.get_subcommands([](const CLI::App*) { return true; })) all.push_back(each);
  return all;
}

std::string line_of(const CLI::App& app) {
  return app.get_parent() ? line_of(*app.get_parent()) + " " + app.get_name() : app.get_name();
}

// Every command, from the program itself on.
std::vector<const CLI::App*> all_commands(const CLI::App& root) {
  std::vector<const CLI::App*> all = {&root};
  for (size_t i = 0; i < all.size(); ++i) {
    for (const CLI::App* inner : commands_of(*all[i])) all.push_back(inner);
  }
  return all;
}

// What an option's value is one of: what its check says as {a,b}.
std::vector<std::string> choices_of(const CLI::Option& option) {
  std::vector<std::string> choices;
  const std::string type = option.get_type_name();
  for (size_t at = type.find('{'); at != type.npos && type[at] != '}';) {
    size_t end = type.find_first_of(",}", at + 1);
    if (end == type.npos) return {};
    choices.push_back(type.substr(at + 1, end - at - 1));
    at = end;
  }
  return choices;
}

// What may stand behind a command: first what is no option.
std::vector<std::string> words_of(const CLI::App& command) {
  std::vector<std::string> words;
  for (const CLI::App* inner : commands_of(command)) words.push_back(inner->get_name());
  for (const CLI::Option* option : command.get_options()) {
    if (option->get_positional()) std::ranges::move(choices_of(*option), std::back_inserter(words));
  }
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) words.push_back("--" + name);
    for (const std::string& name : option->get_snames()) words.push_back("-" + name);
  }
  return words;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::string shell_quoted(const std::string& text) {
  std::string out = "'";
  for (char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

// Words of the command that the line names so far, or what its option's value is one of; files where none of them fits
// and where all that there is are options and none is begun.
std::string bash_completions(const CLI::App& root) {
  std::string text =
      "_hearth() {\n"
      "  local at=hearth word i words here=${COMP_WORDS[COMP_CWORD]}\n"
      "  for ((i = 1; i < COMP_CWORD && i < 3; i++)); do\n"
      "    word=${COMP_WORDS[i]}\n"
      "    [[ $word == -* ]] && break\n"
      "    at+=\" $word\"\n"
      "  done\n"
      "  while :; do\n"
      "    case $at in\n";
  for (const CLI::App* command : all_commands(root))
    text += fmt::format("      {}) words={} ;;\n", shell_quoted(line_of(*command)),
                        shell_quoted(joined(words_of(*command))));
  text +=
      "      *) at=${at% *}; continue ;;\n"
      "    esac\n"
      "    break\n"
      "  done\n"
      "  case \"$at ${COMP_WORDS[COMP_CWORD-1]}\" in\n";
  for (const CLI::App* command : all_commands(root)) {
    for (const CLI::Option* option : command->get_options()) {
      std::string choices = joined(choices_of(*option));
      for (const std::string& name : option->get_lnames()) {
        if (!choices.empty())
          text += fmt::format("    {}) words={} ;;\n", shell_quoted(line_of(*command) + " --" + name),
                              shell_quoted(choices));
      }
    }
  }
  return text +
         "  esac\n"
         "  COMPREPLY=()\n"
         "  [[ -z $here && $words == -* ]] || COMPREPLY=($(compgen -W \"$words\" -- \"$here\"))\n"
         "  [[ ${#COMPREPLY[@]} -eq 0 ]] && COMPREPLY=($(compgen -f -- \"$here\"))\n"
         "}\n"
         "complete -o filenames -F _hearth hearth\n";
}

// zsh understands bash's. Where it loads this when it is first wanted, all of it is that first call.
std::string zsh_completions(const CLI::App& root) {
  return "#compdef hearth\nautoload -U +X bashcompinit && bashcompinit\n" + bash_completions(root) +
         "[[ $funcstack[1] != _hearth ]] || _bash_complete -o filenames -F _hearth\n";
}

std::string fish_completions(const CLI::App& root) {
  std::string text;
  for (const CLI::App* command : all_commands(root)) {
    std::string when = "__fish_use_subcommand";
    if (command != &root) when = "__fish_seen_subcommand_from " + command->get_name();
    if (command != &root && command->get_parent() != &root)
      when += "; and __fish_seen_subcommand_from " + command->get_parent()->get_name();
    for (const CLI::App* inner : commands_of(*command)) {
      text += fmt::format("complete -c hearth -n {} -f -a {} -d {}\n", shell_quoted(when), inner->get_name(),
                          shell_quoted(inner->get_description()));
    }
    for (const CLI::Option* option : command->get_options()) {
      std::string names;
      for (const std::string& name : option->get_lnames()) names += " -l " + name;
      for (const std::string& name : option->get_snames()) names += " -s " + name;
      std::string choices = joined(choices_of(*option));
      if (names.empty() && choices.empty()) continue;
      text += fmt::format("complete -c hearth -n {}{}{}{} -d {}\n", shell_quoted(when), names,
                          !names.empty() && option->get_expected_max() > 0 ? " -r" : "",
                          choices.empty() ? "" : " -f -a " + shell_quoted(choices),
                          shell_quoted(option->get_description()));
    }
  }
  return text;
}

struct Shell {
  const char* name;
  std::string (*completions)(const CLI::App& root);
};
constexpr Shell kShells[] = {
    {"bash", bash_completions}, {"zsh", zsh_completions}, {"fish", fish_completions}};

// As roff takes it: nothing of it is a request or an escape.
std::string roff(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
    if (c == '\n') out += "\\&";
  }
  return (text.starts_with('.') || text.starts_with('\'') ? "\\&" : "") + out;
}

// As a line of a manual has them: "-o, --output FILE".
std::string option_names(const CLI::Option& option) {
  std::string text;
  auto add = [&](const std::string& name) { text += (text.empty() ? "" : ", ") + name; };
  for (const std::string& name : option.get_snames()) add("-" + name);
  for (const std::string& name : option.get_lnames()) add("--" + name);
  if (text.empty()) return option.get_name(true);
  const std::string type = option.get_type_name();
  return option.get_expected_max() > 0 ? text + " " + type.substr(0, type.find(':')) : text;
}

std::string manual(const CLI::App& command) {
  std::string line = line_of(command), page = line;
  std::replace(page.begin(), page.end(), ' ', '-');
  std::string upper = page;
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  std::string text =
      fmt::format(".TH {} 1 \"\" \"Hearth {}\"\n.SH NAME\n{} \\- {}\n.SH SYNOPSIS\n.B {}\n", roff(upper),
                  HEARTH_VERSION, roff(page), roff(command.get_description()), roff(line));
  if (!commands_of(command).empty()) text += ".I COMMAND\n";
  text += "[OPTIONS]\n";
  std::string options;
  for (const CLI::Option* option : command.get_options()) {
    if (option->get_positional()) {
      const std::string name = roff(option->get_name(true));
      text += option->get_required() ? fmt::format(".I {}\n", name) : fmt::format(".RI [ {} ]\n", name);
    }
    options += fmt::format(".TP\n.B {}\n{}\n", roff(option_names(*option)), roff(option->get_description()));
    if (!option->get_default_str().empty())
      options += fmt::format("(default: {})\n", roff(option->get_default_str()));
  }
  if (!commands_of(command).empty()) {
    text += ".SH COMMANDS\n";
    for (const CLI::App* inner : commands_of(command))
      text += fmt::format(".TP\n.B {}\n{}\n", roff(inner->get_name()), roff(inner->get_description()));
  }
  if (!options.empty()) text += ".SH OPTIONS\n" + options;
  constexpr std::string_view kExample = "Example:\n  ";
  if (std::string footer = command.get_footer(); footer.starts_with(kExample))
    text += ".SH EXAMPLE\n.nf\n" + roff(footer.substr(kExample.size())) + "\n.fi\n";
  return text;
}

}  // namespace

void completions_command(CLI::App& app) {
  add_command(
      app, "completions", "Print what makes a shell complete hearth's commands and options",
      "hearth completions bash > ~/.local/share/bash-completion/completions/hearth",
      [&root = app](CLI::App& command) {
        auto shell = std::make_shared<std::string>();
        std::vector<std::string> names;
        for (const Shell& each : kShells) names.emplace_back(each.name);
        command.add_option("SHELL", *shell, "bash, zsh or fish")->required()->check(CLI::IsMember(names));
        return [shell, &root]() -> Status {
          for (const Shell& each : kShells) {
            if (*shell == each.name) return print(each.completions(root));
          }
          return {};
        };
      });
}

void man_command(CLI::App& app) {
  add_command(app, "man", "Print the manual page of hearth or of one of its commands, for man",
              "hearth man serve | man -l -", [&root = app](CLI::App& command) {
                auto words = std::make_shared<std::vector<std::string>>();
                command.add_option("COMMAND", *words,
                                   "serve, debug logits, ...; hearth itself if none is given");
                return [words, &root]() -> Status {
                  const CLI::App* at = &root;
                  for (const std::string& word : *words) {
                    const CLI::App* next = subcommand_of(*at, word);
                    if (!next) return fail("{} has no command {}", line_of(*at), word);
                    at = next;
                  }
                  return print(manual(*at));
                };
              });
}

}  // namespace hearth
