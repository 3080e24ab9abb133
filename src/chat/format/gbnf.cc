#include "chat/format/gbnf.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/text.h"

namespace hearth::gbnf {

namespace {

std::vector<uint32_t> code_points(std::string_view text) {
  std::vector<uint32_t> codes;
  while (!text.empty()) {
    uint32_t code = 0;
    size_t length = utf8_character(text, code);
    if (length == 0) {
      code = 0xFFFD;
      length = 1;
    }
    codes.push_back(code);
    text.remove_prefix(length);
  }
  return codes;
}

// As it may stand in a literal and in a class.
std::string escaped(uint32_t code) {
  bool plain =
      (code >= '0' && code <= '9') || (code >= 'A' && code <= 'Z') || (code >= 'a' && code <= 'z') ||
      (code < 0x7F && std::string_view(" <>|=/:_,.(){}#!?+*%&;'`~@$").find(static_cast<char>(code)) !=
                          std::string_view::npos);
  if (plain) return std::string(1, static_cast<char>(code));
  if (code == '\n') return "\\n";
  if (code == '\t') return "\\t";
  if (code == '\r') return "\\r";
  if (code < 0x100) return fmt::format("\\x{:02X}", code);
  if (code < 0x10000) return fmt::format("\\u{:04X}", code);
  return fmt::format("\\U{:08X}", code);
}

}  // namespace

std::string literal(std::string_view text) {
  if (text.empty()) return "";
  std::string out = "\"";
  for (uint32_t code : code_points(text)) out += escaped(code);
  return out + "\"";
}

// One rule for each number of characters of `end` that the text ends with so far (Knuth, Morris, Pratt).
std::string until(const std::string& name, std::string_view end) {
  std::vector<uint32_t> pattern = code_points(end);
  std::vector<size_t> border(pattern.size() + 1, 0);
  for (size_t i = 1, k = 0; i < pattern.size(); ++i) {
    while (k > 0 && pattern[i] != pattern[k]) k = border[k];
    if (pattern[i] == pattern[k]) ++k;
    border[i + 1] = k;
  }
  std::vector<uint32_t> letters = pattern;
  std::sort(letters.begin(), letters.end());
  letters.erase(std::unique(letters.begin(), letters.end()), letters.end());
  auto rule = [&](size_t state) { return state == 0 ? name : fmt::format("{}-{}", name, state); };
  std::string out;
  for (size_t state = 0; state < pattern.size(); ++state) {
    std::string others, branches;
    for (uint32_t letter : letters) {
      size_t next = state;
      while (next > 0 && pattern[next] != letter) next = border[next];
      if (pattern[next] == letter) ++next;
      if (next == 0) continue;
      others += escaped(letter);
      branches += fmt::format(" | \"{}\"{}", escaped(letter), next == pattern.size() ? "" : " " + rule(next));
    }
    out += fmt::format("{} ::= [^{}] {}{}\n", rule(state), others, name, branches);
  }
  return out;
}

}  // namespace hearth::gbnf
