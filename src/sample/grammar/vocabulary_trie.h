// The tokens of a vocabulary by the bytes they stand for, so that a walk sees every common beginning once.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizer/vocabulary.h"

namespace hearth {

class Tokenizer;

// What a grammar has to know of a token.
struct TokenText {
  std::string_view bytes;
  bool is_end = false;      // ends a generation: allowed where the text may end, and only there
  bool is_control = false;  // no text, whatever it spells: only a grammar that names it allows it
  bool is_mark = false;     // text all the same: the grammar spells it
};

class VocabularyTrie {
 public:
  // Token i is tokens[i]. One without bytes is as good as a control token.
  static std::shared_ptr<const VocabularyTrie> make(std::span<const TokenText> tokens);
  static std::shared_ptr<const VocabularyTrie> make(const Tokenizer& tokenizer);
  // For grammars that spell control tokens: those for which `spells` is true are text. One whose text is among `ends`
  // ends a generation too.
  static std::shared_ptr<const VocabularyTrie> make(const Tokenizer& tokenizer,
                                                    const std::function<bool(std::string_view)>& spells,
                                                    std::span<const std::string> ends);

  // In the order of a walk: a node's children follow it, up to `end`. Node 0 is the root, without a byte.
  struct Node {
    uint32_t end;
    uint32_t tokens;  // the first in tokens(); those of the node end where the next node's begin
    uint16_t depth;
    uint8_t byte;
  };
  size_t nodes() const { return nodes_.size() - 1; }
  const Node& node(uint32_t index) const { return nodes_[index]; }
  std::span<const TokenId> tokens(uint32_t node) const {
    return std::span(order_).subspan(nodes_[node].tokens, nodes_[node + 1].tokens - nodes_[node].tokens);
  }

  size_t size() const { return tokens_.size(); }
  size_t mask_words() const { return (tokens_.size() + 63) / 64; }
  bool contains(TokenId id) const { return id >= 0 && static_cast<size_t>(id) < tokens_.size(); }
  bool is_end(TokenId id) const { return tokens_[static_cast<size_t>(id)].is_end; }
  std::span<const TokenId> ends() const { return ends_; }
  // Empty for what is no text.
  std::string_view bytes(TokenId id) const {
    const Token& token = tokens_[static_cast<size_t>(id)];
    return std::string_view(bytes_).substr(token.begin, token.size);
  }
  uint32_t longest() const { return longest_; }

 private:
  struct Token {
    uint64_t begin = 0;
    uint32_t size = 0;
    bool is_end = false;
  };
  std::string bytes_;
  std::vector<Token> tokens_;
  std::vector<TokenId> order_, ends_;
  std::vector<Node> nodes_;  // and one more, so that a node's tokens end
  uint32_t longest_ = 0;
};

}  // namespace hearth
