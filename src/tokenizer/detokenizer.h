// The text of tokens as they come, one at a time: whole characters only.
#pragma once

#include <string>
#include <string_view>

#include "tokenizer/tokenizer.h"

namespace hearth {

class Detokenizer {
 public:
  enum class Control { hidden, spelled };

  // `tokenizer` must outlive it.
  explicit Detokenizer(const Tokenizer& tokenizer, Control control = Control::hidden)
      : tokenizer_(tokenizer), control_(control) {}

  // Tells that these tokens stand before what will be pushed: text after a prompt keeps the space it begins
  // with, text after nothing or after an added token loses the one that encoding put there.
  void follow(std::span<const TokenId> ids) {
    for (TokenId id : ids) push(id);
    pending_.clear();
  }

  // The text that is complete with this token; valid UTF-8. A byte that can no longer become part of a
  // character is U+FFFD. An id beyond the vocabulary (models pad their outputs) has no text.
  std::string push(TokenId id);

  // What is left when nothing more comes: U+FFFD for each byte of a character that was not finished.
  std::string finish();

 private:
  const Tokenizer& tokenizer_;
  Control control_;
  DecodeState state_;
  std::string pending_;  // the beginning of a character, at most 3 bytes
};

}  // namespace hearth
