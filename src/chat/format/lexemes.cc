#include "chat/format/lexemes.h"

#include <algorithm>

namespace hearth {

namespace {

constexpr size_t kLongestTag = 64;

bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80);
}

// <...> without white space or another < inside.
size_t angle_tag(std::string_view text) {
  for (size_t i = 1; i < std::min(text.size(), kLongestTag); ++i) {
    if (text[i] == '>') return i > 1 ? i + 1 : 0;
    if (is_space(text[i]) || text[i] == '<' || text[i] == '"') return 0;
  }
  return 0;
}

// [NAME], [/NAME], [BEGIN OF SOMETHING]: capitals, as no ordinary text has in brackets.
size_t square_tag(std::string_view text) {
  for (size_t i = 1; i < std::min(text.size(), kLongestTag); ++i) {
    char c = text[i];
    if (c == ']') return i > 2 ? i + 1 : 0;
    if (!((c >= 'A' && c <= 'Z') || c == '_' || c == ' ' || (c == '/' && i == 1))) return 0;
  }
  return 0;
}

size_t tag(std::string_view text) {
  if (text.empty()) return 0;
  return text[0] == '<' ? angle_tag(text) : text[0] == '[' ? square_tag(text) : 0;
}

}  // namespace

std::string_view trim_left(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  return text;
}

std::string_view trim_right(std::string_view text) {
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

std::string without_space(std::string_view text) {
  std::string kept(text);
  std::erase_if(kept, is_space);
  return kept;
}

size_t lexeme(std::string_view text) {
  if (size_t length = tag(text)) return length;
  auto run = [&](bool (*of)(char)) {
    return static_cast<size_t>(std::find_if_not(text.begin(), text.end(), of) - text.begin());
  };
  if (is_space(text[0])) return run(is_space);
  if (is_word(text[0])) return run(is_word);
  return 1;
}

bool begins_with_tag(std::string_view text) { return tag(text) != 0; }

std::vector<std::string_view> lexemes(std::string_view text) {
  std::vector<std::string_view> pieces;
  while (!text.empty()) {
    pieces.push_back(text.substr(0, lexeme(text)));
    text.remove_prefix(pieces.back().size());
  }
  return pieces;
}

size_t common_prefix(std::string_view a, std::string_view b) {
  size_t shared = 0;
  while (shared < a.size() && shared < b.size()) {
    std::string_view x = a.substr(shared), y = b.substr(shared);
    size_t length = lexeme(x);
    if (length != lexeme(y) || x.substr(0, length) != y.substr(0, length)) {
      // White space may end anywhere.
      while (shared < a.size() && shared < b.size() && a[shared] == b[shared] && is_space(a[shared]))
        ++shared;
      break;
    }
    shared += length;
  }
  return shared;
}

size_t common_suffix(std::string_view a, std::string_view b) {
  auto x = lexemes(a), y = lexemes(b);
  size_t shared = 0;
  for (auto i = x.rbegin(), j = y.rbegin(); i != x.rend() && j != y.rend() && *i == *j; ++i, ++j) {
    shared += i->size();
  }
  return shared;
}

std::string closing_tag(std::string_view tag) {
  if (!begins_with_tag(tag) || tag.size() < 3 || tag[1] == '/') return "";
  std::string close(tag);
  for (auto [from, to] :
       {std::pair("START_", "END_"), {"_start", "_end"}, {"_begin", "_end"}, {"BEGIN_", "END_"}}) {
    if (size_t at = close.find(from); at != close.npos) {
      return close.replace(at, std::string_view(from).size(), to);
    }
  }
  // <|x|> has no usual counterpart.
  return close[1] == '|' ? "" : close.insert(1, "/");
}

}  // namespace hearth
