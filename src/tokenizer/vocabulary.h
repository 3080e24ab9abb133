// What a tokenizer is made of, as a file says it: plain values that nobody has believed yet. Whoever reads a
// file fills this in; Tokenizer::make checks all of it. Fields are called as GGUF calls them, after
// `tokenizer.ggml.`, and errors begin with these names.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace hearth {

using TokenId = int32_t;

// What bounds the work that a hostile vocabulary may ask for.
inline constexpr size_t kMaxTokens = size_t{1} << 24;
inline constexpr size_t kMaxTokenBytes = size_t{1} << 16;

// The numbers are those of GGUF's `token_type`.
enum class TokenKind : uint8_t {
  normal = 1,
  unknown = 2,       // stands for what the vocabulary lacks
  control = 3,       // steers the model: never made from text that is not trusted
  user_defined = 4,  // found whole in any text, before everything else
  unused = 5,
  byte = 6,  // `<0x00>` to `<0xFF>`
};
inline constexpr int kTokenKindLast = 6;

// What some tokens are for, and the names that files give the ids of these.
#define HEARTH_TOKEN_ROLES(X)           \
  X(bos, "bos_token_id")                \
  X(eos, "eos_token_id")                \
  X(eot, "eot_token_id")                \
  X(eom, "eom_token_id")                \
  X(unknown, "unknown_token_id")        \
  X(separator, "seperator_token_id")    \
  X(padding, "padding_token_id")        \
  X(cls, "cls_token_id")                \
  X(mask, "mask_token_id")              \
  X(fim_prefix, "fim_pre_token_id")     \
  X(fim_suffix, "fim_suf_token_id")     \
  X(fim_middle, "fim_mid_token_id")     \
  X(fim_padding, "fim_pad_token_id")    \
  X(fim_repository, "fim_rep_token_id") \
  X(fim_separator, "fim_sep_token_id")

enum class TokenRole : uint8_t {
#define X(role, key) role,
  HEARTH_TOKEN_ROLES(X)
#undef X
};

inline constexpr std::string_view kTokenRoleKeys[] = {
#define X(role, key) key,
    HEARTH_TOKEN_ROLES(X)
#undef X
};
inline constexpr size_t kTokenRoleCount = std::size(kTokenRoleKeys);

class TokenRoles {
 public:
  std::optional<TokenId>& operator[](TokenRole role) { return ids_[static_cast<size_t>(role)]; }
  const std::optional<TokenId>& operator[](TokenRole role) const { return ids_[static_cast<size_t>(role)]; }

 private:
  std::array<std::optional<TokenId>, kTokenRoleCount> ids_;
};

// Views are into what it was read from, which need only live until the tokenizer is made.
struct Vocabulary {
  std::string_view model;  // the kind: "llama", "gpt2", "bert" ...
  std::string_view pre;    // the pre-tokenizer's name; empty where the file does not say
  std::span<const std::string_view> tokens;
  std::vector<float> scores;                 // empty, or one for each token
  std::vector<TokenKind> kinds;              // empty, or one for each token
  std::span<const std::string_view> merges;  // "left right", the most urgent first
  TokenRoles roles;
  std::optional<bool> add_bos_token, add_eos_token, add_sep_token, add_space_prefix;
  std::optional<bool> remove_extra_whitespaces, escape_whitespaces, treat_whitespace_as_suffix;
  std::optional<bool> lowercase, strip_accents;  // of the text, before anything else
  std::string precompiled_charsmap;              // see charsmap.h; empty where there is none

  // What the model is called and built like: some files leave things out that only this tells.
  std::string_view general_name, architecture;
};

// Everything that does not depend on the kind: sizes, ids in range, byte tokens that are bytes.
Status check(const Vocabulary& vocabulary);

// The byte that "<0x0A>" stands for; nothing for any other text.
std::optional<uint8_t> byte_token_value(std::string_view text);

}  // namespace hearth
