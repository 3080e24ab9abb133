// Colours for what is written as Markdown: code in fences and in lines, as it streams.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/languages.h"

namespace hearth {

// Colour never changes the text: without the escape sequences, what comes out is what went in. Work is linear in
// the text. Held back is only what cannot be told yet, which is a word, or the line that opens a fence.
class Highlighter {
 public:
  // What is to be printed now.
  std::string push(std::string_view text);
  // There is no more: the rest, and colours end.
  std::string finish();

 private:
  enum class Style : uint8_t { plain, fence, inline_code, keyword, string, comment, number };
  enum class Inside : uint8_t { text, inline_code, quote, line_comment, block_comment };

  void run(bool last);
  bool step(bool last);  // false: it takes more text to go on
  bool step_line_begin(bool last);
  bool step_prose(bool last);
  bool step_inline_code(bool last);
  bool step_code(bool last);
  bool step_until(std::string_view end, bool escapes, Style style, bool last);
  bool step_word(bool last);
  void open_block(char mark, size_t length, std::string_view info);
  void emit(size_t count, Style style);
  std::string_view rest() const { return std::string_view(held_).substr(at_); }

  std::string held_, out_;
  size_t at_ = 0;  // of held_
  Style style_ = Style::plain;
  Inside inside_ = Inside::text;
  bool line_begin_ = true;
  size_t ticks_ = 0;      // that began the inline code
  std::string_view end_;  // of the quote or comment
  bool over_lines_ = false;
  char fence_ = 0;  // of the block; 0: prose
  size_t fence_length_ = 0;
  const Language* language_ = nullptr;
};

}  // namespace hearth
