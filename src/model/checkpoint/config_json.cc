#include "model/checkpoint/config_json.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/file.h"
#include "base/text.h"
#include "formats/json.h"

namespace hearth {

namespace {

using Json = nlohmann::ordered_json;
using arch::Item;

constexpr uint64_t kLargestFile = 16 << 20;
constexpr size_t kLongestList = 65536;

// Keys that never bear on inference, or that the engine itself looks at: as they stand, or with a wildcard at an
// end or both.
constexpr std::string_view kHarmless[] = {
    "architectures", "model_type", "torch_dtype", "dtype", "transformers_version", "_name_or_path",
    "use_cache", "initializer_range", "initializer_factor", "init_std", "*dropout*", "*pdrop", "*layerdrop",
    "*token_id", "*token_ids", "*token_index", "*_token", "id2label", "label2id", "is_encoder_decoder",
    "pretraining_tp", "quantization_config", "tie_word_embeddings", "summary_*", "output_*",
    "*attn_implementation", "rope_theta", "auto_map", "max_position_embeddings", "max_sequence_length",
    "router_aux_loss_coef", "aux_loss_alpha", "seq_aux", "gradient_checkpointing", "task_specific_params",
    "problem_type", "original_max_position_embeddings", "finetuning_task", "matryoshka_dimensions",
    "tokenizer_*", "prefix", "num_labels", "_num_labels", "sentence_transformers", "sbert_*",
    "transformers.js_config", "is_llama_config", "cache_implementation", "attention_softmax_in_fp32",
    "scale_attention_softmax_in_fp32", "masked_softmax_fusion", "bias_dropout_fusion", "slow_but_exact",
    "skip_bias_add", "offset_alibi", "init_method", "init_config", "init_device",
    // how texts are drawn, which older checkpoints say here
    "max_length", "min_length", "early_stopping", "num_beams", "num_beam_groups", "num_return_sequences",
    "temperature", "top_k", "top_p", "typical_p", "repetition_penalty", "length_penalty",
    "no_repeat_ngram_size", "predict_special_tokens", "return_dict", "num_logits_to_keep", "logits_to_keep",
    "force*", "begin_suppress_tokens", "suppress_tokens", "vocab_size", "text_config", "vision_config",
    "audio_config", "num_hidden_layers", "pad_*", "rope_parameters", "preprocessor",
    "chunk_size_feed_forward", "unsloth_*", "_attn_*", "custom_pipelines"};

// Members of rope_scaling that belong to it wherever it is read.
constexpr std::string_view kScalingMembers[] = {"rope_type",        "type",
                                                "factor",           "original_max_position_embeddings",
                                                "attention_factor", "beta_fast",
                                                "beta_slow",        "low_freq_factor",
                                                "high_freq_factor", "short_factor",
                                                "long_factor",      "finetuned",
                                                "rope_theta",       "partial_rotary_factor"};

bool fits(std::string_view pattern, std::string_view name) {
  bool before = pattern.starts_with('*'), behind = pattern.ends_with('*');
  if (before) pattern.remove_prefix(1);
  if (behind && !pattern.empty()) pattern.remove_suffix(1);
  if (before && behind) return name.find(pattern) != std::string_view::npos;
  if (before) return name.ends_with(pattern);
  return behind ? name.starts_with(pattern) : name == pattern;
}

// A value that switches nothing on.
bool neutral(const Json& value) {
  if (value.is_null()) return true;
  if (value.is_boolean()) return !value.get<bool>();
  if (value.is_number()) return value.get<double>() == 0;
  if (value.is_string()) return value.get_ref<const std::string&>().empty();
  return value.empty();
}

std::string shown(const Json& value) {
  return escape(value.dump(-1, ' ', false, Json::error_handler_t::replace), 60);
}

Result<Item> item_of(const Json& value, std::string_view path) {
  if (value.is_boolean()) return Item(value.get<bool>());
  if (value.is_string()) return Item(value.get<std::string>());
  if (value.is_number()) {
    double number = value.get<double>();
    if (std::isinf(number)) number = std::copysign(std::numeric_limits<double>::max(), number);
    if (!std::isfinite(number))
      return fail("config.json says {} = {}; a finite number is expected", path, number);
    return Item(number);
  }
  // As newer libraries write what JSON has no number for.
  if (value.is_object() && value.size() == 1 && value.contains("__float__")) {
    constexpr double kEndless = std::numeric_limits<double>::infinity();
    const Json& word = value["__float__"];
    return item_of(word == "Infinity"    ? kEndless
                   : word == "-Infinity" ? -kEndless
                                         : std::numeric_limits<double>::quiet_NaN(),
                   path);
  }
  // id2label: names by number, which are its order.
  bool names = value.is_object() &&
               std::all_of(value.begin(), value.end(), [](const Json& v) { return v.is_string(); });
  if (value.is_array() || (names && !value.empty())) {
    if (value.size() > kLongestList)
      return fail("config.json says {}, a list of {} values; at most {} are expected", path, value.size(),
                  kLongestList);
    std::vector<Item> items;
    for (const Json& element : value) {
      if (element.is_null()) {
        items.emplace_back();
        continue;
      }
      TRY(Item item, item_of(element, path));
      items.push_back(std::move(item));
    }
    return arch::list_of(std::move(items));
  }
  return fail("config.json says {} = {}; a number, a string or a list is expected", path, shown(value));
}

const Json* member(const Json* object, std::string_view name) {
  if (!object || !object->is_object()) return nullptr;
  auto at = object->find(name);
  return at == object->end() || at->is_null() ? nullptr : &*at;
}

const Json* walk(const Json* from, std::string_view path) {
  while (from && !path.empty()) {
    size_t dot = path.find('.');
    from = member(from, path.substr(0, dot));
    path = dot == std::string_view::npos ? "" : path.substr(dot + 1);
  }
  return from;
}

Result<Json> read_object(const std::filesystem::path& path) {
  TRY(std::string text, read_file(path, kLargestFile));
  auto json = parse_json(text);
  if (!json.ok()) return within(path.string(), std::move(json).error());
  if (!json->is_object()) return fail("{}: is not an object", path.string());
  return json;
}

}  // namespace

Result<ConfigJson> ConfigJson::read(const std::filesystem::path& folder) {
  std::error_code failed;
  if (!std::filesystem::exists(folder / "config.json", failed))
    return fail(
        "{}: has no config.json, so it is no checkpoint; expected a checkpoint's folder or a .gguf file",
        folder.string());
  TRY(Json root, read_object(folder / "config.json"));
  auto preprocessor = folder / "preprocessor_config.json";
  if (std::filesystem::exists(preprocessor, failed)) { TRY(root["preprocessor"], read_object(preprocessor)); }
  ConfigJson config;
  config.set_root(std::move(root));
  return config;
}

Result<ConfigJson> ConfigJson::parse(std::string_view text) {
  TRY(Json root, parse_json(text));
  if (!root.is_object()) return fail("config.json is not an object");
  ConfigJson config;
  config.set_root(std::move(root));
  return config;
}

void ConfigJson::set_root(Json root) {
  root_ = std::make_unique<Json>(std::move(root));
  unite_spellings(*root_);
  if (auto text = root_->find("text_config"); text != root_->end() && text->is_object()) {
    unite_spellings(*text);
    text_ = &*text;
  }
}

// Members of rope_parameters (newer) become rope_theta, partial_rotary_factor and rope_scaling (older). Where they
// are written by kind of layer, full_attention is taken for these and the base of sliding_attention becomes
// rope_local_base_freq.
void ConfigJson::unite_spellings(Json& scope) {
  const Json* found = member(&scope, "rope_parameters");
  if (!found || !found->is_object()) return;
  Json parameters = *found;
  auto keep = [&](const char* name, const Json* value) {
    if (value && !member(&scope, name)) scope[name] = *value;
  };
  if (member(&parameters, "full_attention")) {
    keep("rope_local_base_freq", walk(&parameters, "sliding_attention.rope_theta"));
    Json full = parameters["full_attention"];
    parameters = std::move(full);
  }
  keep("rope_theta", member(&parameters, "rope_theta"));
  keep("partial_rotary_factor", member(&parameters, "partial_rotary_factor"));
  const Json* type = member(&parameters, "rope_type");
  bool plain = !type || *type == "default";
  for (const char* moved : {"rope_theta", "partial_rotary_factor"}) parameters.erase(moved);
  if (plain && parameters.size() <= (type ? 1 : 0)) return;  // sections may be left
  keep("rope_scaling", &parameters);
}

const Json* ConfigJson::find(std::string_view path) const {
  if (const Json* value = walk(text_, path)) return value;
  return walk(root_.get(), path);
}

Result<std::optional<Item>> ConfigJson::key(std::string_view path) {
  asked_.emplace(path);
  const Json* value = find(path);
  if (!value) return std::optional<Item>();
  asked_.emplace(path.substr(0, path.find('.')));
  TRY(Item item, item_of(*value, path));
  return std::optional<Item>(std::move(item));
}

std::vector<std::string> ConfigJson::classes() const {
  std::vector<std::string> names;
  if (const Json* list = member(root_.get(), "architectures"); list && list->is_array()) {
    for (const Json& name : *list) {
      if (name.is_string()) names.push_back(name.get<std::string>());
    }
  }
  for (const Json* scope : {text_, static_cast<const Json*>(root_.get())}) {
    const Json* type = member(scope, "model_type");
    if (type && type->is_string()) names.push_back(type->get<std::string>());
  }
  return names;
}

std::vector<ConfigJson::Unread> ConfigJson::unread(const arch::Architecture& architecture) const {
  std::vector<Unread> all;
  for (const auto& [name, value] : (text_ ? *text_ : *root_).items()) {
    std::string_view key = name;
    bool known = asked_.contains(key) ||
                 std::any_of(std::begin(kHarmless), std::end(kHarmless),
                             [&](std::string_view pattern) { return fits(pattern, key); }) ||
                 std::any_of(architecture.ignores.begin(), architecture.ignores.end(),
                             [&](const arch::Word& word) { return word.text == key; });
    if (!known && !neutral(value)) all.push_back({name, shown(value), false});
  }
  const Json* scaling = find("rope_scaling");
  if (scaling && scaling->is_object() && asked_.contains("rope_scaling")) {
    for (const auto& [name, value] : scaling->items()) {
      std::string path = "rope_scaling." + name;
      // The library reads mscale beside mscale_all_dim alone.
      bool known = asked_.contains(path) || (name == "mscale" && !find("rope_scaling.mscale_all_dim")) ||
                   std::find(std::begin(kScalingMembers), std::end(kScalingMembers), name) !=
                       std::end(kScalingMembers);
      if (!known && !value.is_null()) all.push_back({path, shown(value), true});
    }
  }
  return all;
}

}  // namespace hearth
