#include "model/shape_model.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <deque>
#include <random>

#include "base/system.h"
#include "base/text.h"
#include "formats/gguf_keys.h"
#include "graph/binding.h"
#include "graph/gguf_config.h"
#include "graph/library.h"
#include "model/gguf_facts.h"
#include "model/quantize/choose.h"
#include "quant/format.h"

namespace hearth {

namespace {

// clang-format off
constexpr ModelShape kShapes[] = {
    // name            arch        layers dim   ffn    heads kv head vocab   context tied   experts     window rope theta yarn
    {"tiny",          "llama",     2,  256,   512,   4,  2,  64, 512,    2048,   true,  0, 0, 0,       0,    64,  1e4f, 0},
    {"llama-1b",      "llama",    16, 2048,  8192,  32,  8,  64, 128256, 131072, true,  0, 0, 0,       0,    64,  5e5f, 0},
    {"llama-3b",      "llama",    28, 3072,  8192,  24,  8, 128, 128256, 131072, true,  0, 0, 0,       0,    128, 5e5f, 0},
    {"llama-8b",      "llama",    32, 4096,  14336, 32,  8, 128, 128256, 131072, false, 0, 0, 0,       0,    128, 5e5f, 0},
    {"qwen3-0.6b",    "qwen3",    28, 1024,  3072,  16,  8, 128, 151936, 40960,  true,  0, 0, 0,       0,    128, 1e6f, 0},
    {"qwen3-4b",      "qwen3",    36, 2560,  9728,  32,  8, 128, 151936, 40960,  true,  0, 0, 0,       0,    128, 1e6f, 0},
    {"qwen3-8b",      "qwen3",    36, 4096,  12288, 32,  8, 128, 151936, 40960,  false, 0, 0, 0,       0,    128, 1e6f, 0},
    {"qwen3-30b-a3b", "qwen3moe", 48, 2048,  6144,  32,  4, 128, 151936, 40960,  false, 128, 8, 768,   0,    128, 1e6f, 0},
    {"gemma3-4b",     "gemma3",   34, 2560,  10240,  8,  4, 256, 262144, 131072, true,  0, 0, 0,       1024, 256, 1e6f, 0},
    {"phi4-mini",     "phi3",     32, 3072,  8192,  24,  8, 128, 200064, 131072, true,  0, 0, 0,       0,    96,  1e4f, 0},
    {"gpt-oss-20b",   "gpt-oss",  24, 2880,  2880,  64,  8,  64, 201088, 131072, false, 32, 4, 2880,   128,  64,  15e4f, 32},
};
// clang-format on

constexpr uint32_t kYarnOriginal = 4096;

// Gives every declared weight the shape that is declared, as if a file had it.
class ShapeBinding final : public arch::Binding {
 public:
  ShapeBinding(const arch::Architecture& architecture, arch::Config& config, bool tied)
      : Binding(architecture, config), tied_(tied) {}
  std::vector<std::string> undeclared() const override { return {}; }

 private:
  Result<std::optional<Found>> locate(const Wanted& wanted) override {
    const arch::Row& row = wanted.declaration.row;
    if (row.optional || (tied_ && wanted.tensor == "output.weight")) return std::optional<Found>();
    Found found;
    TRY(found.shape, declared_shape(wanted));
    if (row.bias == arch::Bias::must) {
      found.bias = found.shape;
      if (found.shape.size() > 1) found.bias->pop_back();
    }
    return std::optional<Found>(std::move(found));
  }
  std::string missing(const Wanted& wanted) const override { return wanted.tensor; }
  std::string missing_bias(const Wanted& wanted) const override { return wanted.bias; }

