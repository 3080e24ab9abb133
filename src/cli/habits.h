// What people type from habit who come from llama.cpp, Ollama or vLLM: a row for each, what it is here or why it is not.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "base/result.h"

namespace hearth {

// The words of a command line (without the program's name) in our own words. What has no meaning here is left out, with
// a line that says so, or is an error that says what to do instead. Only commands and options that `app` does not know
// itself.
Result<std::vector<std::string>> without_habits(const CLI::App& app, std::vector<std::string> given);

// The option of the command that is most like a word that nobody knows; empty: none is.
std::string option_like(const CLI::App& command, const std::string& word);

// A command under this one; null: there is none of that name.
const CLI::App* subcommand_of(const CLI::App& app, const std::string& name);
// The command that the words name, at most two deep.
const CLI::App& command_of(const CLI::App& app, const std::vector<std::string>& words);

}  // namespace hearth
