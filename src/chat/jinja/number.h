// Numbers as Python writes and reads them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hearth::jinja {

// The shortest digits that read back as `value`: 0.1, 1e+16, 3.0, inf.
std::string show_real(double value);

// int() of a text: blanks around it, a sign, underscores between digits, a prefix such as 0x that fits the base.
// Base 0 goes by the prefix. Nothing if it is no number, or none of 64 bits.
std::optional<int64_t> read_integer(std::string_view text, int base = 10);
// float() of a text.
std::optional<double> read_real(std::string_view text);

// How format() and % are told to write a number.
struct NumberFormat {
  char type = 0;           // of d x X o b e E f F g G n c %; 0: none given
  char sign = '-';         // '-', '+' or ' '
  bool alternate = false;  // a prefix such as 0x
  char grouping = 0;       // ',' or '_' between groups of digits
  std::optional<int> precision;
};

struct NumberParts {
  std::string sign;    // with the prefix
  std::string digits;  // what follows; zeros to fill go in front of it
};

NumberParts format_integer(int64_t value, const NumberFormat& format);
NumberParts format_real(double value, const NumberFormat& format);

}  // namespace hearth::jinja
