// Regular expressions in the common subset of ECMAScript's, Rust's and Python's syntax, read into expressions that
// an automaton matches in linear time. What an automaton cannot do (references to what a group matched, looking
// ahead and behind) is an error.
#pragma once

#include <string_view>

#include "sample/grammar/expression.h"

namespace hearth::grammar {

// With `begin` and `end` where the text has ^ and $.
Result<ExprId> parse_regex(std::string_view text, Expressions& expressions);
// For matching whole texts: ^ at the beginning and $ at the end change nothing, elsewhere they are errors.
Result<ExprId> parse_whole_regex(std::string_view text, Expressions& expressions);

}  // namespace hearth::grammar
