#include "tokenizer/word_model.h"

namespace hearth {

namespace {

constexpr size_t kMaxMatchedBytes = 1024;

}  // namespace

Status check_matched_tokens(const TokenSet& tokens) {
  for (size_t i = 0; i < tokens.size(); ++i) {
    TokenId id = static_cast<TokenId>(i);
    if (tokens.kind(id) == TokenKind::normal && tokens.text(id).size() > kMaxMatchedBytes)
      return fail("tokens[{}]: has {} bytes, this kind of tokenizer takes at most {}", i,
                  tokens.text(id).size(), kMaxMatchedBytes);
  }
  return {};
}

}  // namespace hearth
