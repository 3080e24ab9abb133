#include "model/checkpoint/checkpoint_metadata.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/text.h"
#include "formats/gguf_keys.h"
#include "formats/gguf_rules.h"
#include "formats/json.h"
#include "graph/embeddings.h"

namespace hearth {

namespace {

using arch::Item;
using Json = nlohmann::ordered_json;

constexpr uint64_t kLargestJson = 64 << 20;
constexpr uint64_t kLargestTemplate = 16 << 20;

// "7B", "1.5B", "260K": two digits at least.
std::string rounded_count(double count) {
  struct Unit {
    double size;
    const char* name;
  };
  static constexpr Unit kUnits[] = {{1e12, "T"}, {1e9, "B"}, {1e6, "M"}, {1e3, "K"}};
  const Unit* unit = std::find_if(std::begin(kUnits), std::end(kUnits) - 1,
                                  [&](const Unit& each) { return count > each.size; });
  double scaled = count / unit->size;
  int places = scaled < 0.5 ? 2 : scaled < 9.5 ? 1 : 0;
  return fmt::format("{:.{}f}{}", scaled, places, unit->name);
}

// Of a model with experts: how many there are, and what one has with everything that is not an expert's matrix.
std::string size_label(std::span<const Checkpoint::Tensor> tensors) {
  double shared = 0, experts = 0;
  uint64_t count = 0;
  for (const auto& tensor : tensors) {
    double elements = 1;
    for (uint64_t size : tensor.shape) elements *= static_cast<double>(size);
    if (tensor.name.find("_exps.") != std::string::npos && tensor.shape.size() > 2) {
      count = std::max(count, tensor.shape[0]);
      experts += elements / static_cast<double>(tensor.shape[0]);
    } else {
      shared += elements;
    }
  }
  return count ? fmt::format("{}x{}", count, rounded_count(shared + experts)) : rounded_count(shared);
}

class Writer {
 public:
  explicit Writer(MetadataStore& store) : store_(store) {}

  Status put(const std::string& key, const Item& item, arch::Position at) {
    if (auto* list = item.as<arch::List>()) return put_list(key, *list->items, at);
    if (auto* boolean = item.as<bool>()) {
      store_.set(key, *boolean);
    } else if (auto* text = item.as<std::string>()) {
      if (auto number = gguf_number(key, *text))
        store_.set(key, *number);
      else
        store_.set(key, *text);
    } else if (auto* number = item.as<double>()) {
      put_number(key, *number);
    } else {
      return error_at(at, "{} cannot be written to a GGUF file as {}", item.describe(), key);
    }
    return {};
  }

 private:
  static bool whole(double number) {
    return number == std::floor(number) && number >= std::numeric_limits<int32_t>::min() &&
           number <= std::numeric_limits<uint32_t>::max();
  }

  void put_number(const std::string& key, double number) {
    if (gguf_is_float(key) || !whole(number))
      store_.set(key, static_cast<float>(number));
    else if (number < 0)
      store_.set(key, static_cast<int32_t>(number));
    else
      store_.set(key, static_cast<uint32_t>(number));
  }

  Status put_list(const std::string& key, const std::vector<Item>& items, arch::Position at) {
    if (items.empty()) return {};
    auto all = [&](auto test) { return std::all_of(items.begin(), items.end(), test); };
    if (all([](const Item& item) { return item.as<std::string>() != nullptr; })) {
      std::vector<std::string> texts;
      for (const Item& item : items) texts.push_back(*item.as<std::string>());
      store_.set(key, std::move(texts));
      return {};
    }
    if (!all([](const Item& item) { return item.number().has_value(); }))
      return error_at(at, "{}: a list of numbers or of strings is expected", key);
    if (all([](const Item& item) { return item.as<bool>() != nullptr; })) {
      std::vector<uint8_t> flags;
      for (const Item& item : items) flags.push_back(*item.as<bool>());
      store_.set_flags(key, flags);
    } else if (gguf_is_float(key) || !all([](const Item& item) {
                 return whole(*item.number()) && *item.number() <= std::numeric_limits<int32_t>::max();
               })) {
      std::vector<float> numbers;
      for (const Item& item : items) numbers.push_back(static_cast<float>(*item.number()));
      store_.set(key, numbers);
    } else {
      std::vector<int32_t> numbers;
      for (const Item& item : items) numbers.push_back(static_cast<int32_t>(*item.number()));
      store_.set(key, numbers);
    }
    return {};
  }

