// Byte-pair encoding: a word begins as its bytes or characters, and what stands side by side is joined by the
// file's merges or the tokens' scores. Every BPE vocabulary is a case of it: byte-level ones, SentencePiece's
// (characters, and byte tokens for what has none), and those with marks for the inside or the end of a word.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <utility>

#include "base/result.h"
#include "tokenizer/token_set.h"
#include "tokenizer/word_model.h"

namespace hearth {

struct BpeRules {
  enum class Unit {
    byte,       // tokens are spelled in byte_alphabet.h
    character,  // tokens are spelled as they are
  } unit = Unit::character;
  enum class Whole {  // which words are looked up whole, whatever merges say
    none,
    newlines,
    all,
  } whole = Whole::none;
  std::optional<TokenId> unknown;  // for characters that have neither token nor bytes
  bool fuse_unknown = false;       // one for a run of them
  std::string inside_prefix;       // of what does not begin a word
  std::string end_suffix;          // of what ends a word
};

// The most urgent first. Views need only live until the model is made.
using Merge = std::pair<std::string_view, std::string_view>;

// Both halves of a merge and what they make must be tokens. Merges that have to do with control tokens are
// left out: plain text never becomes one. `tokens` must outlive the model.
Result<std::unique_ptr<const WordModel>> make_merge_model(const TokenSet& tokens,
                                                          std::span<const Merge> merges, BpeRules rules);

// Neighbours that make a token are joined, those with the highest score first. With `cut` and Unit::byte the
// scores may be negated ranks: then it is what tiktoken does.
Result<std::unique_ptr<const WordModel>> make_score_model(const TokenSet& tokens,
                                                          std::span<const float> scores, BpeRules rules);

// Whether no token has the mark of a space after anything but such marks, and the mark is a token. Then nothing
// is ever joined across the beginning of a run of them, and words can be cut there, by this expression.
bool spaces_only_begin(const TokenSet& tokens);
inline constexpr std::string_view kSpaceRunPattern = R"(\x{2581}++[^\x{2581}]*+|[^\x{2581}]++)";

}  // namespace hearth
