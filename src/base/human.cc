#include "base/human.h"

#include <fmt/format.h>

#include <algorithm>

namespace hearth {

namespace {

// Three digits and a unit: each unit is a thousand of the one before it.
std::string scaled(uint64_t number, std::initializer_list<const char*> units) {
  double value = static_cast<double>(number);
  auto unit = units.begin();
  while (value >= 999.5 && unit + 1 != units.end()) {
    value /= 1000;
    ++unit;
  }
  std::string digits = unit == units.begin() ? fmt::format("{}", number)
                                             : fmt::format("{:.{}f}", value,
                                                           value < 9.995   ? 2
                                                           : value < 99.95 ? 1
                                                                           : 0);
  return **unit ? fmt::format("{} {}", digits, *unit) : digits;
}

// How many places a text takes; bytes that continue a character take none.
size_t width(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(),
                                           [](char c) { return (static_cast<uint8_t>(c) & 0xc0) != 0x80; }));
}

}  // namespace

std::string grouped(uint64_t number) {
  std::string digits = std::to_string(number);
  for (size_t at = digits.size(); at > 3;) digits.insert(at -= 3, ",");
  return digits;
}

std::string human_bytes(uint64_t bytes) { return scaled(bytes, {"B", "kB", "MB", "GB", "TB", "PB", "EB"}); }

std::string human_count(uint64_t number) { return scaled(number, {"", "K", "M", "B", "T", "P", "E"}); }

std::string percent(uint64_t part, uint64_t whole) {
  return fmt::format("{:.1f} %", whole ? 100 * static_cast<double>(part) / static_cast<double>(whole) : 0.0);
}

std::string Table::text(std::string_view indent) const {
  std::vector<size_t> widths(alignment_.size(), 0);
  for (const auto& row : rows_) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
  }
  std::string out;
  for (const auto& row : rows_) {
    std::string line(indent);
    for (size_t i = 0; i < row.size(); ++i) {
      std::string blanks(widths[i] - width(row[i]), ' ');
      if (i > 0) line += "  ";
      line += alignment_[i] == '>' ? blanks + row[i] : row[i] + blanks;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

}  // namespace hearth
