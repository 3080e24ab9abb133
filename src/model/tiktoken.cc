#include "model/tiktoken.h"

#include <algorithm>
#include <charconv>
#include <unordered_map>

#include "base/base64.h"
#include "base/text.h"
#include "tokenizer/bpe_model.h"
#include "tokenizer/byte_alphabet.h"

namespace hearth {

namespace {

// Finding the parts of a token takes the square of its length.
constexpr size_t kMaxMergedBytes = 1024;

constexpr struct {
  size_t ranks;
  std::string_view pre;
} kKnownLists[] = {{50256, "gpt-2"},  {100256, "llama-bpe"}, {128000, "llama-bpe"},
                   {151643, "qwen2"}, {163584, "kimi-k2"},   {199998, "gpt-4o"}};

}  // namespace

Result<std::vector<std::string>> parse_tiktoken(std::string_view text) {
  std::vector<std::pair<uint64_t, std::string>> lines;
  for (size_t number = 1; !text.empty(); ++number) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    size_t space = std::min(line.find(' '), line.size());
    std::string_view digits = line.substr(std::min(line.size(), space + 1));
    uint64_t rank = kMaxTokens;
    auto end = std::from_chars(digits.begin(), digits.end(), rank);
    auto bytes = base64_decode(line.substr(0, space));
    if (!bytes || bytes->empty() || end.ec != std::errc() || end.ptr != digits.end() || rank >= kMaxTokens)
      return fail("line {}: {} is not a token in base64 and its rank", number, quote(line, 32));
    if (bytes->size() > kMaxTokenBytes / 2)
      return fail("line {}: a token of {} bytes", number, bytes->size());
    std::string token;
    for (char c : *bytes) append_utf8(token, kByteToChar[static_cast<uint8_t>(c)]);
    lines.emplace_back(rank, std::move(token));
  }
  if (lines.empty()) return fail("has no tokens");
  std::sort(lines.begin(), lines.end());
  if (lines.back().first > 8 * lines.size() + 65536)
    return fail("has ranks up to {} for {} tokens", lines.back().first, lines.size());
  std::vector<std::string> tokens(lines.back().first + 1);
  for (size_t i = 0; i < lines.size(); ++i) {
    if (i > 0 && lines[i].first == lines[i - 1].first) return fail("has rank {} twice", lines[i].first);
    tokens[lines[i].first] = std::move(lines[i].second);
  }
  return tokens;
}

Result<std::string_view> tiktoken_pre_tokenizer(size_t ranks) {
  for (const auto& row : kKnownLists) {
    if (row.ranks == ranks) return row.pre;
  }
  return fail("how words are cut is not known for a list of {} ranks; use the model's tokenizer.json", ranks);
}

namespace {

// The texts and kinds of all tokens, added ones too.
struct AllTokens {
  std::vector<std::string> texts;
  std::vector<TokenKind> kinds;
};

Result<AllTokens> with_added(const std::vector<std::string>& ranks,
                             const std::vector<TokenizerJson::Added>& added) {
  AllTokens all{ranks, std::vector<TokenKind>(ranks.size(), TokenKind::normal)};
  for (const auto& one : added) {
    size_t id = static_cast<size_t>(one.id);
    if (id > 8 * ranks.size() + 65536) return fail("added token {} has id {}", quote(one.content), id);
    if (id >= all.texts.size()) {
      all.texts.resize(id + 1);
      all.kinds.resize(id + 1, TokenKind::unused);
    }
    if (!all.texts[id].empty())
      return fail("added token {} has the id of {}", quote(one.content), quote(all.texts[id]));
    all.texts[id] = one.content;
    all.kinds[id] = one.special ? TokenKind::control : TokenKind::user_defined;
  }
  return all;
}

}  // namespace

Result<OwnedVocabulary> tiktoken_vocabulary(const std::vector<std::string>& ranks, std::string_view pre,
                                            const std::vector<TokenizerJson::Added>& added) {
  OwnedVocabulary out;
  out.model = "gpt2";
  out.pre = pre;
  TRY(AllTokens all, with_added(ranks, added));
  std::unordered_map<std::string_view, size_t> rank_of;
  for (size_t i = 0; i < ranks.size(); ++i) rank_of.emplace(ranks[i], i);
  std::vector<std::string_view> parts;
  for (size_t rank = 0; rank < ranks.size(); ++rank) {
    std::string_view token = ranks[rank];
    if (token.size() > kMaxMergedBytes) continue;  // found whole: nothing joins so much
    parts.clear();
    for (size_t at = 0; at < token.size(); at += parts.back().size())
      parts.push_back(token.substr(at, utf8_at(token, at).size));
    while (parts.size() > 2) {
      size_t best = rank, where = 0;
      for (size_t i = 0; i + 1 < parts.size(); ++i) {
        auto found = rank_of.find({parts[i].data(), parts[i].size() + parts[i + 1].size()});
        if (found != rank_of.end() && found->second < best) best = found->second, where = i;
      }
      if (best == rank) break;
      parts[where] = {parts[where].data(), parts[where].size() + parts[where + 1].size()};
      parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(where) + 1);
    }
    if (parts.size() == 2) out.merges.push_back(fmt::format("{} {}", parts[0], parts[1]));
  }
  for (size_t i = 0; i < all.texts.size(); ++i) {
    if (all.texts[i].empty()) all.texts[i] = fmt::format("[PAD{}]", i);
  }
  out.tokens = std::move(all.texts);
  out.fields.kinds = std::move(all.kinds);
  return out;
}

Result<Pipeline> make_tiktoken_pipeline(const std::vector<std::string>& ranks, std::string_view pre,
                                        const std::vector<TokenizerJson::Added>& added) {
  TRY(AllTokens all, with_added(ranks, added));
  std::vector<std::string_view> texts(all.texts.begin(), all.texts.end());
  Pipeline pipeline;
  for (const auto& one : added) {
    AddedToken token;
    token.id = one.id;
    token.text = one.content;
    token.needs_trust = one.special;
    token.strip = {one.lstrip, one.rstrip};
    token.single_word = one.single_word;
    pipeline.added.push_back(std::move(token));
  }
  TRY(TokenSet set, TokenSet::make(texts, all.kinds));
  for (const auto& one : added) set.set_beside_model(one.id);
  pipeline.tokens = std::make_shared<const TokenSet>(std::move(set));
  TRY(const PreTokenizerRow* row, find_pre_tokenizer(pre));
  TRY(pipeline.pretokenizer, PreTokenizer::make(*row));
  std::vector<float> scores(texts.size());
  for (size_t i = 0; i < scores.size(); ++i) scores[i] = -static_cast<float>(i);
  BpeRules rules;
  rules.unit = BpeRules::Unit::byte;
  rules.whole = BpeRules::Whole::all;
  TRY(pipeline.model, make_score_model(*pipeline.tokens, scores, rules));
  pipeline.decoder.steps.push_back(byte_level_piece());
  return pipeline;
}

}  // namespace hearth
