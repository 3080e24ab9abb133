#include "graph/cursor.h"

#include "graph/source.h"

namespace hearth::arch {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

namespace {
bool is_digit(char c) { return c >= '0' && c <= '9'; }
}  // namespace

void Cursor::skip() {
  while (at_ < line_.text.size() && line_.text[at_] == ' ') ++at_;
}

Position Cursor::here() {
  skip();
  return line_.position(at_);
}

bool Cursor::at_end() {
  skip();
  return at_ == line_.text.size();
}

char Cursor::peek() {
  skip();
  return after(0);
}

char Cursor::after(size_t count) const {
  return at_ + count < line_.text.size() ? line_.text[at_ + count] : '\0';
}

size_t Cursor::gap() {
  skip();
  size_t before = at_;
  while (before > 0 && line_.text[before - 1] == ' ') --before;
  return at_ - before;
}

bool Cursor::looking_at(std::string_view symbol) {
  skip();
  return std::string_view(line_.text).substr(at_, symbol.size()) == symbol;
}

bool Cursor::take(std::string_view symbol) {
  if (!looking_at(symbol)) return false;
  at_ += symbol.size();
  return true;
}

bool Cursor::looking_at_word(std::string_view word) {
  return looking_at(word) && !is_letter(after(word.size())) && after(word.size()) != '.';
}

bool Cursor::take_word(std::string_view word) {
  if (!looking_at_word(word)) return false;
  at_ += word.size();
  return true;
}

Word Cursor::name(bool dots) {
  Word word{here(), {}};
  const size_t start = at_;
  if (!is_letter(after(0)) || is_digit(after(0))) return word;
  while (is_letter(after(0)) || (dots && after(0) == '.' && is_letter(after(1)))) ++at_;
  word.text = line_.text.substr(start, at_ - start);
  return word;
}

Word Cursor::any_of(std::string_view allowed) {
  Word word{here(), {}};
  const size_t start = at_;
  while (is_letter(after(0)) || (after(0) != '\0' && allowed.find(after(0)) != std::string_view::npos)) ++at_;
  word.text = line_.text.substr(start, at_ - start);
  return word;
}

Word Cursor::until_blank() {
  Word word{here(), {}};
  const size_t start = at_;
  while (at_ < line_.text.size() && line_.text[at_] != ' ') ++at_;
  word.text = line_.text.substr(start, at_ - start);
  return word;
}

std::string_view Cursor::rest() {
  skip();
  return std::string_view(line_.text).substr(at_);
}

Error Cursor::expected(std::string_view what) {
  const Position at = here();
  if (at_end()) return error_at(at, "expected {}, found the end of the line", what);
  size_t end = at_ + 1;
  if (is_letter(line_.text[at_])) {
    while (end < line_.text.size() && (is_letter(line_.text[end]) || line_.text[end] == '.')) ++end;
  } else {  // a whole character of UTF-8
    while (end < line_.text.size() && (static_cast<unsigned char>(line_.text[end]) & 0xC0) == 0x80) ++end;
  }
  constexpr size_t kShown = 40;
  return error_at(at, "expected {}, found `{}`", what, line_.text.substr(at_, std::min(end - at_, kShown)));
}

Status Cursor::end_of_line() {
  if (!at_end()) return expected("the end of the line");
  return {};
}

}  // namespace hearth::arch
