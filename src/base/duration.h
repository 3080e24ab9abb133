// How long something lasts, as people write it.
#pragma once

#include <optional>
#include <string_view>

namespace hearth {

// In seconds: "300", "5m", "1h30m", "250ms", "-1". Nothing: it is no duration.
std::optional<double> parse_duration(std::string_view text);

}  // namespace hearth
