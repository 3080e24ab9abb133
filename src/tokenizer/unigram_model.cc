#include "tokenizer/unigram_model.h"

#include <algorithm>
#include <limits>

#include "tokenizer/trie.h"
#include "tokenizer/utf8.h"

namespace hearth {

namespace {

// How much worse than the worst token a character without one is.
constexpr double kUnknownPenalty = 10.0;

class UnigramModel : public WordModel {
 public:
  UnigramModel(const TokenSet& tokens, std::span<const double> scores, std::optional<TokenId> unknown)
      : scores_(scores.begin(), scores.end()), unknown_(unknown) {
    double least = std::numeric_limits<double>::max();
    for (size_t i = 0; i < tokens.size(); ++i) {
      TokenId id = static_cast<TokenId>(i);
      if (tokens.kind(id) == TokenKind::byte) bytes_.set(*byte_token_value(tokens.text(id)), id);
      if (tokens.kind(id) == TokenKind::user_defined) scores_[i] = 0;
      if (tokens.kind(id) == TokenKind::normal) least = std::min(least, scores_[i]);
      if (tokens.is_plain(id) && !tokens.text(id).empty()) trie_.insert(tokens.text(id), id);
    }
    unknown_score_ = (least == std::numeric_limits<double>::max() ? 0 : least) - kUnknownPenalty;
  }

  void encode(std::string_view word, ModelMemory& memory, Encoding& out) const override {
    constexpr double kNever = -std::numeric_limits<double>::infinity();
    auto& best = memory.paths;  // that ends at each place
    best.assign(word.size() + 1, {kNever, 0, kNone});
    best[0].score = 0;
    for (size_t at = 0; at < word.size();) {
      size_t size = utf8_at(word, at).size;
      double here = best[at].score;
      bool has_character = false;
      auto consider = [&](TokenId id, size_t length, double score) {
        BestPath& path = best[at + length];
        if (score > path.score) path = {score, static_cast<uint32_t>(at), id};
      };
      trie_.prefixes(word.substr(at), [&](TokenId id, size_t length) {
        has_character = has_character || length == size;
        consider(id, length, here + scores_[static_cast<size_t>(id)]);
      });
      if (!has_character) consider(kNone, size, here + unknown_score_);
      at += size;
    }

    // Back from the end. The pieces take the places beyond what is still to be read, in order.
    size_t first = word.size() + 1;
    for (size_t end = word.size(); end > 0;) {
      BestPath path = best[end];
      best[--first] = path;
      end = path.begin;
    }
    for (size_t i = first; i <= word.size(); ++i) {
      if (best[i].id != kNone) {
        out.ids.push_back(best[i].id);
        continue;
      }
      size_t begin = best[i].begin;
      while (i < word.size() && best[i + 1].id == kNone) ++i;
      size_t end = i < word.size() ? best[i + 1].begin : word.size();
      spell(word.substr(begin, end - begin), out);
    }
  }

 private:
  static constexpr TokenId kNone = -1;

  void spell(std::string_view run, Encoding& out) const {
    if (bytes_.spell(run, out.ids)) return;
    if (unknown_) {
      out.ids.push_back(*unknown_);
    } else {
      out.lost_bytes += run.size();
    }
  }

  Trie trie_;
  std::vector<double> scores_;
  std::optional<TokenId> unknown_;
  double unknown_score_;
  ByteTokens bytes_;
};

}  // namespace

Result<std::unique_ptr<const WordModel>> make_unigram_model(const TokenSet& tokens,
                                                            std::span<const double> scores,
                                                            std::optional<TokenId> unknown) {
  if (scores.size() != tokens.size())
    return fail("scores: {} of them for {} tokens", scores.size(), tokens.size());
  TRY_STATUS(check_matched_tokens(tokens));
  return std::unique_ptr<const WordModel>(std::make_unique<UnigramModel>(tokens, scores, unknown));
}

}  // namespace hearth
