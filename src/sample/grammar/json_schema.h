// JSON schemas (2020-12) as grammars of the JSON texts that they describe.
//
// What is enforced is in the table of json_schema.cc; a keyword that is not there, or cannot be enforced, is an
// error that names it and where it is. Of all the ways to write a value some are left out:
// - members come in the order of the schema, others after them; a name is written without needless escapes;
// - between tokens there is nothing or one blank, or a new line and blanks for indentation;
// - a number with bounds is written without an exponent.
// `oneOf` is taken as `anyOf`: a value may match more than one of its schemas.
#pragma once

#include <string_view>

#include "sample/grammar/budget.h"
#include "sample/grammar/expression.h"

namespace hearth::grammar {

// The rule that the whole text matches. Errors begin with the place in the schema: "#/properties/a: ...".
Result<RuleId> parse_json_schema(std::string_view text, Expressions& expressions, Budget& budget);

}  // namespace hearth::grammar