  const bool tied_;
};

// All that the model's file would own.
struct MadeModel {
  std::deque<std::string> texts;
  std::vector<StoredTensor> tensors;
  std::unique_ptr<std::byte[]> data;
};

struct Asked {
  ModelShape shape;
  Preset preset;
};

Result<Asked> parse(std::string_view text) {
  auto names = [](auto&& rows) {
    std::string all;
    for (const auto& row : rows) all += (all.empty() ? "" : ", ") + std::string(row.name);
    return all;
  };
  std::string_view rest = text.substr(kShapePrefix.size());
  size_t colon = rest.rfind(':');
  if (colon == rest.npos) return fail("{}: shape:NAME:TYPE is expected, as in shape:llama-1b:q4_k_m", text);
  std::string_view name = rest.substr(0, colon), type = rest.substr(colon + 1);
  size_t at = name.find('@');
  auto shape = std::ranges::find(kShapes, name.substr(0, at), &ModelShape::name);
  if (shape == std::end(kShapes)) {
    return fail("{}: there is no shape {}; there are {}", text, quote(name.substr(0, at)), names(kShapes));
  }
  auto preset = preset_named(type);
  if (!preset) return fail("{}: there is no type {}; there are {}", text, quote(type), names(presets()));
  Asked asked{*shape, *preset};
  if (at != name.npos) {
    std::string_view count = name.substr(at + 1);
    auto [end, error] = std::from_chars(count.data(), count.data() + count.size(), asked.shape.layers);
    if (error != std::errc() || end != count.data() + count.size() || asked.shape.layers < 1 ||
        asked.shape.layers > shape->layers) {
      return fail("{}: {} has {} layers; it can have fewer", text, shape->name, shape->layers);
    }
  }
  return asked;
}

Result<GgufMetadata> metadata_of(const ModelShape& shape, std::string_view source, MadeModel& made) {
  std::vector<GgufMetadata::Entry> entries = {{"general.architecture", shape.architecture}};
  auto add = [&](std::string_view key, GgufValue value) {
    entries.push_back({made.texts.emplace_back(fmt::format("{}.{}", shape.architecture, key)), value});
  };
  auto add_given = [&](std::string_view key, uint32_t value) {
    if (value > 0) add(key, value);
  };
  add("block_count", shape.layers);
  add("embedding_length", shape.dim);
  add("feed_forward_length", shape.ffn);
  add("attention.head_count", shape.heads);
  add("attention.head_count_kv", shape.kv_heads);
  add("attention.key_length", shape.head_dim);
  add("attention.value_length", shape.head_dim);
  add("attention.layer_norm_rms_epsilon", 1e-6f);
  add("vocab_size", shape.vocabulary);
  add("context_length", shape.context);
  add("rope.freq_base", shape.theta);
  add("rope.dimension_count", shape.rope_dim);
  add_given("expert_count", shape.experts);
  add_given("expert_used_count", shape.experts_used);
  add_given("expert_feed_forward_length", shape.expert_ffn);
  add_given("attention.sliding_window", shape.window);
  if (shape.yarn > 0) {
    add("rope.scaling.type", std::string_view("yarn"));
    add("rope.scaling.factor", shape.yarn);
    add("rope.scaling.original_context_length", kYarnOriginal);
  }
  return GgufMetadata::make(std::string(source), std::move(entries));
}

// Names and shapes of what the architecture declares.
Status declare_tensors(const arch::Architecture& architecture, const ModelShape& shape,
                       const GgufMetadata& metadata, MadeModel& made) {
  const ModelFile empty(nullptr, metadata, {});
  TRY(GgufFacts facts, GgufFacts::make(empty));
  arch::GgufConfig config(architecture, facts);
  ShapeBinding binding(architecture, config, shape.tied);
  TRY_STATUS(config.check());
  TRY_STATUS(binding.check());
  auto add = [&](std::string_view name, const std::vector<int64_t>& declared) {
    StoredTensor tensor{};
    tensor.name = made.texts.emplace_back(name);
    tensor.type = Type::f32;
    tensor.shape = gguf_written_shape(name, {declared.begin(), declared.end()});
    tensor.elements = 1;
    for (uint64_t size : tensor.shape) tensor.elements *= size;
    made.tensors.push_back(std::move(tensor));
  };
  for (const WeightInfo& weight : binding.weights()) {
    add(weight.name, weight.shape);
    if (!weight.bias.empty()) add(weight.bias, weight.bias_shape);
  }
  return {};
}

// Some hundred blocks of random numbers, twice over, and the tensors' data as pieces of these.
class Filler {
 public:
  explicit Filler(Isa isa) : isa_(isa) {}

