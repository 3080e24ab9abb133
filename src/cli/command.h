// A command of the program is one file: a function that declares its options and, when chosen, runs.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "base/result.h"

namespace hearth {

// Declares a command, or under one of them a command of its own: `declare` adds the options, to variables kept
// alive by the function that it returns, which runs once they are read. Its error becomes the line `error: ...`
// and exit status 1; options that are not understood, exit status 2.
void add_command(CLI::App& app, const char* name, const char* summary, const char* example,
                 const std::function<std::function<Status()>(CLI::App&)>& declare);

// Checks of an option's value: what is wrong with it, or nothing.
std::string not_negative(const std::string& text);
std::string positive(const std::string& text);

// The commands, one to a line; main() adds them in this order.
// clang-format off
#define HEARTH_COMMANDS(X) \
  X(run) \
  X(serve) \
  X(pull) \
  X(list) \
  X(show) \
  X(rm) \
  X(import) \
  X(plan) \
  X(inspect) \
  X(convert) \
  X(tokenize) \
  X(detokenize) \
  X(embed) \
  X(quantize) \
  X(importance) \
  X(perplexity) \
  X(divergence) \
  X(verify) \
  X(bench) \
  X(arch) \
  X(doctor) \
  X(completions) \
  X(man) \
  X(debug)
// clang-format on

#define X(name) void name##_command(CLI::App& app);
HEARTH_COMMANDS(X)
#undef X

}  // namespace hearth
