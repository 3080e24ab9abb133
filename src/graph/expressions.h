// What can be asked of expressions without evaluating them.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "graph/ast.h"

namespace hearth::arch {

// Every expression of the tree, parents first and operands in the order of the text.
void walk(const Expr& expr, const std::function<void(const Expr&)>& visit);

// The name that stands first in the text; empty if there is none.
std::string_view first_name(const Expr& expr);

// What stands before the first dot.
std::string_view head_of(std::string_view name);

// Whether `name` occurs, by itself or as the head of a dotted name.
bool mentions(const Expr& expr, std::string_view name);

// The same tree, wherever it stands. Numbers are compared by value.
bool same(const Expr& a, const Expr& b);
bool same(const ExprPtr& a, const ExprPtr& b);  // null is only the same as null

// `a * b`, or as shapes are written `a*b`.
enum class Spacing { even, tight_products };
std::string to_string(const Expr& expr, Spacing spacing = Spacing::even);

}  // namespace hearth::arch
