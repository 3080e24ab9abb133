// The numbers that `minimum`, `maximum` and `multipleOf` allow, as they are written in decimal. Bounds are exact:
// they are compared digit by digit, never as binary fractions.
#pragma once

#include <string>
#include <string_view>

#include "sample/grammar/language.h"

namespace hearth::grammar {

// A number that JSON writes, without its exponent: neither part has zeros that do not count; zero is two empty
// parts and not negative.
struct Decimal {
  bool negative = false;
  std::string whole, fraction;

  static Result<Decimal> parse(std::string_view number);
  bool is_zero() const { return whole.empty() && fraction.empty(); }
};

// What JSON calls a number, or one without a fraction and an exponent.
inline constexpr std::string_view kJsonNumber = "-?(?:0|[1-9][0-9]*)(?:\\.[0-9]+)?(?:[eE][+\\-]?[0-9]+)?";
inline constexpr std::string_view kJsonInteger = "-?(?:0|[1-9][0-9]*)";

// Without exponents: every number can be written so.
Result<Machine> number_language(bool integer, Budget& budget);
Result<Machine> at_least(const Decimal& bound, bool or_equal, Budget& budget);
Result<Machine> at_most(const Decimal& bound, bool or_equal, Budget& budget);
// `divisor` is positive.
Result<Machine> multiples_of(const Decimal& divisor, Budget& budget);

}  // namespace hearth::grammar
