// Text to ids and back, as the model's own files say. Any thread may use one at any time.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tokenizer/pipeline.h"

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
  static Result<std::unique_ptr<const Tokenizer>> make(Pipeline pipeline);

  struct EncodeOptions {
    bool add_special = true;    // put what the model wants around a text: BOS and the like
    bool parse_special = true;  // all of the text is trusted
  };
  Result<std::vector<TokenId>> encode(std::string_view text, EncodeOptions options) const;
  Result<std::vector<TokenId>> encode(std::span<const TextSpan> spans, bool add_special) const;

  // The text that the ids were made of, or would be; not always UTF-8. What encode() puts around a text is
  // left out, other control tokens are spelled.
  Result<std::string> decode(std::span<const TokenId> ids) const;

  const TokenSet& tokens() const { return *pipeline_.tokens; }
  size_t size() const { return tokens().size(); }
  bool contains(TokenId id) const { return tokens().contains(id); }
  TokenKind kind(TokenId id) const { return tokens().kind(id); }
  // As the vocabulary has it, and as it reads.
  std::string_view text(TokenId id) const { return tokens().text(id); }
  std::string_view piece(TokenId id) const { return pieces_[id]; }
  std::optional<TokenId> find(std::string_view text) const { return tokens().find(text); }

  std::optional<TokenId> role(TokenRole role) const { return pipeline_.roles[role]; }
  // What ends a generation, in order of id.
  std::span<const TokenId> ends() const { return pipeline_.ends; }
  bool is_end(TokenId id) const;
  // What encode() puts before and after a text.
  std::span<const TokenId> prefix() const { return pipeline_.prefix; }
  std::span<const TokenId> suffix() const { return pipeline_.suffix; }

  // Decoding, a token at a time.
  const Pieces& pieces() const { return pieces_; }

 private:
  struct Memory;  // of one encode() at a time, kept for the next
  struct Job;
  explicit Tokenizer(Pipeline pipeline);
  Status set_up();
  Result<std::vector<TokenId>> encode(std::string_view text, const std::vector<TrustedRange>& trusted,
                                      bool add_special) const;
  Status encode_stretch(std::string_view text, bool first, Job& job) const;
  Status encode_words(std::string_view text, bool first, Job& job) const;
  std::unique_ptr<Memory> take_memory() const;

  Pipeline pipeline_;
  Pieces pieces_;
  // Of the text as it is, of what the normaliser made, and of a text of which only parts are trusted.
  AddedTokens raw_, normalized_, mixed_;
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<Memory>> memories_;

 public:
  ~Tokenizer();
};

}  // namespace hearth