  void fill(const StoredTensor& tensor, std::byte* to, ThreadPool& threads) {
    const bool norm = tensor.name.find("norm") != std::string_view::npos;
    const std::vector<std::byte>& pattern = pattern_of(tensor.type, norm);
    const uint64_t block = info(tensor.type).bytes, piece = pattern.size() / 4 / block * block;
    const uint64_t bytes = tensor.data.size(), pieces = (bytes + piece - 1) / piece;
    const uint64_t seed = ++tensors_;
    threads.run([&](Worker worker) {
      auto [begin, end] = worker.part(static_cast<int64_t>(pieces));
      for (auto i = static_cast<uint64_t>(begin); i < static_cast<uint64_t>(end); ++i) {
        std::minstd_rand random(static_cast<uint32_t>(seed * 7919 + i + 1));
        random.discard(2);
        uint64_t from = random() % (pattern.size() / 2 / block) * block;
        std::memcpy(to + i * piece, pattern.data() + from, std::min(piece, bytes - i * piece));
      }
    });
  }

 private:
  static constexpr int64_t kElements = 1 << 15;
  struct Pattern {
    Type type;
    bool norm;
    std::vector<std::byte> bytes;
  };

  const std::vector<std::byte>& pattern_of(Type type, bool norm) {
    for (const Pattern& pattern : patterns_) {
      if (pattern.type == type && pattern.norm == norm) return pattern.bytes;
    }
    std::mt19937_64 random(1);
    std::normal_distribution<float> normal(0.0f, 0.02f);
    std::vector<float> numbers(kElements, 1.0f);
    if (!norm) std::ranges::generate(numbers, [&] { return normal(random); });
    std::vector<std::byte> bytes(*row_bytes(type, kElements));
    format_of(type)->encode[isa_](numbers.data(), nullptr, bytes.data(), kElements);
    size_t size = bytes.size();
    bytes.resize(2 * size);
    std::memcpy(bytes.data() + size, bytes.data(), size);
    return patterns_.emplace_back(Pattern{type, norm, std::move(bytes)}).bytes;
  }

  const Isa isa_;
  uint64_t tensors_ = 0;
  std::deque<Pattern> patterns_;
};

Status fill(MadeModel& made, std::string_view text, ThreadPool& threads, Isa isa, const Progress& progress) {
  constexpr uint64_t kAlignment = 64;
  uint64_t total = 0;
  for (StoredTensor& tensor : made.tensors) {
    TRY(TensorSize size, tensor_size(tensor.type, tensor.shape));
    tensor.offset = total;
    total += align_up(size.bytes, kAlignment);
  }
  if (auto available = available_memory(); available && total > *available) {
    return fail(
        "{}: {:.1f} GB of weights do not fit into the {:.1f} GB of memory that are free; {}@LAYERS has fewer",
        text, static_cast<double>(total) / 1e9, static_cast<double>(*available) / 1e9,
        text.substr(0, text.rfind(':')));
  }
  made.data = std::make_unique_for_overwrite<std::byte[]>(total + kAlignment);
  std::byte* begin = made.data.get();
  begin += align_up(reinterpret_cast<uintptr_t>(begin), kAlignment) - reinterpret_cast<uintptr_t>(begin);
  Filler filler(isa);
  for (StoredTensor& tensor : made.tensors) {
    std::byte* to = begin + tensor.offset;
    tensor.data = {to, tensor_size(tensor.type, tensor.shape)->bytes};
    filler.fill(tensor, to, threads);
    if (progress && !progress("random weights", tensor.offset + tensor.data.size(), total))
      return fail("{}: stopped", text);
  }
  return {};
}

}  // namespace

std::span<const ModelShape> model_shapes() { return kShapes; }

Result<std::shared_ptr<const Model>> make_shape_model(std::string_view text, ThreadPool& threads, Isa isa,
                                                      const Progress& progress) {
  TRY(Asked asked, parse(text));
  auto made = std::make_shared<MadeModel>();
  TRY(GgufMetadata metadata, metadata_of(asked.shape, text, *made));
  TRY(arch::Architecture architecture, arch::load(asked.shape.architecture, arch::library_loader()));
  if (Status status = declare_tensors(architecture, asked.shape, metadata, *made); !status.ok())
    return within(text, std::move(status).error());
  TypeWishes wishes;
  wishes.preset = asked.preset;
  TRY(ModelFacts facts, model_facts(metadata, made->tensors));
  std::vector<std::string> unused;
  TRY(auto choices, choose_types(wishes, facts, made->tensors, true, unused));
  for (size_t i = 0; i < choices.size(); ++i) made->tensors[i].type = choices[i].type;
  TRY_STATUS(fill(*made, text, threads, isa, progress));
  ModelFile file(made, std::move(metadata), made->tensors);
  return Model::make(std::move(file), std::string(text), std::move(architecture));
}

}  // namespace hearth
