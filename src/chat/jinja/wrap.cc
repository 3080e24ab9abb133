#include "chat/jinja/wrap.h"

#include <algorithm>

#include "chat/jinja/unicode.h"

namespace hearth::jinja {

namespace {

bool is_blank(char32_t c) { return c == ' ' || (c >= 0x09 && c <= 0x0d); }
bool is_letter(char32_t c) { return is_word(c) && !is_decimal(c); }
bool is_word_or_mark(char32_t c) {
  return is_word(c) ||
         (c < 0x80 && std::string_view("!\"'&.,?").find(static_cast<char>(c)) != std::string_view::npos);
}

// Cuts a line into what stays together: blanks, words, parts of words that end in a hyphen, dashes. Positions are in
// characters.
class Chunker {
 public:
  Chunker(const std::vector<char32_t>& line, bool hyphens) : line_(line), hyphens_(hyphens) {}

  // Where the chunk that begins at `begin` ends.
  size_t end_of_chunk(size_t begin) const {
    size_t end = begin;
    if (is_blank(line_[begin])) {
      while (end < line_.size() && is_blank(line_[end])) ++end;
      return end;
    }
    if (size_t dash = dash_between_words(begin)) return begin + dash;
    for (end = begin + 1; end < line_.size() && !is_blank(line_[end]); ++end) {
      if (hyphens_ && hyphen_in_word(end)) return end + 1;
      if (dash_between_words(end)) return end;
    }
    return end;
  }

 private:
  bool letter(size_t at) const { return at < line_.size() && is_letter(line_[at]); }
  bool hyphen(size_t at) const { return at < line_.size() && line_[at] == '-'; }

  // The length of two or more hyphens with words on both sides.
  size_t dash_between_words(size_t at) const {
    if (!hyphens_ || at == 0 || !hyphen(at) || !is_word_or_mark(line_[at - 1])) return 0;
    size_t end = at;
    while (hyphen(end)) ++end;
    return end - at >= 2 && end < line_.size() && is_word(line_[end]) ? end - at : 0;
  }

  bool hyphen_in_word(size_t at) const {
    if (!hyphen(at)) return false;
    bool before = (at >= 2 && letter(at - 1) && letter(at - 2)) ||
                  (at >= 3 && letter(at - 1) && hyphen(at - 2) && letter(at - 3));
    return before && letter(at + 1) && (letter(at + 2) || (hyphen(at + 2) && letter(at + 3)));
  }

  const std::vector<char32_t>& line_;
  bool hyphens_;
};

}  // namespace

std::vector<std::string_view> wrap(Heap& heap, std::string_view line, const WrapStyle& style) {
  std::vector<char32_t> characters;
  std::vector<size_t> offsets;
  if (!heap.spend_memory(line.size(), sizeof(char32_t) + sizeof(size_t)) || !heap.spend_steps(line.size()))
    return {};
  for (size_t at = 0; at < line.size();) {
    offsets.push_back(at);
    characters.push_back(next_character(line, at));
  }
  offsets.push_back(line.size());
  Chunker chunker(characters, style.break_on_hyphens);

  std::vector<std::string_view> pieces;
  for (size_t begin = 0; begin < characters.size() && heap.spend_steps(1);) {
    if (!pieces.empty() && is_blank(characters[begin])) begin = chunker.end_of_chunk(begin);
    size_t end = begin, last = begin;  // `last` is where the last chunk of the piece begins
    size_t chunk_end = end;
    while (end < characters.size()) {
      chunk_end = chunker.end_of_chunk(end);
      if (!heap.spend_characters(chunk_end - end))
        return pieces;  // a long word is looked at for each line anew
      if (chunk_end - begin > style.width) break;
      last = std::exchange(end, chunk_end);
    }
    if (end < characters.size() && chunk_end - end > style.width) {  // a chunk longer than any line
      size_t room = style.width - (end - begin);
      if (style.break_long_words) {
        size_t stop = end + room;
        if (style.break_on_hyphens) {
          size_t hyphen = stop;
          while (hyphen > end && characters[hyphen - 1] != '-') --hyphen;
          auto not_hyphen = [](char32_t c) { return c != '-'; };
          bool word_before =
              hyphen > end + 1 && std::any_of(&characters[end], &characters[hyphen - 1], not_hyphen);
          if (word_before) stop = hyphen;
        }
        if (stop > end) last = end;
        end = stop;
      } else if (end == begin) {
        end = chunk_end;
      }
    }
    size_t next = end;
    if (end > begin && is_blank(characters[last])) end = last;
    if (end > begin) pieces.push_back(line.substr(offsets[begin], offsets[end] - offsets[begin]));
    begin = next;
  }
  return pieces;
}

}  // namespace hearth::jinja
