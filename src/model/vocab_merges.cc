#include "model/vocab_merges.h"

#include <algorithm>

#include "base/text.h"
#include "formats/json.h"
#include "model/json_parts.h"

namespace hearth {

namespace {

using Json = nlohmann::ordered_json;

// What the classes do, and the models that have them where the configuration names no class.
constexpr struct {
  std::string_view classes, models;  // between spaces
  std::string_view pattern;          // that cuts words; empty: that of byte-level tokenizers
  bool composes;                     // to NFC, before
  bool surrounds;                    // with the tokens cls and sep
} kClasses[] = {
    {"GPT2Tokenizer CodeGenTokenizer", "gpt2 gpt_neo gptj codegen opt", "", false, false},
    {"RobertaTokenizer BartTokenizer LongformerTokenizer", "roberta bart longformer", "", false, true},
    {"Qwen2Tokenizer", "qwen2 qwen2_moe",
     R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
     true, false},
};

bool has_word(std::string_view words, std::string_view word) {
  for (size_t at = 0; at < words.size();) {
    size_t end = std::min(words.find(' ', at), words.size());
    if (words.substr(at, end - at) == word) return true;
    at = end + 1;
  }
  return false;
}

Result<Json> merges_of(std::string_view text) {
  Json merges = Json::array();
  for (size_t number = 1; !text.empty(); ++number) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || (number == 1 && line.starts_with("#version"))) continue;
    size_t space = line.find(' ');
    if (space == 0 || space == line.npos || space + 1 == line.size() ||
        line.find(' ', space + 1) != line.npos)
      return fail("merges.txt: line {}: {} is not two parts with a space between", number, quote(line, 64));
    merges.push_back({std::string(line.substr(0, space)), std::string(line.substr(space + 1))});
  }
  return merges;
}

}  // namespace

Result<std::string> tokenizer_json_of(std::string_view vocabulary, std::string_view merges,
                                      const TokenizerFacts& facts) {
  std::string_view name = facts.tokenizer_class;
  if (name.ends_with("Fast")) name.remove_suffix(4);
  const auto* known = std::find_if(std::begin(kClasses), std::end(kClasses), [&](const auto& row) {
    return name.empty() ? has_word(row.models, facts.model_type) : has_word(row.classes, name);
  });
  if (known == std::end(kClasses)) {
    return fail("how words are cut is not in vocab.json and not known of {}; use the model's tokenizer.json",
                name.empty() ? fmt::format("models of type {}", quote(facts.model_type))
                             : fmt::format("tokenizer_class {}", quote(name)));
  }
  TRY(Json tokens, parse_json(vocabulary));
  if (!tokens.is_object()) return fail("vocab.json: expected an object of tokens and ids");

  Json added = Json::array();
  for (const auto& one : facts.added) added.push_back(added_json(one));
  // Tokens with a role are special, whether or not the configuration lists them again.
  std::array<std::optional<TokenId>, kTokenRoleCount> roles;
  for (size_t role = 0; role < kTokenRoleCount; ++role) {
    const auto& text = facts.texts[role];
    if (!text) continue;
    auto listed = std::find_if(facts.added.begin(), facts.added.end(),
                               [&](const auto& one) { return one.content == *text; });
    if (listed != facts.added.end()) {
      roles[role] = listed->id;
      continue;
    }
    auto found = tokens.find(*text);
    if (found == tokens.end() || !found->is_number_unsigned() || found->get<uint64_t>() >= kMaxTokens)
      continue;
    bool again = std::any_of(roles.begin(), roles.end(),
                             [&](const auto& id) { return id && *id == found->get<TokenId>(); });
    roles[role] = found->get<TokenId>();
    if (again) continue;
    TokenizerJson::Added one;
    one.id = *roles[role];
    one.content = *text;
    one.special = true;
    one.lstrip = known->surrounds && role == static_cast<size_t>(TokenRole::mask);
    added.push_back(added_json(one));
  }

  Json json;
  json["added_tokens"] = std::move(added);
  json["normalizer"] = known->composes ? Json{{"type", "NFC"}} : Json();
  bool prefix = facts.add_prefix_space.value_or(false);
  if (known->pattern.empty()) {
    json["pre_tokenizer"] = byte_level_json(prefix, true);
  } else {
    json["pre_tokenizer"] = cut_json(known->pattern, prefix);
  }
  auto pair = [&](TokenRole role) {
    return Json::array({*facts.texts[static_cast<size_t>(role)], *roles[static_cast<size_t>(role)]});
  };
  auto has = [&](TokenRole role) { return roles[static_cast<size_t>(role)].has_value(); };
  if (known->surrounds && has(TokenRole::cls) && has(TokenRole::separator)) {
    json["post_processor"] = {{"type", "RobertaProcessing"},
                              {"sep", pair(TokenRole::separator)},
                              {"cls", pair(TokenRole::cls)},
                              {"trim_offsets", true},
                              {"add_prefix_space", prefix}};
  } else if (facts.add_bos.value_or(false) && has(TokenRole::bos)) {
    json["post_processor"] = begin_json(*facts.texts[static_cast<size_t>(TokenRole::bos)],
                                        *roles[static_cast<size_t>(TokenRole::bos)]);
  }
  json["decoder"] = byte_level_json(false, true);
  TRY(Json pairs, merges_of(merges));
  json["model"] = {{"type", "BPE"}, {"vocab", std::move(tokens)}, {"merges", std::move(pairs)}};
  return json.dump();
}

}  // namespace hearth
