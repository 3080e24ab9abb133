// A size, as a number or in terms of names: a sum of terms, each a rational coefficient times powers of
// symbols (negative ones too, so that exact quotients have a form). Shape rules are written once over Dim and
// serve both the reader of an architecture, where `heads*head_dim` has no value yet, and a loaded model,
// where it is 4096.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hearth {

class Dim {
 public:
  Dim() = default;  // 0
  Dim(int64_t value);
  static Dim symbol(std::string_view name);

  Dim operator+(const Dim& other) const;
  Dim operator-(const Dim& other) const;
  Dim operator*(const Dim& other) const;
  // Exact. A quotient that has no such form becomes a symbol of its own, equal only to the same quotient.
  Dim operator/(const Dim& other) const;
  // Rounded down, and the rest: numbers where both are, symbols of their own otherwise. Of zero: zero.
  Dim floor_div(const Dim& other) const;
  Dim mod(const Dim& other) const;
  bool operator==(const Dim& other) const { return terms_ == other.terms_; }
  bool operator!=(const Dim& other) const { return !(*this == other); }

  // The value, if it has no symbols and is whole.
  std::optional<int64_t> whole() const;
  bool constant() const;  // no symbols, though perhaps a fraction
  bool is(int64_t value) const { return *this == Dim(value); }

  std::string to_string() const;

 private:
  // Factors are sorted by name and have no zero exponents; terms are sorted by factors and have no zero
  // coefficients; fractions are reduced with a positive denominator. So equality is equality of terms.
  using Factors = std::vector<std::pair<std::string, int>>;
  struct Term {
    Factors factors;
    int64_t numerator, denominator;
    bool operator==(const Term&) const = default;
  };
  static Dim overflow();
  static Dim from_terms(std::vector<Term> terms);

  std::vector<Term> terms_;
};

}  // namespace hearth
