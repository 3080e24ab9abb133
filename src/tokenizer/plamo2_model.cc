#include <algorithm>
#include <cmath>

#include "tokenizer/trie.h"
#include "tokenizer/utf8.h"
#include "tokenizer/word_models.h"

namespace hearth {

namespace {

// Scores are compared in ten thousandths. What a character without a token costs, and what no score may be
// below to count.
constexpr double kScale = 1e4;
constexpr double kUnknownScore = -10'000'000;
constexpr double kLeastScore = -20'000'000;

class Plamo2Model : public WordModel {
 public:
  Plamo2Model(const TokenSet& tokens, std::span<const float> scores) {
    scores_.resize(tokens.size());
    for (size_t i = 0; i < tokens.size(); ++i) {
      TokenId id = static_cast<TokenId>(i);
      if (tokens.kind(id) == TokenKind::byte) bytes_.set(*byte_token_value(tokens.text(id)), id);
      scores_[i] = std::round(static_cast<double>(scores[i]) * kScale);
      bool counts = std::isfinite(scores_[i]) && scores_[i] > kLeastScore;
      if (counts && tokens.is_plain(id) && !tokens.text(id).empty()) trie_.insert(tokens.text(id), id);
    }
  }

  // From the end to the beginning: the best way to spell the rest, of equals the one that begins with the
  // longest token.
  void encode(std::string_view word, ModelMemory& memory, Encoding& out) const override {
    constexpr double kNever = -std::numeric_limits<double>::infinity();
    auto& best = memory.paths;  // by where it begins; `begin` is where its first token ends
    best.assign(word.size() + 1, {kNever, 0, kNone});
    best[word.size()].score = 0;
    for (size_t at = word.size(); at-- > 0;) {
      Utf8Char character = utf8_at(word, at);
      // A place inside of a character begins nothing.
      if (!character.valid() && is_continuation(word, at)) continue;
      size_t size = character.size;
      best[at] = {best[at + size].score + kUnknownScore, static_cast<uint32_t>(at + size), kNone};
      trie_.prefixes(word.substr(at), [&](TokenId id, size_t length) {
        double score = best[at + length].score + scores_[static_cast<size_t>(id)];
        if (score >= best[at].score) best[at] = {score, static_cast<uint32_t>(at + length), id};
      });
    }
    for (size_t at = 0; at < word.size();) {
      const BestPath& path = best[at];
      if (path.id != kNone) {
        out.ids.push_back(path.id);
      } else if (!bytes_.spell(word.substr(at, path.begin - at), out.ids)) {
        out.lost_bytes += path.begin - at;
      }
      at = path.begin;
    }
  }

 private:
  static constexpr TokenId kNone = -1;

  // Whether the byte belongs to a character that begins before it.
  static bool is_continuation(std::string_view word, size_t at) {
    for (size_t back = 1; back <= 3 && back <= at; ++back) {
      if ((static_cast<uint8_t>(word[at - back]) & 0xC0) == 0x80) continue;
      return utf8_at(word, at - back).size > back;
    }
    return false;
  }

  Trie trie_;
  std::vector<double> scores_;
  ByteTokens bytes_;
};

}  // namespace

Result<std::unique_ptr<const WordModel>> make_plamo2_model(const TokenSet& tokens,
                                                           std::span<const float> scores) {
  if (scores.size() != tokens.size())
    return fail("scores: {} of them for {} tokens", scores.size(), tokens.size());
  TRY_STATUS(check_matched_tokens(tokens));
  return std::unique_ptr<const WordModel>(std::make_unique<Plamo2Model>(tokens, scores));
}

}  // namespace hearth
