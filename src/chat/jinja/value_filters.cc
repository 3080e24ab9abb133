// Filters for numbers and for values of any kind.
#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "chat/jinja/json.h"
#include "chat/jinja/machine.h"
#include "chat/jinja/number.h"
#include "chat/jinja/operators.h"

namespace hearth::jinja {

namespace {

constexpr int64_t kWidestIndent = 1'000;

Value default_filter(const Call& c) {
  if (!c.self.is_undefined() && !(c.flag(1) && !truth(c.self))) return c.self;
  return c.given(0) ? c[0] : text_value(c.heap, Text());
}

std::optional<int64_t> truncate(double value) {
  if (!(std::fabs(value) < 9223372036854775808.0)) return std::nullopt;
  return static_cast<int64_t>(value);
}

Value int_filter(const Call& c) {
  Value otherwise = c.given(0) ? c[0] : Value(int64_t{0});
  auto base = c.whole(1, 10);
  if (!base) return Kind::failure;
  if (*base != 0 && (*base < 2 || *base > 36))
    return c.fail("the base of int is 0 or between 2 and 36, found {}", *base);
  if (c.self.is_undefined()) return fail_undefined(c.heap, c.self);
  if (c.self.is_whole()) return Value(c.self.whole());
  std::optional<int64_t> whole;
  if (c.self.is(Kind::text)) {
    whole = read_integer(c.self.text->bytes, static_cast<int>(*base));
    if (!whole) {
      auto real = read_real(c.self.text->bytes);
      whole = real ? truncate(*real) : std::nullopt;
    }
  } else if (c.self.is(Kind::real)) {
    whole = truncate(c.self.real);
    if (!whole && !std::isnan(c.self.real)) return c.fail("{} does not fit 64 bits", show_real(c.self.real));
  }
  return whole ? Value(*whole) : otherwise;
}

Value float_filter(const Call& c) {
  if (c.self.is_undefined()) return fail_undefined(c.heap, c.self);
  if (c.self.is_number()) return Value(c.self.as_real());
  auto real = c.self.is(Kind::text) ? read_real(c.self.text->bytes) : std::nullopt;
  if (real) return Value(*real);
  return c.given(0) ? c[0] : Value(0.0);
}

// What is filtered, if it is a number; otherwise the render has failed.
bool need_number(const Call& c, std::string_view filter) {
  if (c.self.is_number()) return true;
  if (c.self.is_undefined()) {
    fail_undefined(c.heap, c.self);
  } else {
    c.fail("{} needs a number, found {}", filter, type_name(c.self));
  }
  return false;
}

Value abs_filter(const Call& c) {
  if (!need_number(c, "abs")) return Kind::failure;
  if (c.self.is(Kind::real)) return Value(std::fabs(c.self.real));
  if (c.self.whole() == INT64_MIN) return c.fail("the result of abs does not fit 64 bits");
  return Value(std::abs(c.self.whole()));
}

// To a multiple of 10 to the -precision, the even one where two are as near. `precision` is negative.
Value round_whole(const Call& c, int64_t value, int64_t precision) {
  if (precision < -18) return Value(int64_t{0});
  int64_t unit = 1;
  for (; precision < 0; ++precision) unit *= 10;
  int64_t rest = value % unit, floor = value - rest;
  if (rest < 0) {
    rest += unit;
    floor -= unit;
  }
  bool up = rest > unit - rest || (rest == unit - rest && (floor / unit) % 2 != 0);
  int64_t result = floor;
  if (up && __builtin_add_overflow(floor, unit, &result))
    return c.fail("the result of round does not fit 64 bits");
  return Value(result);
}

double round_real(double value, int64_t precision) {
  if (!std::isfinite(value) || precision > 308) return value;
  if (precision < -308) return std::copysign(0.0, value);
  // Through the decimal digits, as the exact value of a double has them.
  if (precision >= 0) return read_real(fmt::format("{:.{}f}", value, precision)).value_or(value);
  double unit = std::pow(10.0, static_cast<double>(-precision));
  return std::nearbyint(value / unit) * unit;
}

Value round_filter(const Call& c) {
  auto precision = c.whole(0, 0);
  if (!precision || !need_number(c, "round")) return Kind::failure;
  std::string_view method = "common";
  if (c.given(1)) {
    const Text* text = c.text(1);
    if (!text) return Kind::failure;
    method = text->bytes;
  }
  if (method == "common") {
    if (!c.self.is_whole()) return Value(round_real(c.self.real, *precision));
    return *precision >= 0 ? Value(c.self.whole()) : round_whole(c, c.self.whole(), *precision);
  }
  if (method != "ceil" && method != "floor")
    return c.fail("round knows common, ceil and floor, found {}", quote(method));
  double unit = std::pow(10.0, static_cast<double>(*precision));
  double scaled = c.self.as_real() * unit;
  if (!std::isfinite(scaled)) return c.fail("round cannot go to {} digits", *precision);
  return Value((method == "ceil" ? std::ceil(scaled) : std::floor(scaled)) / unit);
}

// The separators between items and behind keys: a pair of texts.
bool read_separators(const Call& c, const Value& value, JsonStyle& style) {
  if (value.is_absent() || value.is(Kind::none)) return true;
  Items pair = value.is_sequence() ? value.list->items : Items();
  if (pair.size() != 2 || !pair[0].is(Kind::text) || !pair[1].is(Kind::text)) {
    c.fail("separators are two texts");
    return false;
  }
  style.between = pair[0].text->bytes;
  style.after_key = pair[1].text->bytes;
  return true;
}

Value tojson(const Call& c) {
  JsonStyle style;
  style.ascii = c.flag(0);
  style.sort_keys = c.flag(3);
  if (c[1].is(Kind::text)) {
    style.indent = c[1].text->bytes;
  } else if (!c.or_none(1).is(Kind::none)) {
    auto width = c.whole(1);
    if (!width) return Kind::failure;
    if (*width > kWidestIndent)
      return c.fail("tojson indents by at most {}, found {}", kWidestIndent, *width);
    style.indent = std::string(static_cast<size_t>(std::max<int64_t>(*width, 0)), ' ');
  }
  if (style.indent) style.between = ",";
  if (!read_separators(c, c[2], style)) return Kind::failure;
  TextBuilder out(c.heap);
  to_json(c.heap, out, c.self, style);
  return text_value(c.heap, out.finish());
}

Value attr(const Call& c) {
  if (!c.text(0)) return Kind::failure;
  if (c.self.is_undefined()) return fail_undefined(c.heap, c.self);
  Value value = find_attribute(c.m, c.self, c[0]);
  return value.is_absent() ? undefined_attribute(c.heap, c.self, c[0]) : value;
}

Value file_size_format(const Call& c) {
  Value size = float_filter(c);
  if (size.is_failure() || !size.is(Kind::real)) return c.fail("filesizeformat needs a number");
  bool binary = c.flag(0);
  double base = binary ? 1024 : 1000;
  if (size.real == 1) return text_value(c.heap, "1 Byte", Origin::author);
  if (size.real < base)
    return text_value(c.heap, fmt::format("{} Bytes", std::trunc(size.real)), Origin::author);
  constexpr std::string_view kLetters = "kMGTPEZY";
  size_t letter = 0;
  double unit = base * base;
  for (; letter + 1 < kLetters.size() && size.real >= unit; ++letter) unit *= base;
  char prefix = binary && letter == 0 ? 'K' : kLetters[letter];
  return text_value(c.heap, fmt::format("{:.1f} {}{}B", base * size.real / unit, prefix, binary ? "i" : ""),
                    Origin::author);
}

constexpr Builtin kValueFilters[] = {
    {"abs", {}, abs_filter},
    {"attr", {"name"}, attr},
    {"d", {"default_value?", "boolean?"}, default_filter},
    {"default", {"default_value?", "boolean?"}, default_filter},
    {"filesizeformat", {"binary?"}, file_size_format},
    {"float", {"default?"}, float_filter},
    {"int", {"default?", "base?"}, int_filter},
    {"round", {"precision?", "method?"}, round_filter},
    {"tojson", {"ensure_ascii?", "indent?", "separators?", "sort_keys?"}, tojson},
};

}  // namespace

std::span<const Builtin> value_filters() { return kValueFilters; }

}  // namespace hearth::jinja
