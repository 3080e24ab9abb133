#include "model/gguf_tokenizer.h"

#include <algorithm>
#include <unordered_map>

#include "base/base64.h"
#include "base/text.h"
#include "model/checkpoint_source.h"
#include "model/tokenizer_components.h"
#include "model/tokenizer_part.h"
#include "tokenizer/families.h"
#include "tokenizer/text_step.h"
#include "tokenizer/tokenizer.h"

namespace hearth {

namespace {

// Something of all that pre-tokenizers and normalisers treat differently.
constexpr std::string_view kProbe =
    "Hello, World! it's WE'LL they'Ve  two   three\t\ttabs\n\n \n lines\r\n end  \n   x  12345678 3.14 v2x "
    "1234 "
    "\u00BD\u00B2 \u0661\u0662 camelCaseWord HTTPServer x_y __init__ a/b\n//c [(?!])...;; $5 <b>&amp;</b>\\n "
    "`q` ~^|+="
    " caf\u00E9 e\u0301 A\u030A \u00C5 na\u00EFve \u01C5 stra\u00DFe \uFB01 "
    "\u4F60\u597D\uFF0C\u4E16\u754C\u3002"
    "\u65E5\u672C\u306E\u30C6\u30B9\u30C8 \uD55C\uAD6D\uC5B4 \u0939\u093F\u0928\u094D\u0926\u0940 "
    "\u043F\u0440\u0438\u0432\u0435\u0442 \u0645\u0631\u062D\u0628\u0627 \u0E44\u0E17\u0E22 "
    "\u00A0\u3000\u2003 "
    "\U0001F600\U0001F468\u200D\U0001F469 \u2581mark\u2026 \u201Cq\u201D\u2014 don't I'm 's 'S 10000000000 "
    "ab12cd \u0964";

constexpr float kUnusedScore = -10000;  // lower than any that was trained

std::vector<std::string> words_of(const PreTokenizer& pre_tokenizer) {
  std::vector<std::string> words;
  SplitMemory memory;
  Status status =
      pre_tokenizer.split(kProbe, true, memory, [&](std::string_view word) { words.emplace_back(word); });
  if (!status.ok()) words.clear();
  return words;
}

bool names_component(const nlohmann::ordered_json& json, std::string_view type) {
  if (json.is_object() && json.contains("type") && json["type"] == type) return true;
  if (!json.is_structured()) return false;
  return std::any_of(json.begin(), json.end(),
                     [&](const auto& inner) { return names_component(inner, type); });
}

bool add_merges(const TokenizerJson& file, OwnedVocabulary& out) {
  for (const auto& [left, right] : file.merges) {
    // The format has no way to say where a half ends that has a space inside.
    if (left.find(' ') != left.npos || right.find(' ') != right.npos) return false;
    out.merges.push_back(fmt::format("{} {}", left, right));
  }
  return true;
}

bool say_byte_level(const TokenizerJson& file, const Pipeline& pipeline, OwnedVocabulary& out) {
  auto pre = name_pre_tokenizer(pipeline.pretokenizer, file.ignore_merges);
  if (!pre) return false;
  out.model = "gpt2";
  out.pre = *pre;
  return add_merges(file, out);
}

// Merges as scores: what is joined first scores highest.
void say_scores(const TokenizerJson& file, OwnedVocabulary& out) {
  std::unordered_map<std::string, size_t> ranks;
  for (size_t rank = 0; rank < file.merges.size(); ++rank)
    ranks.emplace(file.merges[rank].first + file.merges[rank].second, rank);
  out.model = "llama";
  for (const std::string& token : file.tokens) {
    auto found = ranks.find(token);
    size_t rank = found == ranks.end() ? file.merges.size() : found->second;
    out.fields.scores.push_back(-static_cast<float>(rank));
  }
}

Status say_spaces(const TokenizerJson& file, OwnedVocabulary& out) {
  Vocabulary& fields = out.fields;
  bool prefixed = names_component(file.normalizer, "Prepend");
  if (names_component(file.pre_tokenizer, "Metaspace")) prefixed = true;
  fields.add_space_prefix = prefixed;
  fields.remove_extra_whitespaces =
      file.model == TokenizerJson::Model::unigram &&
      (names_component(file.normalizer, "Replace") || names_component(file.pre_tokenizer, "WhitespaceSplit"));
  std::vector<const nlohmann::ordered_json*> waiting = {&file.normalizer};
  while (!waiting.empty()) {
    const auto& one = *waiting.back();
    waiting.pop_back();
    TokenizerPart part(one, "normalizer");
    if (part.find("normalizers")) {
      for (const auto& inner : one["normalizers"]) waiting.push_back(&inner);
    }
    TRY(std::string map, part.text("precompiled_charsmap", ""));
    if (auto bytes = base64_decode(map)) fields.precompiled_charsmap += *bytes;
  }
  return {};
}

void say_word_pieces(const TokenizerJson& file, OwnedVocabulary& out) {
  out.model = "bert";
  for (size_t i = 0; i < out.tokens.size(); ++i) {
    std::string& token = out.tokens[i];
    if (file.kinds[i] != TokenKind::normal) continue;
    token = token.starts_with("##") ? token.substr(2) : std::string(kSpaceMark) + token;
  }
  TokenizerPart normalizer(file.normalizer, "normalizer");
  out.fields.lowercase = normalizer.flag("lowercase", true).ok() && *normalizer.flag("lowercase", true);
  auto strips = normalizer.flag("strip_accents", *out.fields.lowercase);
  out.fields.strip_accents = strips.ok() && *strips;
}

// The kind of tokenizer that GGUF has a name for and that comes nearest; nothing where none is near.
Result<std::optional<OwnedVocabulary>> say(const TokenizerJson& file, const Pipeline& pipeline) {
  OwnedVocabulary out;
  out.tokens = file.tokens;
  out.fields.kinds = file.kinds;
  switch (file.model) {
    case TokenizerJson::Model::bpe: {
      if (names_component(file.pre_tokenizer, "ByteLevel")) {
        if (!say_byte_level(file, pipeline, out)) return std::optional<OwnedVocabulary>();
        break;
      }
      if (file.merges.empty() || !file.find(kSpaceMark)) return std::optional<OwnedVocabulary>();
      say_scores(file, out);
      TRY_STATUS(say_spaces(file, out));
      break;
    }
    case TokenizerJson::Model::unigram: {
      out.model = "t5";
      out.fields.scores.assign(file.scores.begin(), file.scores.end());
      TRY_STATUS(say_spaces(file, out));
      break;
    }
    case TokenizerJson::Model::wordpiece: say_word_pieces(file, out); break;
    case TokenizerJson::Model::wordlevel: return std::optional<OwnedVocabulary>();
  }
  return std::optional(std::move(out));
}

// Ids that nobody has still need texts of their own.
Status fill(size_t rows, OwnedVocabulary& out) {
  if (rows > kMaxTokens)
    return fail("has {} embeddings, more than the {} tokens that can be", rows, kMaxTokens);
  if (out.tokens.size() < rows) {
    out.tokens.resize(rows);
    if (!out.fields.kinds.empty()) out.fields.kinds.resize(rows, TokenKind::unused);
    if (!out.fields.scores.empty()) out.fields.scores.resize(rows, kUnusedScore);
  }
  for (size_t i = 0; i < out.tokens.size(); ++i) {
    if (out.tokens[i].empty()) out.tokens[i] = fmt::format("[PAD{}]", i);
  }
  return {};
}

// What stands around a text, and what tokens are for.
void say_around(const Tokenizer& tokenizer, OwnedVocabulary& out) {
  Vocabulary& fields = out.fields;
  for (size_t i = 0; i < kTokenRoleCount; ++i)
    fields.roles[static_cast<TokenRole>(i)] = tokenizer.role(static_cast<TokenRole>(i));
  auto is = [](std::span<const TokenId> ids, std::optional<TokenId> id) {
    return ids.size() == 1 && ids[0] == id;
  };
  if (out.model == "bert") {
    if (!tokenizer.prefix().empty()) fields.roles[TokenRole::bos] = tokenizer.prefix()[0];
    if (!tokenizer.suffix().empty()) fields.roles[TokenRole::separator] = tokenizer.suffix()[0];
    return;
  }
  if (!fields.roles[TokenRole::bos] && tokenizer.prefix().size() == 1)
    fields.roles[TokenRole::bos] = tokenizer.prefix()[0];
  if (!fields.roles[TokenRole::eos] && tokenizer.suffix().size() == 1)
    fields.roles[TokenRole::eos] = tokenizer.suffix()[0];
  fields.add_bos_token = is(tokenizer.prefix(), fields.roles[TokenRole::bos]);
  fields.add_eos_token = is(tokenizer.suffix(), fields.roles[TokenRole::eos]);
}

// Whether the keys make what the checkpoint makes, of the probe and of what stands around it.
bool says_all(OwnedVocabulary& vocabulary, const Tokenizer& tokenizer) {
  auto again = Tokenizer::make(vocabulary.view());
  if (!again.ok()) return false;
  for (bool special : {false, true}) {
    Tokenizer::EncodeOptions options{special, special};
    auto ids = tokenizer.encode(kProbe, options), same = (*again)->encode(kProbe, options);
    if (!ids.ok() || !same.ok() || *ids != *same ||
        (*again)->decode(*ids).value() != tokenizer.decode(*ids).value())
      return false;
  }
  for (size_t i = 0; i < tokenizer.size(); ++i) {
    TokenId id = static_cast<TokenId>(i);
    if (!tokenizer.tokens().is_added(id)) continue;
    std::string text = fmt::format("a {} b", tokenizer.text(id));
    auto ids = tokenizer.encode(text, {}), same = (*again)->encode(text, {});
    if (!ids.ok() || !same.ok() || *ids != *same) return false;
  }
  return true;
}

Status set_keys(OwnedVocabulary& owned, GgufContents& contents) {
  Vocabulary vocabulary = owned.view();
  auto set = [&](std::string_view field, const GgufValue& value) {
    return contents.set(fmt::format("tokenizer.ggml.{}", field), value);
  };
  TRY_STATUS(set("model", vocabulary.model));
  // Where words are chosen by scores there is no pre-tokenizer, for which this is the name.
  std::string_view pre = vocabulary.pre.empty() && !vocabulary.scores.empty() ? "default" : vocabulary.pre;
  if (!pre.empty()) TRY_STATUS(set("pre", pre));
  TRY_STATUS(set("tokens", GgufArray(vocabulary.tokens)));
  std::vector<int32_t> kinds(vocabulary.kinds.size());
  std::transform(vocabulary.kinds.begin(), vocabulary.kinds.end(), kinds.begin(),
                 [](TokenKind kind) { return static_cast<int32_t>(kind); });
  TRY_STATUS(set("token_type", GgufArray(std::span<const int32_t>(kinds))));
  if (!vocabulary.scores.empty())
    TRY_STATUS(set("scores", GgufArray(std::span<const float>(vocabulary.scores))));
  if (!vocabulary.merges.empty()) TRY_STATUS(set("merges", GgufArray(vocabulary.merges)));
  if (!vocabulary.precompiled_charsmap.empty()) {
    const auto* bytes = reinterpret_cast<const uint8_t*>(vocabulary.precompiled_charsmap.data());
    TRY_STATUS(set("precompiled_charsmap",
                   GgufArray(std::span<const uint8_t>(bytes, vocabulary.precompiled_charsmap.size()))));
  }
  for (size_t i = 0; i < kTokenRoleCount; ++i) {
    auto id = vocabulary.roles[static_cast<TokenRole>(i)];
    if (id) TRY_STATUS(set(kTokenRoleKeys[i], static_cast<uint32_t>(*id)));
  }
  for (auto [field, flag] : {std::pair{"add_bos_token", vocabulary.add_bos_token},
                             {"add_eos_token", vocabulary.add_eos_token},
                             {"add_space_prefix", vocabulary.add_space_prefix},
                             {"remove_extra_whitespaces", vocabulary.remove_extra_whitespaces},
                             {"escape_whitespaces", vocabulary.escape_whitespaces},
                             {"treat_whitespace_as_suffix", vocabulary.treat_whitespace_as_suffix},
                             {"normalizer.lowercase", vocabulary.lowercase},
                             {"normalizer.strip_accents", vocabulary.strip_accents}}) {
    if (flag) TRY_STATUS(set(field, *flag));
  }
  return {};
}

}  // namespace

std::optional<std::string_view> name_pre_tokenizer(const PreTokenizer& words, bool whole_words) {
  auto wanted = words_of(words);
  for (const PreTokenizerRow& row : pre_tokenizer_rows()) {
    if (row.flags & (PreTokenizerRow::kCharacters | PreTokenizerRow::kNoDefaultBos)) continue;
    if (((row.flags & PreTokenizerRow::kWholeWords) != 0) != whole_words) continue;
    auto made = PreTokenizer::make(row);
    if (made.ok() && words_of(*made) == wanted) return row.names.substr(0, row.names.find(' '));
  }
  return std::nullopt;
}

Status set_tokenizer_keys(const std::filesystem::path& folder, size_t rows, GgufContents& contents) {
  TRY(CheckpointSource source, read_checkpoint_source(folder));
  if (!source.tokenizer) return contents.set("tokenizer.ggml.model", std::string_view("none"));
  std::optional<OwnedVocabulary> vocabulary = std::move(source.vocabulary);
  if (source.json) {
    TRY(Pipeline pipeline, make_pipeline(*source.json));
    TRY(vocabulary, say(*source.json, pipeline));
  }
  bool all = false;
  if (vocabulary) {
    say_around(*source.tokenizer, *vocabulary);
    TRY_STATUS(fill(rows, *vocabulary));
    all = says_all(*vocabulary, *source.tokenizer);
    TRY_STATUS(set_keys(*vocabulary, contents));
  } else {
    TRY_STATUS(contents.set("tokenizer.ggml.model", std::string_view("none")));
  }
  if (all) return {};
  if (!source.json) return fail("{}: GGUF has no way to say what this tokenizer does", source.path.string());
  return contents.set("tokenizer.huggingface.json", std::string_view(source.text));
}

}  // namespace hearth
