// What turns a stretch of plain text into ids: the part of a tokenizer that its model decides.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tokenizer/vocabulary.h"

namespace hearth {

struct Encoding {
  std::vector<TokenId> ids;
  uint64_t lost_bytes = 0;  // of the text, for which the vocabulary has nothing, not even an unknown token
};

class Encoder {
 public:
  virtual ~Encoder() = default;

  // Appends the ids of `text`, in which no added token is looked for and which never yields a control token.
  // `opens`: the text stands first, or after an added token.
  virtual Status encode(std::string_view text, bool opens, Encoding& out) const = 0;

  // The bytes that a normal token with this text stands for.
  virtual std::string piece(std::string_view token_text) const = 0;

  // Whether encode() puts a space before text that opens, which decoding must take away again.
  virtual bool opens_with_space() const { return false; }
};

}  // namespace hearth
