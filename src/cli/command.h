// A command of the program is one file: a function that declares its options and, when chosen, runs.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

#include "base/result.h"

namespace hearth {

// Declares a subcommand: add its options to variables kept alive by `run`, which is called once they are
// read. An error becomes the line `error: ...` and exit 1; `usage` below becomes exit 2.
void add_command(CLI::App& app, const char* name, const char* summary, const char* example,
                 const std::function<std::function<Status()>(CLI::App&)>& declare);

// The commands, one row each; main() adds them in this order.
#define HEARTH_COMMANDS(X) \
  X(run)                    \
  X(tokenize)               \
  X(detokenize)             \
  X(doctor)                 \
  X(debug)

#define X(name) void name##_command(CLI::App& app);
HEARTH_COMMANDS(X)
#undef X

}  // namespace hearth
