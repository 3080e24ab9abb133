// A moment as the wall shows it, and its formatting by strftime's codes.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace hearth::jinja {

using WallTime = std::chrono::local_seconds;

WallTime wall_time_now();

// "2026-01-15T09:30:00"; the time may be missing.
std::optional<WallTime> read_wall_time(std::string_view text);

// strftime in English; a code that is none stays as it is. No time zone is known: %z and %Z are empty.
std::string format_time(WallTime time, std::string_view format);

}  // namespace hearth::jinja
