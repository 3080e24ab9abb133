// What turns a word into ids: the part of a tokenizer that its vocabulary decides. How text becomes words is
// no concern of it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tokenizer/pair_merge.h"
#include "tokenizer/token_set.h"
#include "tokenizer/vocabulary.h"
#include "tokenizer/word_cache.h"

namespace hearth {

struct Encoding {
  std::vector<TokenId> ids;
  uint64_t lost_bytes = 0;  // of the text, for which the vocabulary has nothing, not even an unknown token
};

// The last token of the best way to spell what ends at a place of a word.
struct BestPath {
  double score;
  uint32_t begin;  // of that token
  TokenId id;
};

// The memory of one word at a time, kept from word to word and from text to text.
struct ModelMemory {
  PairMerge merge;
  std::string spelled;
  std::vector<BestPath> paths;
  WordCache cache;
};

class WordModel {
 public:
  virtual ~WordModel() = default;

  // Appends the ids of `word`, in which no added token is looked for and which never yields a control token.
  virtual void encode(std::string_view word, ModelMemory& memory, Encoding& out) const = 0;
};

// Byte tokens by byte, -1 where there is none; models spell with them what has no token.
class ByteTokens {
 public:
  ByteTokens() { ids_.fill(-1); }
  void set(uint8_t byte, TokenId id) { ids_[byte] = id; }
  // False, and nothing is appended, unless there is a token for each byte.
  bool spell(std::string_view bytes, std::vector<TokenId>& out) const {
    for (char c : bytes) {
      if (ids_[static_cast<uint8_t>(c)] < 0) return false;
    }
    for (char c : bytes) out.push_back(ids_[static_cast<uint8_t>(c)]);
    return true;
  }

 private:
  std::array<TokenId, 256> ids_;
};

// Models that look for every token at every place take as many steps at each as the longest token has bytes: an
// error where that is too many.
Status check_matched_tokens(const TokenSet& tokens);

}  // namespace hearth
