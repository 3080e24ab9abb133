// hearth debug: shows what a part of the program makes of its input. Each subcommand is one file and one row here.
#pragma once

#include <CLI/CLI.hpp>

namespace hearth {

// clang-format off
#define HEARTH_DEBUG_COMMANDS(X) \
  X(format) \
  X(grammar) \
  X(logits) \
  X(encode) \
  X(decode) \
  X(template)
// clang-format on

#define X(name) void debug_##name##_command(CLI::App& debug);
HEARTH_DEBUG_COMMANDS(X)
#undef X

}  // namespace hearth
