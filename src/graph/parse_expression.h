// Expressions of the architecture language.
#pragma once

#include "base/result.h"
#include "graph/ast.h"
#include "graph/cursor.h"

namespace hearth::arch {

// How deep an expression may be nested; walks over trees recurse this deep and no further.
constexpr int kDepthLimit = 100;

enum class Within {
  anything,
  // Among the origins of a weight, where outside brackets `or` begins the next origin and `+ bias` is a mark.
  origin,
};

Result<ExprPtr> parse_expression(Cursor& cursor, Within within = Within::anything);

// One or more, separated by commas.
Result<std::vector<ExprPtr>> parse_expressions(Cursor& cursor);

// `[part, ...]` behind a stored tensor's name or as a transform; the cursor is at the bracket.
Result<std::vector<SlicePart>> parse_slice(Cursor& cursor);

// Words that are no names.
bool is_reserved(std::string_view word);

// `+ bias`, and no longer word: what an expression among origins leaves for the row.
bool at_bias_mark(Cursor& cursor);

}  // namespace hearth::arch
