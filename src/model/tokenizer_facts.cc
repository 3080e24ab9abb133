#include "model/tokenizer_facts.h"

#include <algorithm>
#include <charconv>

#include "base/file.h"
#include "base/text.h"
#include "formats/json.h"
#include "tokenizer/known_tokens.h"

namespace hearth {

namespace {

using Json = nlohmann::ordered_json;

constexpr uint64_t kMaxConfigBytes = uint64_t{64} << 20;

// The names that the configuration gives tokens.
constexpr struct {
  std::string_view name;
  TokenRole role;
} kNames[] = {{"bos_token", TokenRole::bos},     {"eos_token", TokenRole::eos},
              {"unk_token", TokenRole::unknown}, {"sep_token", TokenRole::separator},
              {"pad_token", TokenRole::padding}, {"cls_token", TokenRole::cls},
              {"mask_token", TokenRole::mask}};

// These put BOS and EOS around a text as the configuration says, whatever `tokenizer.json` says of it.
constexpr std::string_view kClassesThatDecide[] = {
    "LlamaTokenizer", "LlamaTokenizerFast", "CodeLlamaTokenizer", "CodeLlamaTokenizerFast",
    "GemmaTokenizer", "GemmaTokenizerFast", "CohereTokenizer",    "CohereTokenizerFast"};

Result<Json> read_config(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return Json::object();
  TRY(std::string text, read_file(path, kMaxConfigBytes));
  auto json = parse_json(text);
  if (!json.ok()) return within(path.string(), json.error());
  if (!json->is_object()) return fail("{}: expected an object", path.string());
  return json;
}

std::optional<std::string> text_of(const Json& config, std::string_view name) {
  auto found = config.find(std::string(name));
  if (found == config.end()) return std::nullopt;
  if (found->is_string()) return found->get<std::string>();
  if (found->is_object() && found->contains("content") && (*found)["content"].is_string())
    return (*found)["content"].get<std::string>();
  return std::nullopt;
}

std::vector<TokenId> ids_of(const Json& config, const std::string& name) {
  std::vector<TokenId> ids;
  auto add = [&](const Json& id) {
    if (id.is_number_unsigned() && id.get<uint64_t>() < kMaxTokens) ids.push_back(id.get<TokenId>());
  };
  auto found = config.find(name);
  if (found == config.end()) return ids;
  if (found->is_array()) {
    for (const Json& id : *found) add(id);
  } else {
    add(*found);
  }
  return ids;
}

// {"128000": {"content": "<|begin_of_text|>", "special": true, ...}, ...}, and in older checkpoints a file of
// {"<|begin_of_text|>": 128000, ...}.
Status read_added(const Json& config, const Json& list, std::vector<TokenizerJson::Added>& added) {
  auto decoder = config.find("added_tokens_decoder");
  if (decoder != config.end() && decoder->is_object()) {
    for (const auto& [key, value] : decoder->items()) {
      TokenizerJson::Added one;
      auto read = std::from_chars(key.data(), key.data() + key.size(), one.id);
      bool good = read.ec == std::errc() && read.ptr == key.data() + key.size() && one.id >= 0 &&
                  static_cast<size_t>(one.id) < kMaxTokens && text_of(config["added_tokens_decoder"], key);
      if (!good) return fail("added_tokens_decoder: {} is not the id of a token with content", quote(key));
      one.content = *text_of(*decoder, key);
      auto flag = [&, &value = value](const char* name) {
        return value.contains(name) && value[name] == true;
      };
      one.single_word = flag("single_word");
      one.lstrip = flag("lstrip");
      one.rstrip = flag("rstrip");
      one.normalized = flag("normalized");
      one.special = flag("special");
      added.push_back(std::move(one));
    }
    return {};
  }
  for (const auto& [key, value] : list.items()) {
    if (!value.is_number_unsigned() || value.get<uint64_t>() >= kMaxTokens)
      return fail("added_tokens.json: {} has no id", quote(key));
    TokenizerJson::Added one;
    one.id = value.get<TokenId>();
    one.content = key;
    added.push_back(std::move(one));
  }
  return {};
}

}  // namespace

Result<TokenizerFacts> read_tokenizer_facts(const std::filesystem::path& folder) {
  TokenizerFacts facts;
  TRY(Json map, read_config(folder / "special_tokens_map.json"));
  TRY(Json config, read_config(folder / "tokenizer_config.json"));
  for (const Json* source : {&map, &config}) {
    for (const auto& row : kNames) {
      if (auto text = text_of(*source, row.name)) facts.texts[static_cast<size_t>(row.role)] = *text;
    }
  }
  if (auto name = text_of(config, "tokenizer_class")) facts.tokenizer_class = *name;
  for (auto [name, place] : {std::pair{"add_bos_token", &facts.add_bos},
                             {"add_eos_token", &facts.add_eos},
                             {"add_prefix_space", &facts.add_prefix_space}}) {
    if (config.contains(name) && config[name].is_boolean()) *place = config[name].get<bool>();
  }
  TRY(Json list, read_config(folder / "added_tokens.json"));
  TRY_STATUS(read_added(config, list, facts.added));
  TRY(Json generation, read_config(folder / "generation_config.json"));
  TRY(Json model, read_config(folder / "config.json"));
  if (auto type = text_of(model, "model_type")) facts.model_type = *type;
  for (const Json* source : {&generation, &model}) {
    for (const auto& row : kNames) {
      auto ids = ids_of(*source, fmt::format("{}_id", row.name));
      if (!ids.empty() && !facts.roles[row.role]) facts.roles[row.role] = ids[0];
    }
    if (facts.ends.empty()) facts.ends = ids_of(*source, "eos_token_id");
  }
  return facts;
}

void apply(const TokenizerFacts& facts, Pipeline& pipeline) {
  const TokenSet& tokens = *pipeline.tokens;
  for (const auto& row : kNames) {
    auto& role = pipeline.roles[row.role];
    const auto& text = facts.texts[static_cast<size_t>(row.role)];
    if (text && tokens.find(*text)) {
      role = tokens.find(*text);
    } else if (!role) {
      role = facts.roles[row.role];
    }
    if (role && !tokens.contains(*role)) role = std::nullopt;
  }
  auto known = resolve_known_tokens(tokens, pipeline.roles, true);
  pipeline.ends.insert(pipeline.ends.end(), known.ends.begin(), known.ends.end());
  for (TokenId id : facts.ends) {
    if (tokens.contains(id)) pipeline.ends.push_back(id);
  }
  std::sort(pipeline.ends.begin(), pipeline.ends.end());
  pipeline.ends.erase(std::unique(pipeline.ends.begin(), pipeline.ends.end()), pipeline.ends.end());

  if (std::find(std::begin(kClassesThatDecide), std::end(kClassesThatDecide), facts.tokenizer_class) ==
      std::end(kClassesThatDecide))
    return;
  auto decide = [&](std::optional<bool> wanted, TokenRole role, std::vector<TokenId>& place) {
    if (!wanted || !pipeline.roles[role]) return;
    place.clear();
    if (*wanted) place.push_back(*pipeline.roles[role]);
  };
  decide(facts.add_bos, TokenRole::bos, pipeline.prefix);
  decide(facts.add_eos, TokenRole::eos, pipeline.suffix);
}

}  // namespace hearth
