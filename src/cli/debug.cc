#include "cli/debug.h"

#include "cli/command.h"

namespace hearth {

void debug_command(CLI::App& app) {
  CLI::App* debug = app.add_subcommand("debug", "Show what a part of the program makes of its input");
  debug->require_subcommand(1);
  debug->footer("Example:\n  hearth debug format model.gguf");
#define X(name) debug_##name##_command(*debug);
  HEARTH_DEBUG_COMMANDS(X)
#undef X
}

}  // namespace hearth
