#include "model/adapter/peft.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/file.h"
#include "base/text.h"
#include "formats/json.h"
#include "formats/safetensors.h"
#include "graph/checkpoint_binding.h"
#include "model/adapter/low_rank.h"
#include "model/checkpoint/checkpoint_tensors.h"
#include "model/numbers.h"

namespace hearth {

namespace {

using Json = nlohmann::ordered_json;

constexpr uint64_t kLargestConfig = 16 << 20;
constexpr int64_t kLargestRank = 1 << 16;

// What training wrote about itself, as far as it decides what is added.
struct PeftConfig {
  double alpha = 0;
  std::optional<int64_t> rank;                         // of all tensors, where no pattern says otherwise
  bool root = false;                                   // alpha over the root of the rank
  bool turned = false;                                 // the weights are stored inputs first
  std::vector<std::pair<std::string, double>> alphas;  // by ends of names
  std::string base;

  double scale(std::string_view module, int64_t of_rank) const {
    double own = alpha;
    for (const auto& [end, value] : alphas) {
      bool fits = module == end || (module.ends_with(end) && module[module.size() - end.size() - 1] == '.');
      if (fits) {
        own = value;
        break;
      }
    }
    auto r = static_cast<double>(of_rank);
    return own / (root ? std::sqrt(r) : r);
  }
};

bool switched_on(const Json& config, const char* key) {
  auto at = config.find(key);
  if (at == config.end() || at->is_null() || *at == false) return false;
  if (at->is_string()) return *at != "none" && *at != "";
  return !((at->is_array() || at->is_object()) && at->empty());
}

Result<PeftConfig> read_peft_config(const std::filesystem::path& folder) {
  auto path = folder / kAdapterConfig;
  TRY(std::string text, read_file(path, kLargestConfig));
  auto config = parse_json(text);
  if (!config.ok()) return within(path.string(), std::move(config).error());
  if (!config->is_object()) return fail("{}: is not an object", path.string());
  auto kind = config->find("peft_type");
  if (kind == config->end() || *kind != "LORA")
    return fail("{}: peft_type is {}; adapters of type LORA are known", path.string(),
                kind == config->end() ? "not said" : escape(kind->dump(), 40));
  // What adds something else than a product of two matrices.
  for (const char* key :
       {"use_dora", "bias", "lora_bias", "modules_to_save", "trainable_token_indices", "layer_replication",
        "target_parameters", "use_qalora", "alora_invocation_tokens"}) {
    if (switched_on(*config, key))
      return fail("{}: says {} = {}, which only merging into the base model can do", path.string(), key,
                  escape((*config)[key].dump(), 40));
  }
  PeftConfig read;
  auto number = [&](const char* key) -> Result<std::optional<double>> {
    auto at = config->find(key);
    if (at == config->end() || at->is_null()) return std::optional<double>();
    if (!at->is_number() || !std::isfinite(at->get<double>()))
      return fail("{}: {} is {}; a number is expected", path.string(), key, escape(at->dump(), 40));
    return std::optional(at->get<double>());
  };
  TRY(auto alpha, number("lora_alpha"));
  if (!alpha) return fail("{}: says no lora_alpha", path.string());
  read.alpha = *alpha;
  TRY(auto rank, number("r"));
  auto patterned = config->find("rank_pattern");
  if (rank && (patterned == config->end() || patterned->empty())) {
    if (!(*rank >= 1 && *rank <= kLargestRank)) return fail("{}: r is {}", path.string(), *rank);
    read.rank = static_cast<int64_t>(*rank);
  }
  read.root = config->value("use_rslora", Json(false)) == true;
  read.turned = config->value("fan_in_fan_out", Json(false)) == true;
  if (auto base = config->find("base_model_name_or_path"); base != config->end() && base->is_string())
    read.base = base->get<std::string>();
  if (auto alphas = config->find("alpha_pattern"); alphas != config->end() && alphas->is_object()) {
    for (const auto& [name, value] : alphas->items()) {
      if (!value.is_number() || name.find_first_of("*+?[](){}|^$\\") != std::string::npos)
        return fail("{}: alpha_pattern {} is no end of a name with a number", path.string(), quote(name));
      read.alphas.emplace_back(name, value.get<double>());
    }
  }
  return read;
}

struct Pair {
  const StoredTensor *a = nullptr, *b = nullptr;
  bool embedding = false, taken = false;
};

// The suffixes of the two halves; "default" is how adapters are called that have no name.
constexpr struct {
  std::string_view suffix;
  bool is_a, embedding;
} kHalves[] = {{".lora_A.weight", true, false},           {".lora_B.weight", false, false},
               {".lora_A.default.weight", true, false},   {".lora_B.default.weight", false, false},
               {".lora_embedding_A", true, true},         {".lora_embedding_B", false, true},
               {".lora_embedding_A.default", true, true}, {".lora_embedding_B.default", false, true}};

// A copy of what is changed, which PEFT puts beside changes of embeddings. Training does not touch it: what was made
// larger before shows in the shapes.
constexpr std::string_view kCopySuffix = ".base_layer.weight";

// Of the matrix that is changed, as it is stored.
Dims shape_of(const Pair& pair, bool turned) {
  auto inputs = static_cast<int64_t>(pair.a->shape[1]), outputs = static_cast<int64_t>(pair.b->shape[0]);
  return pair.embedding || turned ? Dims{inputs, outputs} : Dims{outputs, inputs};
}

// As the architecture's rows call the module.
std::string module_name(std::string_view name, const arch::Architecture& architecture) {
  for (std::string_view prefix : {"base_model.model.", "base_model."}) {
    if (name.starts_with(prefix)) {
      name.remove_prefix(prefix.size());
      break;
    }
  }
  return row_name(name, true, architecture);
}

// "model.layers.3.mlp" and "model.layers.4.mlp" alike.
std::string without_numbers(std::string_view name) {
  std::string result;
  for (char c : name) {
    bool digit = c >= '0' && c <= '9';
    if (!digit)
      result += c;
    else if (result.empty() || result.back() != '#')
      result += '#';
  }
  return result;
}

// The base's tensors, as far as the adapter tells: those that it changes, and others of their kind in other layers.
class PeftFacts : public arch::CheckpointFacts {
 public:
  PeftFacts(std::map<std::string, Pair>& pairs, bool turned) : pairs_(pairs), turned_(turned) {
    for (const auto& [name, pair] : pairs) kinds_.try_emplace(without_numbers(name), shape_of(pair, turned));
  }
  Result<std::optional<arch::Item>> key(std::string_view) override { return std::optional<arch::Item>(); }
  Result<std::optional<Logical>> tensor(std::string_view name) const override {
    if (auto at = pairs_.find(std::string(name)); at != pairs_.end())
      return std::optional(Logical{shape_of(at->second, turned_), {at->first}});
    auto kind = kinds_.find(without_numbers(name));
    if (kind == kinds_.end()) return std::optional<Logical>();
    return std::optional(Logical{kind->second, {}});
  }
  Result<std::optional<Logical>> bias(std::string_view) const override { return std::optional<Logical>(); }
  Result<double> number(std::string_view name) const override {
    return fail("{} is not in an adapter", escape(name));
  }
  std::vector<std::string_view> stored() const override { return {}; }

