// What can be said against an architecture without a model: every name known, none ambiguous, calls that fit,
// nothing that reaches itself (sections 9 and 18 of the language).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "graph/ast.h"
#include "ops/operators.h"

namespace hearth::arch {

struct Finding {
  enum class Kind { error, warning };
  Kind kind = Kind::error;
  Position at;
  std::string message;

  std::string to_string() const;  // as a person is shown it, with the line
};

// The parameters of the operator of that name; null if there is none.
using Operators = std::function<const std::vector<Parameter>*(std::string_view name)>;
const std::vector<Parameter>* known_operator(std::string_view name);  // of the table in ops/

// Errors and warnings in the order in which they were found; of a hostile text, not all of them.
std::vector<Finding> check(const Architecture& architecture, const Operators& operators = known_operator);

}  // namespace hearth::arch
