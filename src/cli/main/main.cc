// The program: reads the command line, runs one command, turns its error into one line and an exit status.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <new>
#include <system_error>

#include "base/log.h"
#include "base/version.h"
#include "cli/command.h"
#include "cli/habits.h"
#include "cli/output.h"
#include "cli/stderr_writer.h"

namespace hearth {
namespace {

constexpr int kFailure = 1, kWrongUsage = 2;

int fail_with(std::string_view message) {
  if (output_is_closed()) return 0;  // who asked has seen enough
  tell(fmt::format("error: {}", message));
  return kFailure;
}

// The command that was being read, for its help: "hearth debug logits".
std::string command_line_of(const CLI::App& app) {
  std::string line = app.get_name();
  for (const CLI::App* at = &app; !at->get_subcommands().empty();) {
    at = at->get_subcommands().front();
    line += " " + at->get_name();
  }
  return line;
}

int run(int argc, char** argv) {
  CLI::App app{"Runs open-weight language models.", "hearth"};
  app.require_subcommand(1);
  app.set_version_flag("-V,--version", "hearth " HEARTH_VERSION);
  app.footer(
      "First steps:\n"
      "  hearth run                     talk with the built-in model, which knows Hearth\n"
      "  hearth plan org/repo           what a model of a hub would take here, before it is fetched\n"
      "  hearth run org/repo:Q4_K_M     fetch it, if it is not here, and talk with it\n"
      "  hearth serve org/repo:Q4_K_M   serve it on port 8080\n"
      "  hearth run --help              what a command takes, with an example");
#define X(name) name##_command(app);
  HEARTH_COMMANDS(X)
#undef X
  auto words = without_habits(app, {argv + std::min(argc, 1), argv + argc});
  if (!words.ok()) {
    tell(fmt::format("error: {}", words.error().message));
    return kWrongUsage;
  }
  try {
    app.parse(std::vector<std::string>(words->rbegin(), words->rend()));  // as this parser takes them
  } catch (const CLI::RuntimeError& failure) {
    return fail_with(failure.what());
  } catch (const CLI::Success& asked) {  // --help, --version
    return app.exit(asked);
  } catch (const CLI::ExtrasError& wrong) {
    const CLI::App& command = command_of(app, *words);
    std::string meant;
    for (const std::string& word : *words) {
      bool unknown = word.starts_with("--") && !command.get_option_no_throw(word.substr(0, word.find('=')));
      if (meant.empty() && unknown) meant = option_like(command, word);
    }
    tell(fmt::format("error: {}{}; see {} --help", wrong.what(),
                     meant.empty() ? "" : "; did you mean " + meant + "?", command_line_of(app)));
    return kWrongUsage;
  } catch (const CLI::RequiredError& wrong) {
    const CLI::App& command = command_of(app, *words);
    std::string inner;
    for (const CLI::App* each : command.get_subcommands([](const CLI::App*) { return true; }))
      inner += (inner.empty() ? "" : ", ") + each->get_name();
    std::string line = command_line_of(app);
    tell(fmt::format("error: {}; see {} --help",
                     inner.empty() ? wrong.what() : fmt::format("{} takes one of {}", line, inner), line));
    return kWrongUsage;
  } catch (const CLI::ConversionError& wrong) {
    constexpr std::string_view kPrefix = "Could not convert: ";
    std::string said = wrong.what();
    if (said.starts_with(kPrefix)) said = said.substr(kPrefix.size()) + ": is not what the option takes";
    tell(fmt::format("error: {}; see {} --help", said, command_line_of(app)));
    return kWrongUsage;
  } catch (const CLI::ParseError& wrong) {
    tell(fmt::format("error: {}; see {} --help", wrong.what(), command_line_of(app)));
    return kWrongUsage;
  }
  Status written = flush_output();
  return written.ok() ? 0 : fail_with(written.error().message);
}

}  // namespace
}  // namespace hearth

int main(int argc, char** argv) {
  using namespace hearth;
  std::signal(SIGPIPE, SIG_IGN);  // print() tells
  std::signal(SIGXFSZ, SIG_IGN);  // so does a file that may not grow: writing to it fails
  set_log_sink([](LogLevel level, std::string_view line) {
    if (std::string text = log_text(level, line); !text.empty()) tell(text);
  });
  try {
    return run(argc, argv);
  } catch (const std::bad_alloc&) {
    return fail_with("out of memory");
  } catch (const std::system_error& failure) {  // of fmt::print
    return failure.code() == std::errc::broken_pipe ? 0 : fail_with(failure.what());
  } catch (const std::exception& surprise) { return fail_with(surprise.what()); }
}
