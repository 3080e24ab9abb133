#include "tokenizer/added_tokens.h"

#include <algorithm>

namespace hearth {

namespace {

bool is_white_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

bool lies_in(const std::vector<TrustedRange>& ranges, size_t begin, size_t end) {
  auto after =
      std::partition_point(ranges.begin(), ranges.end(), [&](TrustedRange r) { return r.begin <= begin; });
  return after != ranges.begin() && end <= (after - 1)->end;
}

}  // namespace

void AddedTokens::add(std::string_view text, TokenId id, bool needs_trust, TokenStrip strip) {
  if (text.empty()) return;
  begins_[static_cast<uint8_t>(text.front())] = true;
  trie_.insert(text, static_cast<TokenId>(tokens_.size()));
  tokens_.push_back({id, needs_trust, strip});
}

std::optional<AddedTokens::Match> AddedTokens::next(std::string_view text, size_t from,
                                                    const std::vector<TrustedRange>& trusted) const {
  for (size_t at = from; at < text.size(); ++at) {
    if (!begins_[static_cast<uint8_t>(text[at])]) continue;
    const Token* longest = nullptr;
    size_t length = 0;
    trie_.prefixes(text.substr(at), [&](TokenId index, size_t size) {
      const Token& token = tokens_[static_cast<size_t>(index)];
      if (token.needs_trust && !lies_in(trusted, at, at + size)) return;
      longest = &token;
      length = size;
    });
    if (!longest) continue;
    Match match{longest->id, at, at + length, at, at + length};
    if (longest->strip.left) {
      while (match.stripped_begin > from && is_white_space(text[match.stripped_begin - 1]))
        --match.stripped_begin;
    }
    if (longest->strip.right) {
      while (match.stripped_end < text.size() && is_white_space(text[match.stripped_end]))
        ++match.stripped_end;
    }
    return match;
  }
  return std::nullopt;
}

}  // namespace hearth
