#include "chat/jinja/operators.h"

#include <cmath>

#include "chat/jinja/format.h"
#include "chat/jinja/machine.h"
#include "chat/jinja/text_functions.h"
#include "chat/jinja/unicode.h"

namespace hearth::jinja {

namespace {

Value fail_types(Machine& m, std::string_view sign, const Value& a, const Value& b) {
  if (a.is_undefined()) return fail_undefined(m.heap, a);
  if (b.is_undefined()) return fail_undefined(m.heap, b);
  return m.fail("{} {} {}: these types do not go together", type_name(a), sign, type_name(b));
}

Value fail_overflow(Machine& m, std::string_view sign) {
  return m.fail("the result of {} does not fit 64 bits", sign);
}

Value fail_zero(Machine& m) { return m.fail("division by zero"); }

// Applies `whole` to two integers (it says whether the result overflowed) or `real` to two numbers.
template <class Whole, class Real>
Value arithmetic(Machine& m, std::string_view sign, const Value& a, const Value& b, Whole&& whole,
                 Real&& real) {
  if (!a.is_number() || !b.is_number()) return fail_types(m, sign, a, b);
  if (!a.is_whole() || !b.is_whole()) return Value(real(a.as_real(), b.as_real()));
  int64_t result = 0;
  if (whole(a.whole(), b.whole(), &result)) return fail_overflow(m, sign);
  return Value(result);
}

Value join_lists(Machine& m, const Value& a, const Value& b) {
  Items left = a.list->items, right = b.list->items;
  m.heap.spend_steps(left.size() + right.size());
  std::span<Value> all = m.heap.room<Value>(left.size() + right.size());
  if (!all.empty()) std::copy(right.begin(), right.end(), std::copy(left.begin(), left.end(), all.begin()));
  return list_value(m.heap, all, a.kind);
}

Value repeat_text(Machine& m, const Text& text, size_t count) {
  TextBuilder out(m.heap);
  if (text.runs->end >= text.size()) {
    out.fill(count, text.bytes, text.runs->origin);
  } else {
    for (; count > 0 && !m.heap.failed(); --count) out.add(text);
  }
  return text_value(m.heap, out.finish());
}

Value repeat_list(Machine& m, const Value& list, size_t count) {
  Items items = list.list->items;
  if (items.empty()) return list;
  count = std::min<size_t>(count, m.heap.limits().memory);  // so that the product stays in range
  std::span<Value> all = m.heap.room<Value>(items.size() * count);
  m.heap.spend_steps(all.size());
  for (size_t i = 0; i < all.size(); ++i) all[i] = items[i % items.size()];
  return list_value(m.heap, all, list.kind);
}

bool is_repeatable(const Value& value) { return value.is(Kind::text) || value.is_sequence(); }

double floor_mod(double a, double b) {
  double rest = std::fmod(a, b);
  if (rest != 0 && (rest < 0) != (b < 0)) return rest + b;
  return rest == 0 ? std::copysign(0.0, b) : rest;
}

double floor_quotient(double a, double b) {
  double rest = std::fmod(a, b);
  double quotient = (a - rest) / b;
  if (rest != 0 && (rest < 0) != (b < 0)) quotient -= 1;
  if (quotient == 0) return std::copysign(0.0, a / b);
  double floor = std::floor(quotient);
  return quotient - floor > 0.5 ? floor + 1 : floor;
}

bool is_zero(const Value& value) { return value.is_number() && value.as_real() == 0; }

}  // namespace

Value add(Machine& m, const Value& a, const Value& b) {
  if (a.is(Kind::text) && b.is(Kind::text)) return text_value(m.heap, append(m.heap, *a.text, *b.text));
  if (a.is_sequence() && a.kind == b.kind) return join_lists(m, a, b);
  return arithmetic(
      m, "+", a, b, [](int64_t x, int64_t y, int64_t* sum) { return __builtin_add_overflow(x, y, sum); },
      [](double x, double y) { return x + y; });
}

Value subtract(Machine& m, const Value& a, const Value& b) {
  return arithmetic(
      m, "-", a, b, [](int64_t x, int64_t y, int64_t* rest) { return __builtin_sub_overflow(x, y, rest); },
      [](double x, double y) { return x - y; });
}

Value multiply(Machine& m, const Value& a, const Value& b) {
  bool turned = is_repeatable(b) && a.is_whole();
  if (turned || (is_repeatable(a) && b.is_whole())) {
    const Value& repeated = turned ? b : a;
    size_t count = static_cast<size_t>(std::max<int64_t>(turned ? a.whole() : b.whole(), 0));
    return repeated.is(Kind::text) ? repeat_text(m, *repeated.text, count) : repeat_list(m, repeated, count);
  }
  return arithmetic(
      m, "*", a, b,
      [](int64_t x, int64_t y, int64_t* product) { return __builtin_mul_overflow(x, y, product); },
      [](double x, double y) { return x * y; });
}

Value divide(Machine& m, const Value& a, const Value& b) {
  if (!a.is_number() || !b.is_number()) return fail_types(m, "/", a, b);
  if (is_zero(b)) return fail_zero(m);
  return Value(a.as_real() / b.as_real());
}

Value floor_divide(Machine& m, const Value& a, const Value& b) {
  if (is_zero(b) && a.is_number()) return fail_zero(m);
  return arithmetic(
      m, "//", a, b,
      [](int64_t x, int64_t y, int64_t* quotient) {
        if (y == -1) return __builtin_sub_overflow(int64_t{0}, x, quotient);
        *quotient = x / y - (x % y != 0 && (x < 0) != (y < 0));
        return false;
      },
      floor_quotient);
}

Value modulo(Machine& m, const Value& a, const Value& b) {
  if (a.is(Kind::text)) return format_percent(m, *a.text, b);
  if (is_zero(b) && a.is_number()) return fail_zero(m);
  return arithmetic(
      m, "%", a, b,
      [](int64_t x, int64_t y, int64_t* rest) {
        *rest = y == -1 ? 0 : x % y;
        if (*rest != 0 && (*rest < 0) != (y < 0)) *rest += y;
        return false;
      },
      floor_mod);
}

Value power(Machine& m, const Value& a, const Value& b) {
  if (!a.is_number() || !b.is_number()) return fail_types(m, "**", a, b);
  if (!a.is_whole() || !b.is_whole() || b.whole() < 0) {
    double base = a.as_real(), exponent = b.as_real();
    if (base == 0 && exponent < 0) return fail_zero(m);
    if (base < 0 && std::isfinite(exponent) && std::floor(exponent) != exponent) {
      return m.fail("a negative number to a fraction is not a number");
    }
    double result = std::pow(base, exponent);
    if (std::isinf(result) && std::isfinite(base) && std::isfinite(exponent)) return fail_overflow(m, "**");
    return Value(result);
  }
  int64_t base = a.whole(), result = 1;
  for (int64_t exponent = b.whole(); exponent > 0;) {
    if ((exponent & 1) && __builtin_mul_overflow(result, base, &result)) return fail_overflow(m, "**");
    exponent >>= 1;
    if (exponent > 0 && __builtin_mul_overflow(base, base, &base)) return fail_overflow(m, "**");
  }
  return Value(result);
}

Value is_equal(Machine& m, const Value& a, const Value& b) { return Value(equal(m.heap, a, b)); }
Value is_not_equal(Machine& m, const Value& a, const Value& b) { return Value(!equal(m.heap, a, b)); }
Value is_less(Machine& m, const Value& a, const Value& b) { return Value(compare(m.heap, a, b, "<") < 0); }
Value is_at_most(Machine& m, const Value& a, const Value& b) {
  return Value(compare(m.heap, a, b, "<=") <= 0);
}
Value is_greater(Machine& m, const Value& a, const Value& b) { return Value(compare(m.heap, a, b, ">") > 0); }
Value is_at_least(Machine& m, const Value& a, const Value& b) {
  return Value(compare(m.heap, a, b, ">=") >= 0);
}

Value is_in(Machine& m, const Value& a, const Value& b) {
  if (b.is(Kind::text)) {
    if (!a.is(Kind::text)) return m.fail("{} in str: only a str can be part of a str", type_name(a));
    return Value(find_first(m.heap, b.text->bytes, a.text->bytes) != std::string_view::npos);
  }
  if (b.is(Kind::dict)) {
    if (!is_hashable(a)) return m.fail("{} in dict: a {} cannot be a key", type_name(a), type_name(a));
    return Value(find(m.heap, *b.dict, a) != nullptr);
  }
  auto items = items_of(m.heap, b);
  if (!items) return Kind::failure;
  for (const Value& item : *items) {
    if (equal(m.heap, item, a)) return Value(true);
    if (m.heap.failed()) return Kind::failure;
  }
  return Value(false);
}

Value is_not_in(Machine& m, const Value& a, const Value& b) {
  Value in = is_in(m, a, b);
  return in.is_failure() ? in : Value(!truth(in));
}

}  // namespace hearth::jinja
