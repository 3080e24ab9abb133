#include "tokenizer/added_tokens.h"

#include <algorithm>

#include "tokenizer/unicode.h"
#include "tokenizer/utf8.h"

namespace hearth {

namespace {

bool lies_in(const std::vector<TrustedRange>& ranges, size_t begin, size_t end) {
  auto after =
      std::partition_point(ranges.begin(), ranges.end(), [&](TrustedRange r) { return r.begin <= begin; });
  return after != ranges.begin() && end <= (after - 1)->end;
}

// The character that ends before `at`, which is not 0.
Utf8Char utf8_before(std::string_view text, size_t at) {
  for (size_t size = 2; size <= 4 && size <= at; ++size) {
    Utf8Char found = utf8_at(text.substr(0, at), at - size);
    if (found.valid() && found.size == size) return found;
  }
  return utf8_at(text.substr(0, at), at - 1);
}

bool is_word(Utf8Char character) { return character.valid() && is_word_character(character.code); }
bool is_space(Utf8Char character) { return character.valid() && is_white_space(character.code); }

}  // namespace

void AddedTokens::add(std::string_view text, const AddedToken& token) {
  if (text.empty()) return;
  begins_[static_cast<uint8_t>(text.front())] = true;
  trie_.insert(text, static_cast<TokenId>(tokens_.size()));
  tokens_.push_back({token.id, token.needs_trust, token.single_word, token.strip});
}

std::optional<AddedTokens::Match> AddedTokens::next(std::string_view text, size_t from,
                                                    const std::vector<TrustedRange>& trusted) const {
  if (tokens_.empty()) return std::nullopt;
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
    if (longest->single_word) {
      bool goes_on = (at > 0 && is_word(utf8_before(text, at))) ||
                     (match.end < text.size() && is_word(utf8_at(text, match.end)));
      if (goes_on) {
        // Nothing shorter is looked for in it: so it is done wherever these tokens were made.
        at = match.end - 1;
        continue;
      }
    }
    if (longest->strip.left) {
      while (match.stripped_begin > from) {
        Utf8Char before = utf8_before(text.substr(from), match.stripped_begin - from);
        if (!is_space(before)) break;
        match.stripped_begin -= before.size;
      }
    }
    if (longest->strip.right) {
      while (match.stripped_end < text.size()) {
        Utf8Char after = utf8_at(text, match.stripped_end);
        if (!is_space(after)) break;
        match.stripped_end += after.size;
      }
    }
    return match;
  }
  return std::nullopt;
}

}  // namespace hearth
