#include "formats/split_name.h"

#include <fmt/format.h>

#include <charconv>

namespace hearth {

namespace {

// Takes a number of at least five digits off the end of `text`.
std::optional<uint64_t> take_number(std::string_view& text) {
  size_t begin = text.find_last_not_of("0123456789") + 1;
  std::string_view digits = text.substr(begin);
  uint64_t number = 0;
  if (digits.size() < 5 || std::from_chars(digits.begin(), digits.end(), number).ec != std::errc()) {
    return std::nullopt;
  }
  text.remove_suffix(digits.size());
  return number;
}

bool take_suffix(std::string_view& text, std::string_view suffix) {
  if (!text.ends_with(suffix)) return false;
  text.remove_suffix(suffix.size());
  return true;
}

}  // namespace

std::optional<SplitName> parse_split_name(std::string_view name, std::string_view extension) {
  if (!take_suffix(name, extension)) return std::nullopt;
  auto count = take_number(name);
  if (!count || !take_suffix(name, "-of-")) return std::nullopt;
  auto number = take_number(name);
  if (!number || !take_suffix(name, "-")) return std::nullopt;
  return SplitName{std::string(name), *number, *count};
}

std::string split_name(std::string_view prefix, uint64_t number, uint64_t count, std::string_view extension) {
  return fmt::format("{}-{:05}-of-{:05}{}", prefix, number, count, extension);
}

}  // namespace hearth
