#include "model/tekken.h"

#include "base/base64.h"
#include "base/text.h"
#include "formats/json.h"
#include "model/json_parts.h"
#include "model/tiktoken.h"
#include "tokenizer/byte_alphabet.h"

namespace hearth {

namespace {

using Json = nlohmann::ordered_json;

// The control tokens of files that do not list theirs.
constexpr std::string_view kFirstControls[] = {"<unk>",
                                               "<s>",
                                               "</s>",
                                               "[INST]",
                                               "[/INST]",
                                               "[AVAILABLE_TOOLS]",
                                               "[/AVAILABLE_TOOLS]",
                                               "[TOOL_RESULTS]",
                                               "[/TOOL_RESULTS]",
                                               "[TOOL_CALLS]",
                                               "[IMG]",
                                               "<pad>",
                                               "[IMG_BREAK]",
                                               "[IMG_END]",
                                               "[PREFIX]",
                                               "[MIDDLE]",
                                               "[SUFFIX]",
                                               "[SYSTEM_PROMPT]",
                                               "[/SYSTEM_PROMPT]",
                                               "[TOOL_CONTENT]"};

Result<size_t> count_of(const Json& config, const char* name) {
  auto found = config.find(name);
  if (found == config.end() || !found->is_number_unsigned() || found->get<uint64_t>() >= kMaxTokens)
    return fail("config.{}: expected a number of tokens", name);
  return found->get<size_t>();
}

// Of the control tokens by id; what nobody names is told by its number.
Result<std::vector<std::string>> controls_of(const Json& json, size_t count) {
  std::vector<std::string> controls(count);
  auto listed = json.find("special_tokens");
  if (listed != json.end() && listed->is_array() && !listed->empty()) {
    for (const Json& token : *listed) {
      bool good = token.is_object() && token.contains("rank") && token["rank"].is_number_unsigned() &&
                  token["rank"].get<uint64_t>() < count && token.contains("token_str") &&
                  token["token_str"].is_string();
      if (!good) return fail("special_tokens: expected ranks below {}, each with a token_str", count);
      controls[token["rank"].get<size_t>()] = token["token_str"].get<std::string>();
    }
  } else {
    for (size_t i = 0; i < std::min(count, std::size(kFirstControls)); ++i) controls[i] = kFirstControls[i];
  }
  for (size_t i = 0; i < count; ++i) {
    if (controls[i].empty()) controls[i] = fmt::format("<SPECIAL_{}>", i);
  }
  return controls;
}

}  // namespace

Result<std::string> tokenizer_json_of_tekken(std::string_view text) {
  TRY(Json json, parse_json(text));
  auto config = json.is_object() ? json.find("config") : json.end();
  if (config == json.end() || !config->is_object() || !config->contains("pattern") ||
      !(*config)["pattern"].is_string())
    return fail("config.pattern: expected the expression that cuts words");
  TRY(size_t size, count_of(*config, "default_vocab_size"));
  TRY(size_t control_count, count_of(*config, "default_num_special_tokens"));
  auto list = json.find("vocab");
  if (list == json.end() || !list->is_array() || size <= control_count ||
      list->size() < size - control_count) {
    return fail("vocab: expected the {} tokens that default_vocab_size leaves beside {} special ones",
                size - std::min(size, control_count), control_count);
  }
  TRY(std::vector<std::string> controls, controls_of(json, control_count));

  // The file may list more than its model has.
  std::vector<std::string> ranks(size - control_count);
  for (size_t i = 0; i < ranks.size(); ++i) {
    const Json& token = (*list)[i];
    bool good = token.is_object() && token.contains("token_bytes") && token["token_bytes"].is_string() &&
                token.contains("rank") && token["rank"] == i;
    auto bytes = good ? base64_decode(token["token_bytes"].get_ref<const std::string&>()) : std::nullopt;
    if (!bytes || bytes->empty() || bytes->size() > kMaxTokenBytes / 2)
      return fail("vocab: row {} is not a token in base64 with rank {}", i, i);
    for (char c : *bytes) append_utf8(ranks[i], kByteToChar[static_cast<uint8_t>(c)]);
  }
  TRY(OwnedVocabulary vocabulary, tiktoken_vocabulary(ranks, "tekken", {}));

  Json tokens = Json::object(), added = Json::array(), merges = Json::array();
  for (size_t i = 0; i < controls.size(); ++i) {
    TokenizerJson::Added one;
    one.id = static_cast<TokenId>(i);
    one.content = controls[i];
    one.special = true;
    added.push_back(added_json(one));
  }
  std::string spelled = "{";  // a tree of so many members would look each up
  for (size_t i = 0; i < ranks.size(); ++i)
    spelled += fmt::format("{}{}:{}", i ? "," : "", Json(ranks[i]).dump(), i + control_count);
  spelled += "}";
  for (const std::string& merge : vocabulary.merges) merges.push_back(merge);
  Json whole;
  whole["added_tokens"] = std::move(added);
  whole["pre_tokenizer"] = cut_json((*config)["pattern"].get_ref<const std::string&>(), false);
  if (control_count > 1) whole["post_processor"] = begin_json(controls[1], 1);
  whole["decoder"] = byte_level_json(false, true);
  std::string head = whole.dump();
  head.pop_back();
  return fmt::format(R"({},"model":{{"type":"BPE","ignore_merges":true,"merges":{},"vocab":{}}}}})", head,
                     merges.dump(), spelled);
}

}  // namespace hearth
