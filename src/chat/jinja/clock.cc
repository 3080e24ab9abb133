#include "chat/jinja/clock.h"

#include <fmt/format.h>

#include <array>
#include <ctime>

namespace hearth::jinja {

namespace {

constexpr std::array<std::string_view, 7> kDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                   "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> kMonths = {"January",   "February", "March",    "April",
                                                      "May",       "June",     "July",     "August",
                                                      "September", "October",  "November", "December"};

struct Parts {
  int year, month, day;  // month from 1
  int hour, minute, second;
  int weekday;  // 0 is Sunday
  int yearday;  // from 0

  explicit Parts(WallTime time) {
    auto midnight = std::chrono::floor<std::chrono::days>(time);
    std::chrono::year_month_day date(midnight);
    std::chrono::hh_mm_ss clock(time - midnight);
    year = static_cast<int>(date.year());
    month = static_cast<int>(static_cast<unsigned>(date.month()));
    day = static_cast<int>(static_cast<unsigned>(date.day()));
    hour = static_cast<int>(clock.hours().count());
    minute = static_cast<int>(clock.minutes().count());
    second = static_cast<int>(clock.seconds().count());
    weekday = static_cast<int>(std::chrono::weekday(midnight).c_encoding());
    auto new_year = std::chrono::local_days(date.year() / std::chrono::January / 1);
    yearday = static_cast<int>((midnight - new_year).count());
  }

  int hour12() const { return hour % 12 == 0 ? 12 : hour % 12; }
  int week_from(int first_weekday) const { return (yearday + 7 - (weekday + 7 - first_weekday) % 7) / 7; }

  // The year and week of ISO 8601: a week belongs to the year that its Thursday is in.
  std::pair<int, int> iso_week(WallTime time) const {
    Parts thursday(time + std::chrono::days(3 - (weekday + 6) % 7));
    return {thursday.year, thursday.yearday / 7 + 1};
  }
};

// A number as its code writes it; the flags of glibc change what it is filled with.
std::string number(int value, size_t width, char fill, char flag) {
  if (flag == '-') return fmt::format("{}", value);
  if (flag == '_') fill = ' ';
  if (flag == '0') fill = '0';
  std::string digits = fmt::format("{}", value);
  return digits.size() < width ? std::string(width - digits.size(), fill) + digits : digits;
}

std::optional<std::string> one_code(WallTime time, const Parts& at, char code, char flag) {
  auto both = [&](int value) { return number(value, 2, '0', flag); };
  auto name = [&](std::string_view full, size_t length) {
    std::string text(full.substr(0, length));
    if (flag == '^') {
      for (char& c : text) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
    }
    return text;
  };
  std::string_view day = kDays[static_cast<size_t>(at.weekday)];
  std::string_view month = kMonths[static_cast<size_t>(at.month - 1)];
  switch (code) {
    case 'a': return name(day, 3);
    case 'A': return name(day, day.npos);
    case 'b':
    case 'h': return name(month, 3);
    case 'B': return name(month, month.npos);
    case 'c': return format_time(time, "%a %b %e %H:%M:%S %Y");
    case 'C': return both(at.year / 100);
    case 'd': return both(at.day);
    case 'D':
    case 'x': return format_time(time, "%m/%d/%y");
    case 'e': return number(at.day, 2, ' ', flag);
    case 'f': return "000000";
    case 'F': return format_time(time, "%Y-%m-%d");
    case 'g': return both(at.iso_week(time).first % 100);
    case 'G': return number(at.iso_week(time).first, 4, '0', flag);
    case 'H': return both(at.hour);
    case 'I': return both(at.hour12());
    case 'j': return number(at.yearday + 1, 3, '0', flag);
    case 'k': return number(at.hour, 2, ' ', flag);
    case 'l': return number(at.hour12(), 2, ' ', flag);
    case 'm': return both(at.month);
    case 'M': return both(at.minute);
    case 'n': return "\n";
    case 'p': return at.hour < 12 ? "AM" : "PM";
    case 'P': return at.hour < 12 ? "am" : "pm";
    case 'r': return format_time(time, "%I:%M:%S %p");
    case 'R': return format_time(time, "%H:%M");
    case 's': return fmt::format("{}", time.time_since_epoch().count());
    case 'S': return both(at.second);
    case 't': return "\t";
    case 'T':
    case 'X': return format_time(time, "%H:%M:%S");
    case 'u': return number(at.weekday == 0 ? 7 : at.weekday, 1, '0', flag);
    case 'U': return both(at.week_from(0));
    case 'V': return both(at.iso_week(time).second);
    case 'w': return number(at.weekday, 1, '0', flag);
    case 'W': return both(at.week_from(1));
    case 'y': return both(at.year % 100);
    case 'Y': return number(at.year, 4, '0', flag == 0 ? '-' : flag);
    case 'z':
    case 'Z': return "";
    case '%': return "%";
    default: return std::nullopt;
  }
}

}  // namespace

WallTime wall_time_now() {
  std::time_t now = std::time(nullptr);
  std::tm tm{};
  localtime_r(&now, &tm);
  auto date = std::chrono::year(tm.tm_year + 1900) / (tm.tm_mon + 1) / tm.tm_mday;
  return std::chrono::local_days(date) + std::chrono::hours(tm.tm_hour) + std::chrono::minutes(tm.tm_min) +
         std::chrono::seconds(tm.tm_sec);
}

std::optional<WallTime> read_wall_time(std::string_view text) {
  constexpr std::string_view kShape = "dddd-dd-ddTdd:dd:dd";
  if (text.size() != 10 && text.size() != kShape.size()) return std::nullopt;
  int numbers[6] = {};
  size_t count = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    bool digit = text[i] >= '0' && text[i] <= '9';
    if (kShape[i] == 'd' ? !digit : text[i] != kShape[i] && !(kShape[i] == 'T' && text[i] == ' '))
      return std::nullopt;
    if (digit) numbers[count] = numbers[count] * 10 + (text[i] - '0');
    count += !digit;
  }
  auto date = std::chrono::year(numbers[0]) / numbers[1] / numbers[2];
  if (!date.ok() || numbers[3] > 23 || numbers[4] > 59 || numbers[5] > 59) return std::nullopt;
  return std::chrono::local_days(date) + std::chrono::hours(numbers[3]) + std::chrono::minutes(numbers[4]) +
         std::chrono::seconds(numbers[5]);
}

std::string format_time(WallTime time, std::string_view format) {
  Parts at(time);
  std::string out;
  for (size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') {
      out += format[i];
      continue;
    }
    size_t code = i + 1;
    char flag = 0;
    if (code < format.size() && std::string_view("-_0^").find(format[code]) != std::string_view::npos)
      flag = format[code++];
    auto shown = code < format.size() ? one_code(time, at, format[code], flag) : std::nullopt;
    if (shown) {
      out += *shown;
      i = code;
    } else {
      out += '%';
    }
  }
  return out;
}

}  // namespace hearth::jinja
