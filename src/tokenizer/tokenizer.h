// Text to ids and back, as the model's own files say. Any thread may use one at any time.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tokenizer/added_tokens.h"
#include "tokenizer/encoder.h"
#include "tokenizer/string_table.h"
#include "tokenizer/token_set.h"
#include "tokenizer/vocabulary.h"

namespace hearth {

// A text of one encode() takes some fifty times its size in memory when nothing cuts it into words.
inline constexpr size_t kMaxTextBytes = size_t{1} << 28;

// A stretch of text and where it is from. Only trusted text, a template's own, may become control tokens;
// what a user or a tool wrote never does, whatever it spells, nor do the two together.
struct TextSpan {
  std::string_view text;
  bool trusted = false;
};

class Tokenizer {
 public:
  // Errors begin with the field of the vocabulary that is wrong.
  static Result<std::unique_ptr<const Tokenizer>> make(const Vocabulary& vocabulary);

  struct EncodeOptions {
    bool add_special = true;    // put what the model wants around a text: BOS and the like
    bool parse_special = true;  // all of the text is trusted
  };
  Result<std::vector<TokenId>> encode(std::string_view text, EncodeOptions options) const;
  Result<std::vector<TokenId>> encode(std::span<const TextSpan> spans, bool add_special) const;

  // The text that the ids were made of, or would be; not always UTF-8. What encode() puts around a text is
  // left out, other control tokens are spelled.
  Result<std::string> decode(std::span<const TokenId> ids) const;

  size_t size() const { return tokens_.size(); }
  bool contains(TokenId id) const { return tokens_.contains(id); }
  TokenKind kind(TokenId id) const { return tokens_.kind(id); }
  // As the vocabulary has it, and as it reads.
  std::string_view text(TokenId id) const { return tokens_.text(id); }
  std::string_view piece(TokenId id) const { return pieces_[static_cast<size_t>(id)]; }
  std::optional<TokenId> find(std::string_view text) const { return tokens_.find(text); }

  std::optional<TokenId> role(TokenRole role) const { return roles_[role]; }
  // What ends a generation, in order of id.
  std::span<const TokenId> ends() const { return ends_; }
  bool is_end(TokenId id) const;
  // What encode() puts before and after a text.
  std::span<const TokenId> prefix() const { return prefix_; }
  std::span<const TokenId> suffix() const { return suffix_; }

  // Whether text after this token opens: see Encoder::encode.
  bool opens_after(TokenId id) const { return contains(id) && is_added_[static_cast<size_t>(id)]; }
  bool opens_with_space() const { return encoder_->opens_with_space(); }

 private:
  explicit Tokenizer(TokenSet tokens) : tokens_(std::move(tokens)) {}
  Status set_up(const Vocabulary& vocabulary);
  Result<std::vector<TokenId>> encode(std::string_view text, const std::vector<TrustedRange>& trusted,
                                      bool add_special) const;

  TokenSet tokens_;
  TokenRoles roles_;
  std::vector<TokenId> ends_, prefix_, suffix_;
  std::vector<bool> is_added_;
  StringTable pieces_;
  AddedTokens added_;
  std::unique_ptr<Encoder> encoder_;
};

}  // namespace hearth