  MetadataStore& store_;
};

// Nothing if there is no such file.
Result<std::optional<Json>> read_json(const std::filesystem::path& path) {
  std::error_code failed;
  if (!std::filesystem::is_regular_file(path, failed)) return std::optional<Json>();
  TRY(std::string text, read_file(path, kLargestJson));
  auto json = parse_json(text);
  if (!json.ok()) return within(path.string(), std::move(json).error());
  if (!json->is_object()) return fail("{}: is not an object", path.string());
  return std::optional<Json>(*std::move(json));
}

// A single template, or several with names, of which `default` is the one.
void add_templates(const Json& value, MetadataStore& store) {
  constexpr const char* kKey = "tokenizer.chat_template";
  if (value.is_string()) store.set(kKey, value.get_ref<const std::string&>());
  if (!value.is_array()) return;
  std::vector<std::string> names;
  for (const Json& each : value) {
    if (!each.is_object() || !each.contains("name") || !each.contains("template")) continue;
    if (!each["name"].is_string() || !each["template"].is_string()) continue;
    std::string name = each["name"];
    const auto& text = each["template"].get_ref<const std::string&>();
    if (name == "default") {
      store.set(kKey, text);
    } else {
      store.set(fmt::format("{}.{}", kKey, name), text);
      names.push_back(name);
    }
  }
  if (!names.empty()) store.set("tokenizer.chat_templates", std::move(names));
}

Status describe_template(const std::filesystem::path& folder, MetadataStore& store) {
  std::error_code failed;
  auto file = folder / "chat_template.jinja";
  if (std::filesystem::is_regular_file(file, failed)) {
    TRY(std::string text, read_file(file, kLargestTemplate));
    store.set("tokenizer.chat_template", text);
  }
  for (const char* name : {"tokenizer_config.json", "chat_template.json"}) {
    TRY(std::optional<Json> json, read_json(folder / name));
    if (json && json->contains("chat_template")) add_templates((*json)["chat_template"], store);
  }
  return {};
}

Status describe_sampling(const std::filesystem::path& folder, MetadataStore& store) {
  TRY(std::optional<Json> json, read_json(folder / "generation_config.json"));
  if (!json) return {};
  struct Row {
    const char *key, *name;
    bool whole;
  };
  static constexpr Row kRows[] = {{"general.sampling.top_k", "top_k", true},
                                  {"general.sampling.top_p", "top_p", false},
                                  {"general.sampling.min_p", "min_p", false},
                                  {"general.sampling.temp", "temperature", false},
                                  {"general.sampling.penalty_repeat", "repetition_penalty", false}};
  for (const Row& row : kRows) {
    auto at = json->find(row.name);
    if (at == json->end() || !at->is_number()) continue;
    double number = at->get<double>();
    if (row.whole && number >= 0 && number <= std::numeric_limits<int32_t>::max())
      store.set(row.key, static_cast<int32_t>(number));
    else if (!row.whole && std::isfinite(number))
      store.set(row.key, static_cast<float>(number));
  }
  return {};
}

}  // namespace

void describe_model(const std::filesystem::path& name, const arch::Architecture& architecture,
                    std::span<const Checkpoint::Tensor> tensors, MetadataStore& store) {
  store.set("general.architecture", architecture.header.gguf.name.text);
  store.set("general.type", "model");
  std::error_code failed;
  auto absolute = std::filesystem::weakly_canonical(name, failed);
  store.set("general.name", repair_utf8((failed ? name : absolute).filename().string()));
  store.set("general.size_label", size_label(tensors));
  store.set("general.quantization_version", kGgufQuantizationVersion);
}

Status describe_pooling(const std::filesystem::path& folder, std::span<const std::string> classes,
                        const arch::Architecture& architecture, MetadataStore& store) {
  std::string key = architecture.header.gguf.name.text + ".pooling_type";
  auto judges = [](const std::string& name) { return name.ends_with("ForSequenceClassification"); };
  if (architecture.graph("score") && std::any_of(classes.begin(), classes.end(), judges))
    store.set(key, static_cast<uint32_t>(Pooling::rank));
  auto path = folder / "1_Pooling" / "config.json";
  TRY(std::optional<Json> json, read_json(path));
  if (!json) return {};
  static constexpr struct {
    std::string_view name, word;
    Pooling pooling;
  } kModes[] = {{"pooling_mode_mean_tokens", "mean", Pooling::mean},
                {"pooling_mode_cls_token", "cls", Pooling::cls},
                {"pooling_mode_lasttoken", "lasttoken", Pooling::last}};
  std::vector<std::string> said;
  for (const auto& [name, value] : json->items()) {
    if (name.starts_with("pooling_mode_") && value == true) said.push_back(name);
    if (name == "pooling_mode" && value.is_string()) said.push_back(value.get<std::string>());
  }
  if (said.empty()) return {};
  for (const auto& mode : kModes) {
    if (said.size() == 1 && (said[0] == mode.name || said[0] == mode.word)) {
      store.set(key, static_cast<uint32_t>(mode.pooling));
      return {};
    }
  }
  return fail("{}: says {}; the mean of a text's tokens, its first or its last can be taken", path.string(),
              escape(fmt::format("{}", fmt::join(said, " and ")), 80));
}

Status describe_entries(const arch::Architecture& architecture, arch::CheckpointConfig& config,
                        MetadataStore& store) {
  Writer writer(store);
  const std::string& name = architecture.header.gguf.name.text;
  for (const arch::Entry& entry : architecture.entries) {
    if (entry.gguf.empty()) continue;
    std::string key =
        entry.gguf.starts_with('.') ? entry.gguf.substr(1) : fmt::format("{}.{}", name, entry.gguf);
    TRY(Item item, config.whole_value(entry));
    auto* scaling = item.as<std::shared_ptr<const arch::RopeScaling>>();
    if (!scaling) {
      // A list that nobody gave is not one.
      if (item.none() || (entry.whole && !item.as<arch::List>())) continue;
      TRY_STATUS(writer.put(key, item, entry.name.at));
      continue;
    }
    const arch::RopeScaling& s = **scaling;
    if (s.type == "llama3") continue;  // the tensor rope_freqs
    TRY_STATUS(writer.put(key + ".type", Item(s.type), entry.name.at));
    struct Member {
      const char* key;
      std::optional<double> value;
    };
    for (const Member& member :
         {Member{"factor", s.type == "longrope" ? std::nullopt : s.factor},
          Member{"original_context_length", s.original}, Member{"attn_factor", s.attn},
          Member{"yarn_beta_fast", s.beta_fast}, Member{"yarn_beta_slow", s.beta_slow}}) {
      if (member.value)
        TRY_STATUS(writer.put(fmt::format("{}.{}", key, member.key), Item(*member.value), entry.name.at));
    }
  }
  return {};
}

Status describe_text(const std::filesystem::path& folder, MetadataStore& store) {
  TRY_STATUS(describe_template(folder, store));
  return describe_sampling(folder, store);
}

}  // namespace hearth
