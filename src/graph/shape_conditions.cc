// Conditions where numbers are symbols: what they say of each other, and else, both ways.
#include <algorithm>

#include "graph/expressions.h"
#include "graph/shape_checker.h"

namespace hearth::arch {

std::optional<bool> ShapeChecker::condition(const Expr& expr) {
  const auto truth = holds(expr);
  if (!truth && !only_decided_) stopped_ = true;
  return truth;
}

std::optional<bool> ShapeChecker::fact(const std::string& what, const Expr& about) {
  return decide(depends_on_layer(about) ? fmt::format("{} in {}", what, pass_) : what);
}

std::optional<bool> ShapeChecker::positive(const Dim& size, const Expr& about) {
  if (auto n = size.whole()) return *n > 0;
  return fact("0 < " + size.to_string(), about);
}

std::optional<bool> ShapeChecker::holds(const Expr& expr) {
  if (stopped_ || ++steps_ > kMostSteps || depth_ == kMostDepth) return false;
  ++depth_;
  const auto truth = parts_hold(expr);
  --depth_;
  return truth;
}

std::optional<bool> ShapeChecker::parts_hold(const Expr& expr) {
  switch (expr.kind) {
    case ExprKind::boolean:
    case ExprKind::number: return expr.number != 0;
    case ExprKind::string: return !expr.text.empty();
    case ExprKind::none: return false;
    case ExprKind::unary:
      if (expr.op == Op::not_) return negated(holds(*expr.operands[0]));
      break;
    case ExprKind::binary: {
      if (expr.op >= Op::add) break;
      if (expr.op != Op::and_ && expr.op != Op::or_) return compare(expr);
      const auto first = holds(*expr.operands[0]);
      if (first && *first == (expr.op == Op::or_)) return first;
      const auto second = holds(*expr.operands[1]);
      if (second && *second == (expr.op == Op::or_)) return second;
      return first && second ? second : std::nullopt;
    }
    case ExprKind::conditional: {
      const auto chosen = holds(*expr.operands[1]);
      return chosen ? holds(*expr.operands[*chosen ? 0 : 2]) : chosen;
    }
    case ExprKind::name: return name_holds(expr);
    default: break;
  }
  return is_true(evaluate(expr), expr);
}

std::optional<bool> ShapeChecker::name_holds(const Expr& expr) {
  const std::string& name = expr.text;
  if (const Known* value = local(name)) return is_true(*value, expr);
  if (is_input(name) && input(name).kind == Known::unknown) return fact(name, expr);
  if (name != "layer" && !is_input(name) && !earlier_.count(name)) {
    if (const Entry* found = entry(name); found && found->constant && found->value &&
                                          !architecture_.is_word(*found->value) &&
                                          !is_arithmetic(*found->value)) {
      Outside outside(*this);
      const auto truth = holds(*found->value);
      return truth;
    }
    if (!entry(name) && !is_member(name))
      if (const Weight* found = weight(name, stack_)) return present(*found);
  }
  return is_true(this->name(name), expr);
}

std::optional<bool> ShapeChecker::is_true(const Known& value, const Expr& expr) {
  switch (value.kind) {
    case Known::none: return false;
    case Known::text: return !value.word.empty();
    case Known::number: return value.size ? positive(*value.size, expr) : fact(arch::to_string(expr), expr);
    case Known::weight: return present(*value.declared);
    case Known::tensor:
      error(expr.at, "a condition must be known before the model runs; this is a tensor");
      return true;
    default: return fact(arch::to_string(expr), expr);
  }
}

std::optional<bool> ShapeChecker::compare(const Expr& expr) {
  const Expr &left = *expr.operands[0], &right = *expr.operands[1];
  const Known a = evaluate(left), b = evaluate(right);
  const bool sizes = a.size && b.size;
  auto less = [&](const Expr& x, const Known& p, const Expr& y, const Known& q) {
    if (!sizes) return fact(fmt::format("{} < {}", arch::to_string(x), arch::to_string(y)), expr);
    return positive(*q.size - *p.size, expr);
  };
  auto equal = [&]() -> std::optional<bool> {
    if (!sizes) {
      if (a.kind == Known::text && b.kind == Known::text) return a.word == b.word;
      return fact(fmt::format("{} == {}", arch::to_string(left), arch::to_string(right)), expr);
    }
    if (a.size->is(0) || b.size->is(0)) return negated(positive(*a.size + *b.size, expr));
    const Dim difference = *a.size - *b.size;
    if (difference.constant()) return difference.is(0);
    const std::string one = difference.to_string(), other = (*b.size - *a.size).to_string();
    return fact("0 == " + std::min(one, other), expr);
  };
  switch (expr.op) {
    case Op::less: return less(left, a, right, b);
    case Op::greater: return less(right, b, left, a);
    case Op::less_equal: return negated(less(right, b, left, a));
    case Op::greater_equal: return negated(less(left, a, right, b));
    case Op::equal: return equal();
    case Op::unequal: return negated(equal());
    case Op::not_in:
      return negated(fact(fmt::format("{} in {}", arch::to_string(left), arch::to_string(right)), expr));
    default: return fact(arch::to_string(expr), expr);
  }
}

}  // namespace hearth::arch
