// The program: reads the command line, runs one command, turns its error into one line and an exit status.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "base/log.h"
#include "cli/command.h"

int main(int argc, char** argv) {
  using namespace hearth;
  CLI::App app{"Runs open-weight language models.", "hearth"};
  app.require_subcommand(1);
  app.set_version_flag("--version", "hearth 0.1.0");
  set_log_sink([](LogLevel level, std::string_view line) {
    if (level != LogLevel::debug)
      fmt::print(stderr, "{}{}\n", level == LogLevel::warning ? "warning: " : "", line);
  });
#define X(name) name##_command(app);
  HEARTH_COMMANDS(X)
#undef X
  try {
    app.parse(argc, argv);
  } catch (const CLI::RuntimeError& failure) {
    fmt::print(stderr, "error: {}\n", failure.what());
    return failure.get_exit_code();
  } catch (const CLI::Success& asked) {  // --help, --version
    return app.exit(asked);
  } catch (const CLI::ParseError& wrong) {
    fmt::print(stderr, "error: {}; see hearth --help\n", wrong.what());
    return 2;
  }
  return 0;
}
