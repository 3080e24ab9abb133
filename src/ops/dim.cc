#include "ops/dim.h"

#include <algorithm>
#include <cstdlib>
#include <numeric>

namespace hearth {

namespace {
constexpr size_t kMostTerms =
    4096;  // before like terms are joined; a hostile text could multiply without end
}

Dim::Dim(int64_t value) {
  if (value != 0) terms_.push_back({{}, value, 1});
}

Dim Dim::symbol(std::string_view name) {
  Dim dim;
  dim.terms_.push_back({{{std::string(name), 1}}, 1, 1});
  return dim;
}

// Sizes come from files, so products may leave 64 bits. The result is then a symbol that equals no real size,
// and whoever needs a number is told that there is none.
Dim Dim::overflow() { return symbol("overflow"); }

Dim Dim::from_terms(std::vector<Term> terms) {
  for (const Term& term : terms) {
    if (term.numerator == INT64_MIN || terms.size() > kMostTerms) return overflow();
  }
  std::sort(terms.begin(), terms.end(), [](const Term& a, const Term& b) { return a.factors < b.factors; });
  Dim sum;
  for (Term& term : terms) {
    if (!sum.terms_.empty() && sum.terms_.back().factors == term.factors) {
      Term& into = sum.terms_.back();
      int64_t a, b, numerator, denominator;
      if (__builtin_mul_overflow(into.numerator, term.denominator, &a) ||
          __builtin_mul_overflow(term.numerator, into.denominator, &b) ||
          __builtin_add_overflow(a, b, &numerator) ||
          __builtin_mul_overflow(into.denominator, term.denominator, &denominator)) {
        return overflow();
      }
      into.numerator = numerator;
      into.denominator = denominator;
    } else {
      sum.terms_.push_back(std::move(term));
    }
  }
  if (sum.terms_.size() > 64) return overflow();
  std::erase_if(sum.terms_, [](const Term& term) { return term.numerator == 0; });
  for (Term& term : sum.terms_) {
    int64_t divisor = std::gcd(term.numerator, term.denominator);
    term.numerator /= divisor;
    term.denominator /= divisor;
  }
  return sum;
}

Dim Dim::operator+(const Dim& other) const {
  std::vector<Term> terms = terms_;
  terms.insert(terms.end(), other.terms_.begin(), other.terms_.end());
  return from_terms(std::move(terms));
}

Dim Dim::operator-(const Dim& other) const { return *this + other * Dim(-1); }

Dim Dim::operator*(const Dim& other) const {
  std::vector<Term> terms;
  for (const Term& a : terms_) {
    for (const Term& b : other.terms_) {
      Term product{a.factors, 0, 0};
      if (__builtin_mul_overflow(a.numerator, b.numerator, &product.numerator) ||
          __builtin_mul_overflow(a.denominator, b.denominator, &product.denominator)) {
        return overflow();
      }
      for (const auto& [name, exponent] : b.factors) {
        auto at =
            std::lower_bound(product.factors.begin(), product.factors.end(), name,
                             [](const auto& factor, const std::string& key) { return factor.first < key; });
        if (at == product.factors.end() || at->first != name) {
          product.factors.insert(at, {name, exponent});
        } else if ((at->second += exponent) == 0) {
          product.factors.erase(at);
        }
      }
      terms.push_back(std::move(product));
    }
  }
  return from_terms(std::move(terms));
}

Dim Dim::operator/(const Dim& other) const {
  if (other.terms_.empty()) return symbol("(" + to_string() + ")/0");
  if (other.terms_.size() == 1) {
    const Term& term = other.terms_[0];
    if (term.numerator == INT64_MIN) return overflow();
    Term inverse{term.factors, term.numerator < 0 ? -term.denominator : term.denominator,
                 std::abs(term.numerator)};
    for (auto& factor : inverse.factors) factor.second = -factor.second;
    Dim reciprocal;
    reciprocal.terms_.push_back(std::move(inverse));
    return *this * reciprocal;
  }
  if (terms_.empty()) return Dim();
  // A multiple of the divisor: the quotient of the leading terms, if it gives back the dividend.
  Dim leading, divisor;
  leading.terms_.push_back(terms_[0]);
  divisor.terms_.push_back(other.terms_[0]);
  Dim quotient = leading / divisor;
  if (quotient * other == *this) return quotient;
  return symbol("(" + to_string() + ")/(" + other.to_string() + ")");
}

Dim Dim::floor_div(const Dim& other) const {
  auto a = whole(), b = other.whole();
  if (b && *b == 0) return Dim();
  if (a && b) return Dim(*a / *b - ((*a % *b != 0 && (*a < 0) != (*b < 0)) ? 1 : 0));
  return symbol("(" + to_string() + ")//(" + other.to_string() + ")");
}

Dim Dim::mod(const Dim& other) const {
  if (whole() && other.whole()) return *this - floor_div(other) * other;
  return symbol("(" + to_string() + ")%(" + other.to_string() + ")");
}

bool Dim::constant() const { return terms_.empty() || (terms_.size() == 1 && terms_[0].factors.empty()); }

std::optional<int64_t> Dim::whole() const {
  if (terms_.empty()) return 0;
  if (!constant() || terms_[0].denominator != 1) return std::nullopt;
  return terms_[0].numerator;
}

std::string Dim::to_string() const {
  if (terms_.empty()) return "0";
  std::string text;
  // Terms with symbols before the bare number, as a person writes them.
  std::vector<const Term*> order;
  for (const Term& term : terms_) order.push_back(&term);
  std::stable_partition(order.begin(), order.end(), [](const Term* term) { return !term->factors.empty(); });
  for (const Term* term : order) {
    bool first = text.empty();
    if (term->numerator < 0)
      text += first ? "-" : " - ";
    else if (!first)
      text += " + ";
    std::string above, below;
    uint64_t size = term->numerator < 0 ? -static_cast<uint64_t>(term->numerator)
                                        : static_cast<uint64_t>(term->numerator);
    if (size != 1) above = std::to_string(size);
    if (term->denominator != 1) below = std::to_string(term->denominator);
    for (const auto& [name, exponent] : term->factors) {
      for (int i = 0; i < std::abs(exponent); ++i) {
        std::string& side = exponent > 0 ? above : below;
        side += (side.empty() ? "" : "*") + name;
      }
    }
    text += above.empty() ? "1" : above;
    if (!below.empty()) text += "/" + (below.find('*') == std::string::npos ? below : "(" + below + ")");
  }
  return text;
}

}  // namespace hearth
