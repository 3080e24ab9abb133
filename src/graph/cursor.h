// Reads one line from left to right. Blanks before what is taken are skipped.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "graph/lines.h"

namespace hearth::arch {

class Cursor {
 public:
  explicit Cursor(const Line& line) : line_(line) {}

  Position here();  // of what comes next
  bool at_end();
  char peek();                     // the next character that is no blank, or '\0'
  size_t gap();                    // how many blanks stand before it
  char after(size_t count) const;  // the character so far behind the current one, blanks counted

  bool looking_at(std::string_view symbol);
  bool take(std::string_view symbol);
  bool looking_at_word(std::string_view word);  // and no further letter behind it
  bool take_word(std::string_view word);

  // A letter or `_`, then letters, digits and `_`; with dots, all of NAME.NAME. Empty if there is none here.
  Word name(bool dots);
  Word any_of(std::string_view allowed);  // letters, digits, `_` and these
  Word until_blank();
  std::string_view rest();

  // `expected WHAT, found ...`, at what comes next.
  Error expected(std::string_view what);
  Status end_of_line();

  size_t offset() const { return at_; }
  void rewind(size_t offset) { at_ = offset; }

 private:
  void skip();

  const Line& line_;
  size_t at_ = 0;
};

bool is_letter(char c);  // of a name: letters, digits, `_`

}  // namespace hearth::arch
