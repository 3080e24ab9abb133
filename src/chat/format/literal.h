// A literal of a call's spelling, looked for in what a model writes: white space may be anything, or missing.
#pragma once

#include <string>
#include <string_view>

#include "chat/format/lexemes.h"

namespace hearth {

class Literal {
 public:
  explicit Literal(std::string_view text = {}) : text_(without_space(text)) {}

  enum class Step : uint8_t { more, last, bad };

  // White space is passed over.
  Step push(char c) {
    if (is_space(c)) return Step::more;
    if (at_ == text_.size() || text_[at_] != c) return Step::bad;
    return ++at_ == text_.size() ? Step::last : Step::more;
  }
  bool empty() const { return text_.empty(); }
  bool begun() const { return at_ > 0; }
  void reset() { at_ = 0; }
  char first() const { return text_.empty() ? '\0' : text_[0]; }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  size_t at_ = 0;
};

}  // namespace hearth
