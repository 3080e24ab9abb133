#include "chat/jinja/number.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "chat/jinja/unicode.h"

namespace hearth::jinja {

namespace {

// The digits of a finite number and where its point stands: 0.DIGITS times 10 to the `point`.
struct Digits {
  std::string digits;
  int point;
};

Digits shortest(double value) {
  char buffer[40];
  auto end = std::to_chars(buffer, buffer + sizeof(buffer), value, std::chars_format::scientific).ptr;
  Digits result{"", 1};
  const char* at = buffer;
  for (; at < end && *at != 'e'; ++at) {
    if (*at != '.') result.digits += *at;
  }
  int exponent = 0;
  ++at;
  if (at < end && *at == '+') ++at;
  std::from_chars(at, end, exponent);
  result.point = exponent + 1;
  return result;
}

std::string with_exponent(const Digits& number) {
  std::string text = number.digits.substr(0, 1);
  if (number.digits.size() > 1) text += "." + number.digits.substr(1);
  int exponent = number.point - 1;
  return text + fmt::format("e{}{:02}", exponent < 0 ? '-' : '+', std::abs(exponent));
}

std::string with_point(const Digits& number) {
  int count = static_cast<int>(number.digits.size());
  if (number.point <= 0) return "0." + std::string(static_cast<size_t>(-number.point), '0') + number.digits;
  if (number.point >= count)
    return number.digits + std::string(static_cast<size_t>(number.point - count), '0') + ".0";
  return number.digits.substr(0, static_cast<size_t>(number.point)) + "." +
         number.digits.substr(static_cast<size_t>(number.point));
}

// Python's "general" format without a type: as %g, but never without a point or an exponent.
std::string general(double value, int precision) {
  std::string text = fmt::format("{:.{}e}", value, std::max(precision, 1) - 1);
  size_t e = text.find('e');
  Digits number{text.substr(0, 1) + (e > 1 ? text.substr(2, e - 2) : ""), 0};
  std::from_chars(text.data() + e + (text[e + 1] == '+' ? 2 : 1), text.data() + text.size(), number.point);
  ++number.point;
  while (number.digits.size() > 1 && number.digits.back() == '0') number.digits.pop_back();
  return number.point <= -4 || number.point > precision - 1 ? with_exponent(number) : with_point(number);
}

void group(std::string& digits, char separator, size_t every) {
  size_t whole = std::min(digits.find_first_not_of("0123456789abcdefABCDEF"), digits.size());
  for (size_t at = whole; at > every;) {
    at -= every;
    digits.insert(at, 1, separator);
  }
}

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'z') return c - 'a' + 10;
  if (c >= 'A' && c <= 'Z') return c - 'A' + 10;
  return 99;
}

// The digits of `text` without the underscores between them, or nothing where one stands elsewhere.
std::optional<std::string> without_underscores(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '_') {
      out += text[i];
    } else if (i == 0 || i + 1 == text.size() || digit_of(text[i - 1]) > 35 || digit_of(text[i + 1]) > 35) {
      return std::nullopt;
    }
  }
  return out;
}

}  // namespace

std::string show_real(double value) {
  if (std::isnan(value)) return "nan";
  std::string sign = std::signbit(value) ? "-" : "";
  if (std::isinf(value)) return sign + "inf";
  if (value == 0) return sign + "0.0";
  Digits number = shortest(std::fabs(value));
  return sign + (number.point <= -4 || number.point > 16 ? with_exponent(number) : with_point(number));
}

