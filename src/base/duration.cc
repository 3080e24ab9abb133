#include "base/duration.h"

#include <charconv>
#include <cmath>

namespace hearth {

std::optional<double> parse_duration(std::string_view text) {
  struct Unit {
    std::string_view name;
    double seconds;
  };
  constexpr Unit kUnits[] = {{"ms", 0.001}, {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}};
  double sign = 1, sum = 0;
  if (text.starts_with('-')) {
    sign = -1;
    text.remove_prefix(1);
  }
  if (text.empty()) return std::nullopt;
  for (bool first = true; !text.empty(); first = false) {
    double number = 0;
    auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    if (error != std::errc() || !(number >= 0) || !std::isfinite(number)) return std::nullopt;
    text.remove_prefix(static_cast<size_t>(end - text.data()));
    if (text.empty()) return first ? std::optional(sign * number) : std::nullopt;
    const Unit* unit = nullptr;
    for (const Unit& each : kUnits) {
      if (!unit && text.starts_with(each.name)) unit = &each;
    }
    if (!unit) return std::nullopt;
    text.remove_prefix(unit->name.size());
    sum += number * unit->seconds;
  }
  return sign * sum;
}

}  // namespace hearth
