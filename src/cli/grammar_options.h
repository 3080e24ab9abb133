// A grammar that a command is given, in whichever way it is written.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>

#include "sample/grammar/grammar.h"

namespace hearth {

struct GrammarGiven {
  std::optional<std::string> gbnf, json_schema, regex, choices;  // the first two: files
};

// --json-schema, --regex and --choices; the option or argument for a GBNF file is the command's own.
void add_grammar_options(CLI::App& app, GrammarGiven& given);

struct GivenGrammar {
  GrammarText text;
  std::string from;  // the file or the option: what errors begin with
};

// Nothing if none was given.
Result<std::optional<GivenGrammar>> read_grammar_text(const GrammarGiven& given);
Result<std::shared_ptr<const Grammar>> read_grammar(const GrammarGiven& given, const GrammarOptions& options);

}  // namespace hearth
