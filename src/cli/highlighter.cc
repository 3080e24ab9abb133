#include "cli/highlighter.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "cli/words.h"

namespace hearth {

namespace {

constexpr size_t kLongestWord = 64, kLongestInfo = 200;  // beyond these nothing is held back

// In the order of Style. What a terminal's own palette makes of them can be read on dark and on light.
constexpr std::string_view kSequences[] = {"\033[0m",  "\033[2m", "\033[36m", "\033[35m",
                                           "\033[32m", "\033[2m", "\033[36m"};

bool is_word(char c) {
  auto byte = static_cast<unsigned char>(c);
  return std::isalnum(byte) || c == '_' || byte >= 0x80;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

size_t run_of(std::string_view text, char c) { return std::min(text.find_first_not_of(c), text.size()); }

// The text may become `mark` with what follows.
bool begins(std::string_view text, std::string_view mark) {
  return text.size() < mark.size() && mark.starts_with(text);
}

}  // namespace

std::string Highlighter::push(std::string_view text) {
  held_ += text;
  run(false);
  return std::exchange(out_, {});
}

std::string Highlighter::finish() {
  run(true);
  if (style_ != Style::plain) out_ += kSequences[0];
  std::string rest = std::exchange(out_, {});
  *this = Highlighter();
  return rest;
}

void Highlighter::run(bool last) {
  while (at_ < held_.size() && step(last)) {}
  held_.erase(0, at_);
  at_ = 0;
}

void Highlighter::emit(size_t count, Style style) {
  if (count == 0) return;
  if (style != style_) {
    if (style_ != Style::plain) out_ += kSequences[0];
    if (style != Style::plain) out_ += kSequences[static_cast<size_t>(style)];
    style_ = style;
  }
  std::string_view text = rest().substr(0, count);
  out_ += text;
  line_begin_ = text.back() == '\n';
  at_ += count;
}

bool Highlighter::step(bool last) {
  if (line_begin_ && (inside_ == Inside::text || fence_)) return step_line_begin(last);
  if (rest().front() == '\n') {
    if (!over_lines_) inside_ = Inside::text;  // what does not end with its line was none
    emit(1, inside_ == Inside::text ? Style::plain : style_);
    return true;
  }
  switch (inside_) {
    case Inside::text: return fence_ ? step_code(last) : step_prose(last);
    case Inside::inline_code: return step_inline_code(last);
    case Inside::quote: return step_until(end_, true, Style::string, last);
    case Inside::line_comment: return step_until("\n", false, Style::comment, last);
    case Inside::block_comment: return step_until(end_, false, Style::comment, last);
  }
  return false;
}

// A fence, perhaps: at least three of its marks behind blanks.
bool Highlighter::step_line_begin(bool last) {
  std::string_view line = rest().substr(0, rest().find('\n'));
  bool whole = line.size() < rest().size() || last;
  size_t blanks = std::min(line.find_first_not_of(" \t"), line.size());
  if (blanks == line.size() && !whole && blanks < kLongestWord) return false;
  char mark = blanks < line.size() ? line[blanks] : '\0';
  bool marks = mark == '`' || mark == '~';
  size_t length = marks ? run_of(line.substr(blanks), mark) : 0;
  std::string_view info = line.substr(blanks + length);
  if (marks && info.empty() && !whole && length < kLongestWord) return false;
  if (length >= 3 && !fence_ && info.find('`') == info.npos && info.size() < kLongestInfo) {
    if (!whole) return false;
    open_block(mark, length, info);
    emit(line.size(), Style::fence);
    return true;
  }
  if (fence_ && mark == fence_ && length >= fence_length_ && run_of(info, ' ') == info.size()) {
    if (!whole && info.size() < kLongestInfo) return false;
    emit(line.size(), Style::fence);
    fence_ = 0;
    inside_ = Inside::text;
    over_lines_ = false;
    return true;
  }
  line_begin_ = false;
  return true;
}

void Highlighter::open_block(char mark, size_t length, std::string_view info) {
  fence_ = mark;
  fence_length_ = length;
  inside_ = Inside::text;
  over_lines_ = false;
  size_t begin = std::min(info.find_first_not_of(" {."), info.size());
  info.remove_prefix(begin);
  language_ = find_language(lower(info.substr(0, info.find_first_of(" ,:}\r\t"))));
}

bool Highlighter::step_prose(bool last) {
  size_t plain = std::min(rest().find_first_of("`\n"), rest().size());
  if (plain > 0) {
    emit(plain, Style::plain);
    return true;
  }
  size_t ticks = run_of(rest(), '`');
  if (ticks == rest().size() && !last) return false;
  ticks_ = ticks;
  inside_ = Inside::inline_code;
  over_lines_ = false;
  emit(ticks, Style::inline_code);
  return true;
}

bool Highlighter::step_inline_code(bool last) {
  size_t code = std::min(rest().find_first_of("`\n"), rest().size());
  if (code > 0) {
    emit(code, Style::inline_code);
    return true;
  }
  size_t ticks = run_of(rest(), '`');
  if (ticks == rest().size() && !last) return false;
  if (ticks == ticks_) inside_ = Inside::text;
  emit(ticks, Style::inline_code);
  return true;
}

// Up to the end of a quote or comment, which may be cut in two.
bool Highlighter::step_until(std::string_view end, bool escapes, Style style, bool last) {
  std::string_view text = rest();
  if (text.starts_with(end)) {
    inside_ = Inside::text;
    over_lines_ = false;
    emit(end.size(), style);
    return true;
  }
  if (begins(text, end) && !last) return false;
  if (escapes && text.front() == '\\') {
    if (text.size() == 1 && !last) return false;
    emit(text.size() > 1 && text[1] != '\n' ? 2 : 1, style);
    return true;
  }
  size_t count = 1;
  while (count < text.size() && text[count] != '\n' && text[count] != end.front() &&
         !(escapes && text[count] == '\\')) {
    ++count;
  }
  emit(count, style);
  return true;
}

bool Highlighter::step_code(bool last) {
  std::string_view text = rest();
  if (!language_) {
    emit(std::min(text.find('\n'), text.size()), Style::plain);
    return true;
  }
  struct Opener {
    std::string_view begin, end;
    Inside inside;
    bool over_lines;
  };
  // The longest that fits; what may become one with what follows is waited for.
  Opener best{};
  bool undecided = false;
  auto consider = [&](std::string_view begin, std::string_view end, Inside inside, bool over_lines) {
    if (begin.empty()) return;
    if (begins(text, begin)) undecided = true;
    if (text.starts_with(begin) && begin.size() > best.begin.size()) best = {begin, end, inside, over_lines};
  };
  consider(language_->block_begin, language_->block_end, Inside::block_comment, true);
  std::string_view list = language_->line_comments;
  for (auto each = take_word(list); !each.empty(); each = take_word(list))
    consider(each, "\n", Inside::line_comment, false);
  list = language_->long_quotes;
  for (auto each = take_word(list); !each.empty(); each = take_word(list))
    consider(each, each, Inside::quote, true);
  for (size_t i = 0; i < language_->quotes.size(); ++i)
    consider(language_->quotes.substr(i, 1), language_->quotes.substr(i, 1), Inside::quote, false);
  if (undecided && !last) return false;
  if (!best.begin.empty()) {
    inside_ = best.inside;
    end_ = best.end;
    over_lines_ = best.over_lines;
    emit(best.begin.size(), inside_ == Inside::quote ? Style::string : Style::comment);
    return true;
  }
  if (is_word(text.front()) || text.front() == '#' || text.front() == '.') return step_word(last);
  emit(1, Style::plain);
  return true;
}

bool Highlighter::step_word(bool last) {
  std::string_view text = rest();
  bool number = is_digit(text.front());
  size_t size = 1;
  while (size < text.size() && size < kLongestWord && (is_word(text[size]) || (number && text[size] == '.')))
    ++size;
  if (size == text.size() && size < kLongestWord && !last) return false;
  std::string_view word = text.substr(0, size);
  bool keyword = has_word(language_->keywords, language_->any_case ? lower(word) : word);
  emit(size, number ? Style::number : keyword ? Style::keyword : Style::plain);
  return true;
}

}  // namespace hearth