 private:
  const std::map<std::string, Pair>& pairs_;
  const bool turned_;
  std::map<std::string, Dims> kinds_;
};

Result<std::map<std::string, Pair>> pairs_of(const SafetensorsFile& file, const PeftConfig& config,
                                             const arch::Architecture& architecture) {
  std::map<std::string, Pair> pairs;
  std::vector<const StoredTensor*> copies;
  for (const StoredTensor& tensor : file.tensors()) {
    if (tensor.name.ends_with(kCopySuffix)) {
      copies.push_back(&tensor);
      continue;
    }
    auto half = std::find_if(std::begin(kHalves), std::end(kHalves),
                             [&](const auto& each) { return tensor.name.ends_with(each.suffix); });
    if (half == std::end(kHalves))
      return fail("{} is no half of a low-rank change; only merging into the base model can do what it does",
                  escape(tensor.name));
    if (tensor.shape.size() != 2 || !decodable(tensor.type))
      return fail("{} is {} of type {}; a matrix of floats is expected", escape(tensor.name),
                  shape_text(tensor.shape), info(tensor.type).name);
    auto name = tensor.name.substr(0, tensor.name.size() - half->suffix.size());
    Pair& pair = pairs[module_name(name, architecture)];
    const StoredTensor*& place = half->is_a ? pair.a : pair.b;
    if (place) return fail("{} and {} are for one module", escape(place->name), escape(tensor.name));
    place = &tensor;
    pair.embedding = half->embedding;
  }
  for (const auto& [name, pair] : pairs) {
    if (!pair.a || !pair.b) return fail("{}: only one half of its low-rank change is there", escape(name));
    if (pair.a->shape[0] != pair.b->shape[1])
      return fail("{}: lora_A is {} and lora_B {}; their ranks differ", escape(name),
                  shape_text(pair.a->shape), shape_text(pair.b->shape));
    if (config.rank && static_cast<uint64_t>(*config.rank) != pair.a->shape[0])
      return fail("{}: is of rank {}; {} says r = {}", escape(name), pair.a->shape[0], kAdapterConfig,
                  *config.rank);
  }
  for (const StoredTensor* copy : copies) {
    auto name = copy->name.substr(0, copy->name.size() - kCopySuffix.size());
    auto at = pairs.find(module_name(name, architecture));
    if (at == pairs.end())
      return fail("{} replaces a weight; only merging into the base model can do that", escape(copy->name));
    Dims shape = shape_of(at->second, config.turned);
    if (!std::equal(shape.begin(), shape.end(), copy->shape.begin(), copy->shape.end()))
      return fail("{} is {}, and the low-rank change beside it of a matrix of {}", escape(copy->name),
                  shape_text(copy->shape), arch::join_shape(shape));
  }
  if (pairs.empty()) return fail("has no low-rank changes");
  return pairs;
}

// The pair as the change of a tensor that lies as the base stores it.
Result<LowRank> read_pair(const Pair& pair, double scale, bool turned) {
  TRY(std::vector<float> a, numbers_of(*pair.a));
  TRY(std::vector<float> b, numbers_of(*pair.b));
  for (float& number : b) number = static_cast<float>(number * scale);
  auto dims = [](const StoredTensor& tensor) { return Dims(tensor.shape.begin(), tensor.shape.end()); };
  LowRank change{Array::of_floats(dims(*pair.b), std::move(b)),
                 Array::of_floats(dims(*pair.a), std::move(a))};
  if (!turned) return change;
  for (Array* half : {&change.left, &change.right}) {
    TRY_STATUS(half->apply(RecipeStep{RecipeStep::Kind::transpose}));
    TRY_STATUS(half->settle());
  }
  std::swap(change.left, change.right);
  return change;
}

std::vector<float> numbers_in(const Array& array) {
  std::vector<float> all(static_cast<size_t>(array.elements()));
  array.read(0, array.elements(), all.data());
  return all;
}

}  // namespace

Result<std::string> peft_base_name(const std::filesystem::path& folder) {
  TRY(PeftConfig config, read_peft_config(folder));
  return config.base;
}

Result<Adapter> read_peft_adapter(const std::filesystem::path& folder, const AdapterBase& base) {
  TRY(PeftConfig config, read_peft_config(folder));
  TRY(SafetensorsFile file, SafetensorsFile::open(folder / "adapter_model.safetensors"));
  TRY(auto pairs, pairs_of(file, config, base.architecture));
  PeftFacts facts(pairs, config.turned);
  arch::CheckpointBinding recipes(base.architecture, facts, base.config);
  Adapter adapter{folder.string(), config.alpha, {}};
  FindChange find = [&](std::string_view name) -> Result<std::optional<LowRank>> {
    auto at = pairs.find(std::string(name));
    if (at == pairs.end()) return std::optional<LowRank>();
    Pair& pair = at->second;
    pair.taken = true;
    double scale = config.scale(name, static_cast<int64_t>(pair.a->shape[0]));
    TRY(LowRank change, read_pair(pair, scale, pair.embedding || config.turned));
    return std::optional<LowRank>(std::move(change));
  };
  const auto& wanted = base.binding.wanted();
  for (size_t i = 0; i < wanted.size(); ++i) {
    TRY(auto recipe, recipes.recipe_of(wanted[i]));
    if (!recipe) continue;
    TRY(auto change, change_of(*recipe, find));
    if (!change) continue;
    const WeightInfo& info = base.binding.weights()[i];
    bool of_rows = recipe->kind == Recipe::Kind::stored && pairs.at(recipe->tensor).embedding;
    if (info.shape.size() > 2 && !of_rows) TRY_STATUS(change->spread());
    if (of_rows) {  // the rows themselves are looked up, so that the left side is a table
      std::swap(change->left, change->right);
      TRY_STATUS(change->left.apply(RecipeStep{RecipeStep::Kind::transpose}));
      TRY_STATUS(change->left.settle());
    }
    adapter.tensors.push_back({info.name, static_cast<WeightId>(i), of_rows, change->right.shape(),
                               change->left.shape(), numbers_in(change->right), numbers_in(change->left)});
  }
  for (const auto& [name, pair] : pairs) {
    if (!pair.taken)
      return fail("changes {}, which {} has no matrix for: is it for another base model?", escape(name),
                  base.architecture.name.text);
  }
  return adapter;
}

}  // namespace hearth
