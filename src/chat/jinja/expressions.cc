// How expressions evaluate. Operands come first and are checked for failure; then the heap learns where we are, for
// the messages of what follows.
#include "base/text.h"
#include "chat/jinja/machine.h"
#include "chat/jinja/operators.h"
#include "chat/jinja/show.h"

namespace hearth::jinja {

namespace {

Value evaluate_optional(Machine& m, const ExprPtr& expr) { return expr ? (*expr)(m) : Value(Kind::none); }

}  // namespace

Value Expr::operator()(Machine& m) const {
  Level level(m.heap);
  if (!level.ok() || !m.heap.spend_steps(1) || m.heap.failed()) return Kind::failure;
  Value value = eval(m);
  return m.heap.failed() ? Value(Kind::failure) : value;
}

Value Name::eval(Machine& m) const { return m.lookup(symbol); }

Value Captured::eval(Machine& m) const { return m.captured; }

Value Sequence::eval(Machine& m) const {
  std::span<Value> values = m.heap.room<Value>(items.size());
  for (size_t i = 0; i < values.size(); ++i) values[i] = (*items[i])(m);
  return list_value(m.heap, values, kind);
}

Value DictLiteral::eval(Machine& m) const {
  DictBuilder dict;
  for (const auto& [key, value] : entries) {
    Value k = (*key)(m);
    Value v = (*value)(m);
    m.heap.at = key->at;
    if (m.heap.failed() || !dict.put(m.heap, k, v)) return Kind::failure;
  }
  return dict.finish(m.heap);
}

Value Not::eval(Machine& m) const { return Value(!truth((*operand)(m))); }

Value Sign::eval(Machine& m) const {
  Value value = (*operand)(m);
  if (value.is_failure()) return value;
  m.heap.at = at;
  if (value.is_undefined()) return fail_undefined(m.heap, value);
  if (!value.is_number()) return m.fail("{} has no sign", type_name(value));
  if (value.is(Kind::real)) return Value(negative ? -value.real : value.real);
  return negative ? subtract(m, Value(int64_t{0}), value) : Value(value.whole());
}

Value Logic::eval(Machine& m) const {
  Value value = (*left)(m);
  if (value.is_failure() || truth(value) != is_and) return value;
  return (*right)(m);
}

Value Binary::eval(Machine& m) const {
  Value a = (*left)(m);
  if (a.is_failure()) return a;
  Value b = (*right)(m);
  if (b.is_failure()) return b;
  m.heap.at = at;
  return apply(m, a, b);
}

Value Comparison::eval(Machine& m) const {
  Value a = (*first)(m);
  Value result(true);
  for (const auto& [apply, operand] : rest) {
    if (a.is_failure() || !truth(result)) break;
    Value b = (*operand)(m);
    if (b.is_failure()) return b;
    m.heap.at = at;
    result = apply(m, a, b);
    a = b;
  }
  return result;
}

Value Concat::eval(Machine& m) const {
  Text start = to_text(m.heap, (*parts[0])(m));
  TextBuilder rest(m.heap);
  for (size_t i = 1; i < parts.size(); ++i) show(m.heap, rest, (*parts[i])(m));
  return text_value(m.heap, append(m.heap, start, rest.view()));
}

Value Conditional::eval(Machine& m) const {
  Value chosen = (*condition)(m);
  if (chosen.is_failure()) return chosen;
  if (truth(chosen)) return (*yes)(m);
  return no ? (*no)(m) : undefined_hint(m.heap, "the condition was false, and there is no else");
}

Value Attribute::eval(Machine& m) const {
  Value value = (*object)(m);
  if (value.is_failure()) return value;
  m.heap.at = at;
  return get_attribute(m, value, key);
}

Value Subscript::eval(Machine& m) const {
  Value value = (*object)(m);
  if (value.is_failure()) return value;
  Value index = (*key)(m);
  if (index.is_failure()) return index;
  m.heap.at = at;
  return get_element(m, value, index);
}

Value Slice::eval(Machine& m) const {
  Value value = (*object)(m);
  Value from = evaluate_optional(m, start), to = evaluate_optional(m, stop), by = evaluate_optional(m, step);
  m.heap.at = at;
  return m.heap.failed() ? Value(Kind::failure) : slice(m, value, from, to, by);
}

Value CallExpr::eval(Machine& m) const {
  Value function = (*callee)(m);
  if (function.is_failure()) return function;
  Args args = m.evaluate(arguments);
  m.heap.at = at;
  return m.heap.failed() ? Value(Kind::failure) : m.call(function, args);
}

Value Apply::eval(Machine& m) const {
  Value value = (*operand)(m);
  if (value.is_failure()) return value;
  Args args = m.evaluate(arguments);
  m.heap.at = at;
  if (m.heap.failed()) return Kind::failure;
  if (!builtin) return m.fail("there is no {} {}", is_test ? "test" : "filter", quote(name));
  return call_builtin(m, *builtin, value, args);
}

}  // namespace hearth::jinja
