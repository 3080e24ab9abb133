// hearth debug: shows what a part of the program makes of its input. Each subcommand is one file and one row here.
#pragma once

#include <CLI/CLI.hpp>

namespace hearth {

#define HEARTH_DEBUG_COMMANDS(X) X(template)

#define X(name) void debug_##name##_command(CLI::App& debug);
HEARTH_DEBUG_COMMANDS(X)
#undef X

}  // namespace hearth
