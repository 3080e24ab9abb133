#include "sample/grammar/json_numbers.h"

#include <charconv>

#include "base/text.h"

namespace hearth::grammar {

namespace {

constexpr std::string_view kFraction = "(?:\\.[0-9]+)?";

std::string digit_range(int from, int to) { return fmt::format("[{}-{}]", from, to); }
std::string digits(size_t count) { return count == 0 ? "" : fmt::format("[0-9]{{{}}}", count); }
int digit_at(const std::string& text, size_t at) { return text[at] - '0'; }

class Alternatives {
 public:
  template <class... Args>
  void add(const Args&... parts) {
    if (!text_.empty()) text_ += '|';
    ((text_ += parts), ...);
  }
  std::string text() const { return text_.empty() ? "[]" : "(?:" + text_ + ")"; }  // [] matches nothing

 private:
  std::string text_;
};

// Numbers without a sign that are more than `bound`, the sign of which does not count: those with more digits, those
// that have a greater digit where they first differ, and those that are equal up to the point and go on.
std::string more_than(const Decimal& bound, bool or_equal) {
  const std::string whole = bound.whole.empty() ? "0" : bound.whole;
  const std::string& fraction = bound.fraction;
  Alternatives all;
  all.add("[1-9][0-9]{", std::to_string(whole.size()), ",}", kFraction);
  for (size_t i = 0; i < whole.size(); ++i) {
    int digit = digit_at(whole, i);
    if (digit < 9)
      all.add(whole.substr(0, i), digit_range(digit + 1, 9), digits(whole.size() - i - 1), kFraction);
  }
  if (fraction.empty()) {
    if (or_equal) {
      all.add(whole, kFraction);
    } else {
      all.add(whole, "\\.[0-9]*[1-9][0-9]*");
    }
    return all.text();
  }
  for (size_t i = 0; i < fraction.size(); ++i) {
    int digit = digit_at(fraction, i);
    if (digit < 9) all.add(whole, "\\.", fraction.substr(0, i), digit_range(digit + 1, 9), "[0-9]*");
  }
  all.add(whole, "\\.", fraction, or_equal ? "[0-9]*" : "[0-9]*[1-9][0-9]*");
  return all.text();
}

std::string less_than(const Decimal& bound, bool or_equal) {
  const std::string whole = bound.whole.empty() ? "0" : bound.whole;
  const std::string& fraction = bound.fraction;
  Alternatives all;
  if (whole.size() > 1) all.add("(?:0|[1-9][0-9]{0,", std::to_string(whole.size() - 2), "})", kFraction);
  for (size_t i = 0; i < whole.size(); ++i) {
    int least = i == 0 && whole.size() > 1 ? 1 : 0, most = digit_at(whole, i) - 1;
    if (least <= most)
      all.add(whole.substr(0, i), digit_range(least, most), digits(whole.size() - i - 1), kFraction);
  }
  if (or_equal || !fraction.empty()) all.add(whole);
  if (or_equal) all.add(whole, "\\.", fraction, fraction.empty() ? "0+" : "0*");
  for (size_t i = 0; i < fraction.size(); ++i) {
    int digit = digit_at(fraction, i);
    if (digit > 0) all.add(whole, "\\.", fraction.substr(0, i), digit_range(0, digit - 1), "[0-9]*");
    if (i > 0) all.add(whole, "\\.", fraction.substr(0, i));
  }
  return all.text();
}

std::string any_magnitude() { return "(?:0|[1-9][0-9]*)" + std::string(kFraction); }

}  // namespace

Result<Decimal> Decimal::parse(std::string_view number) {
  Decimal decimal;
  std::string_view rest = number;
  if (rest.starts_with('-')) {
    decimal.negative = true;
    rest.remove_prefix(1);
  }
  int exponent = 0;
  if (size_t e = rest.find_first_of("eE"); e != std::string_view::npos) {
    std::string_view written = rest.substr(e + 1);
    if (written.starts_with('+')) written.remove_prefix(1);
    auto [end, problem] = std::from_chars(written.data(), written.data() + written.size(), exponent);
    if (problem != std::errc() || exponent < -400 || exponent > 400)
      return fail("the exponent of {} is too large", quote(number, 40));
    rest = rest.substr(0, e);
  }
  size_t point = std::min(rest.find('.'), rest.size());
  std::string all = std::string(rest.substr(0, point));
  if (point < rest.size()) all += rest.substr(point + 1);
  if (all.size() > 400) return fail("the number {} has more than 400 digits", quote(number, 40));
  int place = static_cast<int>(point) + exponent;
  if (place < 0) all.insert(0, static_cast<size_t>(-place), '0');
  if (place > static_cast<int>(all.size())) all.append(static_cast<size_t>(place) - all.size(), '0');
  size_t cut = static_cast<size_t>(std::max(place, 0));
  decimal.whole = all.substr(0, cut);
  decimal.fraction = all.substr(cut);
  decimal.whole.erase(0, std::min(decimal.whole.find_first_not_of('0'), decimal.whole.size()));
  while (decimal.fraction.ends_with('0')) decimal.fraction.pop_back();
  if (decimal.is_zero()) decimal.negative = false;
  return decimal;
}

Result<Machine> number_language(bool integer, Budget& budget) {
  return whole_regex_language(integer ? std::string(kJsonInteger) : "-?" + any_magnitude(), budget);
}

Result<Machine> at_least(const Decimal& bound, bool or_equal, Budget& budget) {
  if (!bound.negative && !(bound.is_zero() && or_equal))
    return whole_regex_language(more_than(bound, or_equal), budget);
  return whole_regex_language(any_magnitude() + "|-" + less_than(bound, or_equal), budget);
}

Result<Machine> at_most(const Decimal& bound, bool or_equal, Budget& budget) {
  if (bound.negative) return whole_regex_language("-" + more_than(bound, or_equal), budget);
  std::string negative = bound.is_zero() && !or_equal ? more_than(bound, false) : any_magnitude();
  return whole_regex_language(less_than(bound, or_equal) + "|-" + negative, budget);
}

// The remainder of the digits read so far is a state, with the number of those after the point.
Result<Machine> multiples_of(const Decimal& divisor, Budget& budget) {
  constexpr uint32_t kMostStates = 20'000;
  std::string scaled = divisor.whole + divisor.fraction;
  scaled.erase(0, scaled.find_first_not_of('0'));
  uint32_t d = static_cast<uint32_t>(divisor.fraction.size()), q = 0;
  auto [end, problem] = std::from_chars(scaled.data(), scaled.data() + scaled.size(), q);
  if (problem != std::errc() || end != scaled.data() + scaled.size() || uint64_t{q} * (d + 2) > kMostStates)
    return fail("takes more than {} states", kMostStates);
  // A state for each remainder before the point, then for each after it and so many digits there, up to d: further
  // ones can only be zeros. A sign leads from a state to itself.
  Machine machine;
  machine.states.resize(size_t{q} * (d + 2));
  for (uint32_t place = 0; place < d + 2; ++place) {  // 0: before the point
    uint32_t after = place == 0 ? 0 : place - 1;
    uint64_t scale = 1;
    for (uint32_t i = after; i < d; ++i) scale = scale * 10 % q;
    for (uint32_t remainder = 0; remainder < q; ++remainder) {
      if (!budget.take(12)) return budget.error();
      auto& from = machine.states[place * q + remainder];
      from.accepting = remainder * scale % q == 0;
      if (place == 0) from.edges.push_back({'-', '-', remainder});
      if (place == 0) from.edges.push_back({'.', '.', q + remainder});
      if (after < d || place == 0) {
        for (uint32_t digit = 0; digit < 10; ++digit) {
          uint8_t byte = static_cast<uint8_t>('0' + digit);
          uint32_t next = static_cast<uint32_t>((uint64_t{remainder} * 10 + digit) % q);
          from.edges.push_back({byte, byte, (place == 0 ? 0 : place + 1) * q + next});
        }
      } else if (from.accepting) {
        from.edges.push_back({'0', '0', place * q + remainder});
      }
    }
  }
  return machine;
}

}  // namespace hearth::grammar
