// A text as models are measured on it: its tokens in chunks of one length, each as if it were a text of its own,
// beginning with what the model wants before a text. What does not fill a chunk at the end is left out.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tokenizer/tokenizer.h"

namespace hearth {

class Chunks {
 public:
  struct Options {
    int64_t size = 512;
    int64_t most = 0;            // at most so many chunks; 0: all
    bool parse_special = false;  // the text may spell control tokens
  };
  // An error if the text does not fill two chunks: what the second half of a single one says is chance.
  static Result<Chunks> make(const Tokenizer& tokenizer, std::string_view text, const Options& options);

  int64_t count() const { return count_; }
  int64_t size() const { return size_; }
  std::span<const TokenId> operator[](int64_t i) const {
    return std::span(tokens_).subspan(static_cast<size_t>(i * size_), static_cast<size_t>(size_));
  }

 private:
  Chunks() = default;
  std::vector<TokenId> tokens_;
  int64_t size_ = 0, count_ = 0;
};

}  // namespace hearth
