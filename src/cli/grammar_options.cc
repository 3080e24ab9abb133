#include "cli/grammar_options.h"

#include "base/file.h"

namespace hearth {

void add_grammar_options(CLI::App& app, GrammarGiven& given) {
  app.add_option("--json-schema,--schema", given.json_schema,
                 "a JSON schema that the text is to follow: a file, or the schema itself")
      ->type_name("SCHEMA");
  app.add_option("--regex", given.regex, "a regular expression that the whole text is to match");
  app.add_option("--choices", given.choices, "a JSON array of strings, one of which the text is to be");
}

Result<std::optional<GivenGrammar>> read_grammar_text(const GrammarGiven& given) {
  struct {
    GrammarKind kind;
    const std::optional<std::string>& value;
    const char* option;
    const char* mark;  // what no file's name has and every such text: it is the text itself
  } ways[] = {{GrammarKind::gbnf, given.gbnf, "--grammar", "::="},
              {GrammarKind::json_schema, given.json_schema, "--json-schema", "{"},
              {GrammarKind::regex, given.regex, "--regex", ""},
              {GrammarKind::choices, given.choices, "--choices", ""}};
  std::optional<GivenGrammar> grammar;
  for (const auto& way : ways) {
    if (!way.value) continue;
    if (grammar) return fail("more than one grammar is given; a text can only follow one");
    std::string text = *way.value;
    const bool is_file = text.find(way.mark) == text.npos;
    if (is_file) { TRY(text, read_file(*way.value)); }
    grammar = {{way.kind, std::move(text)}, is_file ? *way.value : way.option};
  }
  return grammar;
}

Result<std::shared_ptr<const Grammar>> read_grammar(const GrammarGiven& given,
                                                    const GrammarOptions& options) {
  TRY(auto grammar, read_grammar_text(given));
  if (!grammar) return std::shared_ptr<const Grammar>();
  auto compiled = Grammar::compile(grammar->text.kind, grammar->text.text, options);
  if (!compiled.ok()) return within(grammar->from, std::move(compiled).error());
  return compiled;
}

}  // namespace hearth
