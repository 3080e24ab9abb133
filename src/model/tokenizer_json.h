// What a `tokenizer.json` says, read but not yet believed: tokenizer_components.h makes a pipeline of it, and
// gguf_tokenizer.h the keys of a GGUF file.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "tokenizer/vocabulary.h"

namespace hearth {

struct TokenizerJson {
  // Of the model.
  enum class Model { bpe, unigram, wordpiece, wordlevel } model = Model::bpe;
  std::vector<std::string> tokens;  // by id, added ones too; an id that nobody has is empty
  std::vector<TokenKind> kinds;     // the same
  std::vector<double> scores;       // of a unigram model, the same
  std::vector<std::pair<std::string, std::string>> merges;
  std::optional<TokenId> unknown;
  bool fuse_unknown = false, byte_fallback = false, ignore_merges = false;
  std::string inside_prefix, end_suffix;
  size_t max_characters = 100;  // of a word of WordPiece

  struct Added {
    TokenId id = 0;
    std::string content;
    bool single_word = false, lstrip = false, rstrip = false, normalized = false, special = false;
  };
  std::vector<Added> added;
  std::vector<TokenId> beside_model;  // added ones that the model does not have

  // As they stand: null where there is none.
  nlohmann::ordered_json normalizer, pre_tokenizer, post_processor, decoder;

  std::optional<TokenId> find(std::string_view token) const;  // takes as long as there are tokens
};

Result<TokenizerJson> parse_tokenizer_json(std::string_view text);

}  // namespace hearth
