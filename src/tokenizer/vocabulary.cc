#include "tokenizer/vocabulary.h"

#include <cmath>

#include "base/text.h"

namespace hearth {

std::optional<uint8_t> byte_token_value(std::string_view text) {
  if (text.size() != 6 || !text.starts_with("<0x") || text[5] != '>') return std::nullopt;
  unsigned value = 0;
  for (char c : text.substr(3, 2)) {
    unsigned digit = c >= '0' && c <= '9'   ? c - '0'
                     : c >= 'a' && c <= 'f' ? c - 'a' + 10
                     : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                            : 16;
    if (digit == 16) return std::nullopt;
    value = value * 16 + digit;
  }
  return static_cast<uint8_t>(value);
}

Status check(const Vocabulary& vocabulary) {
  size_t count = vocabulary.tokens.size();
  if (count == 0) return fail("tokens: the vocabulary is empty");
  if (count > kMaxTokens) return fail("tokens: {} of them, at most {} are supported", count, kMaxTokens);
  if (!vocabulary.scores.empty() && vocabulary.scores.size() != count)
    return fail("scores: {} of them for {} tokens", vocabulary.scores.size(), count);
  if (!vocabulary.kinds.empty() && vocabulary.kinds.size() != count)
    return fail("token_type: {} of them for {} tokens", vocabulary.kinds.size(), count);

  for (size_t i = 0; i < count; ++i) {
    if (vocabulary.tokens[i].size() > kMaxTokenBytes)
      return fail("tokens[{}]: has {} bytes, at most {} are supported", i, vocabulary.tokens[i].size(),
                  kMaxTokenBytes);
  }
  for (size_t i = 0; i < vocabulary.scores.size(); ++i) {
    if (std::isnan(vocabulary.scores[i])) return fail("scores[{}]: is not a number", i);
  }
  for (size_t i = 0; i < vocabulary.kinds.size(); ++i) {
    if (vocabulary.kinds[i] == TokenKind::byte && !byte_token_value(vocabulary.tokens[i]))
      return fail("tokens[{}]: {} has type byte; expected <0x00> to <0xFF>", i, quote(vocabulary.tokens[i]));
  }
  for (size_t role = 0; role < kTokenRoleCount; ++role) {
    auto id = vocabulary.roles[static_cast<TokenRole>(role)];
    if (id && (*id < 0 || static_cast<size_t>(*id) >= count))
      return fail("{}: {} is outside the vocabulary of {} tokens", kTokenRoleKeys[role], *id, count);
  }
  return {};
}

}  // namespace hearth
