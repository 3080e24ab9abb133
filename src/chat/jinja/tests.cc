// The tests behind `is`.
#include "chat/jinja/builtin.h"
#include "chat/jinja/machine.h"
#include "chat/jinja/operators.h"
#include "chat/jinja/show.h"
#include "chat/jinja/text_functions.h"

namespace hearth::jinja {

namespace {

template <Kind... kinds>
Value is_kind(const Call& c) {
  return Value((c.self.is(kinds) || ...));
}

template <bool wanted>
Value is_bool(const Call& c) {
  return Value(c.self.is(Kind::boolean) && c.self.boolean == wanted);
}

template <Operator apply>
Value by_operator(const Call& c) {
  return apply(c.m, c.self, c[0]);
}

Value remainder_is(const Call& c, const Value& divisor, int64_t wanted) {
  Value rest = modulo(c.m, c.self, divisor);
  return rest.is_failure() ? rest : Value(equal(c.heap, rest, Value(wanted)));
}

Value is_odd(const Call& c) { return remainder_is(c, Value(int64_t{2}), 1); }
Value is_even(const Call& c) { return remainder_is(c, Value(int64_t{2}), 0); }
Value is_divisible(const Call& c) { return remainder_is(c, c[0], 0); }

Value is_defined(const Call& c) { return Value(!c.self.is_undefined()); }

Value is_iterable(const Call& c) {
  return Value(length_of(c.self).has_value() || c.self.is(Kind::generator) || c.self.is(Kind::loop));
}

Value is_sequence(const Call& c) { return Value(length_of(c.self).has_value() && !c.self.is(Kind::view)); }

Value is_callable(const Call& c) {
  switch (c.self.kind) {
    case Kind::undefined:
    case Kind::macro:
    case Kind::bound:
    case Kind::joiner:
    case Kind::loop: return Value(true);
    default: return Value(false);
  }
}

// The same object; what has no identity of its own, the same value of the same type.
Value is_same(const Call& c) {
  const Value& other = c[0];
  if (c.self.kind != other.kind) return Value(false);
  bool plain = c.self.is_number() || c.self.is(Kind::none) || c.self.is(Kind::text);
  return Value(plain ? equal(c.heap, c.self, other) : c.self.list == other.list);
}

template <bool (*all)(std::string_view)>
Value has_case(const Call& c) {
  return Value(all(to_text(c.heap, c.self).bytes));
}

template <const Builtin* (*find)(std::string_view)>
Value is_known(const Call& c) {
  return Value(c.self.is(Kind::text) && find(c.self.text->bytes) != nullptr);
}

Value is_never(const Call&) { return Value(false); }

constexpr Builtin kTests[] = {
    {"!=", {"other"}, by_operator<is_not_equal>},
    {"<", {"other"}, by_operator<is_less>},
    {"<=", {"other"}, by_operator<is_at_most>},
    {"==", {"other"}, by_operator<is_equal>},
    {">", {"other"}, by_operator<is_greater>},
    {">=", {"other"}, by_operator<is_at_least>},
    {"boolean", {}, is_kind<Kind::boolean>},
    {"callable", {}, is_callable},
    {"defined", {}, is_defined},
    {"divisibleby", {"num"}, is_divisible},
    {"eq", {"other"}, by_operator<is_equal>},
    {"equalto", {"other"}, by_operator<is_equal>},
    {"escaped", {}, is_never},
    {"even", {}, is_even},
    {"false", {}, is_bool<false>},
    {"filter", {}, is_known<find_filter>},
    {"float", {}, is_kind<Kind::real>},
    {"ge", {"other"}, by_operator<is_at_least>},
    {"greaterthan", {"other"}, by_operator<is_greater>},
    {"gt", {"other"}, by_operator<is_greater>},
    {"in", {"seq"}, by_operator<is_in>},
    {"integer", {}, is_kind<Kind::integer>},
    {"iterable", {}, is_iterable},
    {"le", {"other"}, by_operator<is_at_most>},
    {"lessthan", {"other"}, by_operator<is_less>},
    {"lower", {}, has_case<is_all_lower>},
    {"lt", {"other"}, by_operator<is_less>},
    {"mapping", {}, is_kind<Kind::dict>},
    {"ne", {"other"}, by_operator<is_not_equal>},
    {"none", {}, is_kind<Kind::none>},
    {"number", {}, is_kind<Kind::boolean, Kind::integer, Kind::real>},
    {"odd", {}, is_odd},
    {"sameas", {"other"}, is_same},
    {"sequence", {}, is_sequence},
    {"string", {}, is_kind<Kind::text>},
    {"test", {}, is_known<find_test>},
    {"true", {}, is_bool<true>},
    {"undefined", {}, is_kind<Kind::undefined>},
    {"upper", {}, has_case<is_all_upper>},
};

}  // namespace

std::span<const Builtin> tests() { return kTests; }

}  // namespace hearth::jinja
