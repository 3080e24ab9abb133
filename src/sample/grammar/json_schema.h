// JSON schemas (2020-12) as grammars of the JSON texts that they describe.
//
// What is enforced is in the table of schema_check.cc; a keyword that is not there, or cannot be enforced, is an
// error that names it and where it is. Of all the ways to write a value some are left out:
// - members come in the order of the schema, others after them; a name is written without needless escapes;
// - between tokens there is nothing or one blank, or a new line and blanks for indentation;
// - a number with bounds is written without an exponent.
// `oneOf` is taken as `anyOf`: a value may match more than one of its schemas.
#pragma once

#include <optional>
#include <string_view>

#include "sample/grammar/budget.h"
#include "sample/grammar/expression.h"
#include "sample/grammar/json_basics.h"

namespace hearth::grammar {

// The schemas of one grammar, which share what all JSON is made of.
class JsonSchemas {
 public:
  JsonSchemas(Expressions& expressions, Budget& budget) : expressions_(expressions), budget_(budget) {}

  // The rule that the whole text matches. Errors begin with the place in the schema: "#/properties/a: ...".
  Result<RuleId> add(std::string_view text);

 private:
  Expressions& expressions_;
  Budget& budget_;
  std::optional<JsonBasics> basics_;
};

}  // namespace hearth::grammar