std::optional<int64_t> read_integer(std::string_view text, int base) {
  text = strip_left(strip_right(text));
  bool negative = !text.empty() && text[0] == '-';
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  bool leading_zero = text.size() > 1 && text[0] == '0';
  if (leading_zero) {
    char letter = static_cast<char>(text[1] | 0x20);
    int prefix = letter == 'x' ? 16 : letter == 'o' ? 8 : letter == 'b' ? 2 : 0;
    if (prefix != 0 && (base == 0 || base == prefix)) {
      text.remove_prefix(2);
      base = prefix;
      leading_zero = false;
      if (!text.empty() && text[0] == '_') text.remove_prefix(1);
    }
  }
  if (base == 0) {
    if (leading_zero && text.find_first_not_of("0_") != text.npos) return std::nullopt;
    base = 10;
  }
  auto digits = without_underscores(text);
  if (!digits || digits->empty()) return std::nullopt;
  uint64_t value = 0;
  for (char c : *digits) {
    int digit = digit_of(c);
    if (digit >= base) return std::nullopt;
    if (__builtin_mul_overflow(value, static_cast<uint64_t>(base), &value) ||
        __builtin_add_overflow(value, static_cast<uint64_t>(digit), &value)) {
      return std::nullopt;
    }
  }
  constexpr uint64_t kLargest = INT64_MAX;
  if (value > kLargest + (negative ? 1 : 0)) return std::nullopt;
  return static_cast<int64_t>(negative ? 0 - value : value);
}

std::optional<double> read_real(std::string_view text) {
  auto digits = without_underscores(strip_left(strip_right(text)));
  if (!digits || digits->empty()) return std::nullopt;
  const char* begin = digits->data();
  const char* end = begin + digits->size();
  if (*begin == '+' && digits->size() > 1 && begin[1] != '-') ++begin;
  double value = 0;
  auto [stop, problem] = std::from_chars(begin, end, value);
  if (stop != end || digits->find('(') != digits->npos) return std::nullopt;
  if (problem == std::errc::result_out_of_range) {  // as Python: infinite, or zero
    bool tiny = digits->find("e-") != digits->npos || digits->find("E-") != digits->npos;
    value = std::copysign(tiny ? 0.0 : HUGE_VAL, *begin == '-' ? -1.0 : 1.0);
  } else if (problem != std::errc()) {
    return std::nullopt;
  }
  return value;
}

NumberParts format_integer(int64_t value, const NumberFormat& format) {
  NumberParts parts;
  if (value < 0) {
    parts.sign = "-";
  } else if (format.sign != '-') {
    parts.sign = format.sign;
  }
  uint64_t size = value < 0 ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
  switch (format.type) {
    case 'x': parts.digits = fmt::format("{:x}", size); break;
    case 'X': parts.digits = fmt::format("{:X}", size); break;
    case 'o': parts.digits = fmt::format("{:o}", size); break;
    case 'b': parts.digits = fmt::format("{:b}", size); break;
    default: parts.digits = fmt::format("{}", size);
  }
  bool decimal = format.type == 0 || format.type == 'd' || format.type == 'n';
  if (format.grouping) group(parts.digits, format.grouping, decimal ? 3 : 4);
  if (format.alternate && !decimal) parts.sign += {'0', format.type};
  return parts;
}

NumberParts format_real(double value, const NumberFormat& format) {
  NumberParts parts;
  if (std::signbit(value) && !std::isnan(value)) {
    parts.sign = "-";
  } else if (format.sign != '-') {
    parts.sign = format.sign;
  }
  double size = std::fabs(value);
  bool capital = format.type >= 'E' && format.type <= 'G';
  if (!std::isfinite(size)) {
    parts.digits = std::isnan(size) ? (capital ? "NAN" : "nan") : (capital ? "INF" : "inf");
    if (format.type == '%') parts.digits += '%';
    return parts;
  }
  int precision = format.precision.value_or(6);
  auto in_style = [&](char type) {
    if (type == 'g' || type == 'G') precision = std::max(precision, 1);
    return fmt::format(
        fmt::runtime(fmt::format("{{:{}.{}{}}}", format.alternate ? "#" : "", precision, type)), size);
  };
  switch (format.type) {
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G': parts.digits = in_style(format.type); break;
    case 'n': parts.digits = in_style('g'); break;
    case '%': parts.digits = fmt::format("{:.{}f}%", size * 100, precision); break;
    default: parts.digits = format.precision ? general(size, *format.precision) : show_real(size);
  }
  if (format.grouping) group(parts.digits, format.grouping, 3);
  return parts;
}

}  // namespace hearth::jinja
