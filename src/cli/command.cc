#include "cli/command.h"

namespace hearth {

void add_command(CLI::App& app, const char* name, const char* summary, const char* example,
                 const std::function<std::function<Status()>(CLI::App&)>& declare) {
  CLI::App* command = app.add_subcommand(name, summary);
  command->footer(std::string("Example:\n  ") + example);
  auto run = declare(*command);
  command->callback([run = std::move(run)] {
    if (Status status = run(); !status.ok()) throw CLI::RuntimeError(status.error().message, 1);
  });
}

}  // namespace hearth
