#include "model/adapter/adapter.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>

#include "base/text.h"
#include "formats/gguf.h"
#include "graph/gguf_config.h"
#include "graph/source.h"
#include "model/adapter/peft.h"
#include "model/checkpoint/checkpoint.h"
#include "model/checkpoint/produce.h"
#include "model/definition.h"
#include "model/gguf_facts.h"
#include "model/numbers.h"

namespace hearth {

namespace {

constexpr std::string_view kAdapterType = "adapter.type", kAlpha = "adapter.lora.alpha";
constexpr std::string_view kDownSuffix = ".lora_a", kUpSuffix = ".lora_b";

std::string joined(const Dims& shape) { return arch::join_shape(shape); }

// Whether the change is of such a matrix, or of such matrices.
Status check(const AdapterTensor& tensor, const WeightInfo& weight) {
  const Dims &down = tensor.down_shape, &up = tensor.up_shape;
  if (down.size() < 2 || up.size() != down.size()) {
    return fail("{}: halves of {} and {}; two matrices are expected", tensor.weight, joined(down),
                joined(up));
  }
  size_t n = down.size();
  int64_t rank = tensor.of_rows ? down[n - 1] : down[n - 2];
  if (rank != up[n - 1])
    return fail("{}: lora_a is {} and lora_b {}; their ranks differ", tensor.weight, joined(down),
                joined(up));
  Dims whole(down.begin(), down.end() - 2);
  whole.push_back(tensor.of_rows ? down[0] : up[n - 2]);
  whole.push_back(tensor.of_rows ? up[0] : down[n - 1]);
  bool leads = std::equal(down.begin(), down.end() - 2, up.begin());
  if (leads && whole == weight.shape) return {};
  return fail("{}: changes a weight of {}, the model's is {}: is the adapter for another base model?",
              tensor.weight, joined(whole), joined(weight.shape));
}

Result<Adapter> read_gguf_adapter(const std::filesystem::path& path, const AdapterBase& base) {
  TRY(GgufFile file, GgufFile::open(path));
  const GgufMetadata& metadata = file.metadata();
  TRY(auto kind, metadata.get_or<std::string_view>("general.type", "model"));
  if (kind != "adapter") return fail("general.type is {}; an adapter is expected", quote(kind));
  TRY(auto type, metadata.get_or<std::string_view>(kAdapterType, "lora"));
  if (type != "lora") return fail("{} is {}; adapters of type lora are known", kAdapterType, quote(type));
  TRY(auto architecture, metadata.get<std::string_view>("general.architecture"));
  if (architecture != base.name)
    return fail("is for models of the architecture {}, this one is {}", quote(architecture),
                quote(base.name));
  if (metadata.find("adapter.alora.invocation_tokens"))
    return fail("waits for a sequence of tokens before it is applied (aLoRA), which this build cannot do");
  Adapter adapter{path.string(), 0, {}};
  TRY(auto alpha, metadata.get_or<double>(kAlpha, 0));
  adapter.alpha = alpha;
  std::map<std::string, std::pair<const StoredTensor*, const StoredTensor*>, std::less<>> pairs;
  for (const StoredTensor& tensor : file.tensors()) {
    bool down = tensor.name.ends_with(kDownSuffix);
    if (!down && !tensor.name.ends_with(kUpSuffix))
      return fail("{} is no half of a low-rank change; only merging into the base model can do what it does",
                  escape(tensor.name));
    auto& pair = pairs[std::string(tensor.name.substr(0, tensor.name.size() - kDownSuffix.size()))];
    (down ? pair.first : pair.second) = &tensor;
  }
  for (const auto& each : pairs) {
    const std::string& name = each.first;
    const auto& pair = each.second;
    if (!pair.first || !pair.second)
      return fail("{}: only one half of its low-rank change is there", escape(name));
    auto known = std::find_if(base.binding.weights().begin(), base.binding.weights().end(),
                              [&](const WeightInfo& weight) { return weight.name == name && weight.of < 0; });
    if (known == base.binding.weights().end())
      return fail("changes {}, which the model does not have: is the adapter for another base model?",
                  escape(name));
    AdapterTensor tensor;
    tensor.weight = name;
    tensor.base = static_cast<WeightId>(known - base.binding.weights().begin());
    tensor.of_rows = name == "token_embd.weight";
    tensor.down_shape.assign(pair.first->shape.begin(), pair.first->shape.end());
    tensor.up_shape.assign(pair.second->shape.begin(), pair.second->shape.end());
    TRY(tensor.down, decoded_numbers(*pair.first));
    TRY(tensor.up, decoded_numbers(*pair.second));
    if (alpha != 0 && !tensor.up_shape.empty()) {
      auto scale = static_cast<float>(alpha / static_cast<double>(tensor.rank()));
      for (float& number : tensor.up) number *= scale;
    }
    adapter.tensors.push_back(std::move(tensor));
  }
  if (adapter.tensors.empty()) return fail("has no low-rank changes");
  return adapter;
}

std::vector<uint64_t> sizes(const Dims& shape) { return {shape.begin(), shape.end()}; }

Status write_half(GgufWriter& writer, const std::string& name, const Dims& shape, std::vector<float> numbers,
                  Type type, ThreadPool& threads) {
  RowEncoder::Sink sink = [&](std::span<const std::byte> bytes) { return writer.write(name, bytes); };
  RowEncoder encoder(type, shape.back(), threads, sink);
  TRY_STATUS(encoder.add(Array::of_floats(shape, std::move(numbers))));
  return encoder.finish();
}

}  // namespace

bool is_adapter(const std::filesystem::path& path) {
  std::error_code failed;
  return std::filesystem::exists(path / kAdapterConfig, failed);
}

Result<Adapter> read_adapter(const std::filesystem::path& path, const AdapterBase& base) {
  auto adapter = [&]() -> Result<Adapter> {
    if (is_adapter(path)) return read_peft_adapter(path, base);
    if (path.extension() == ".safetensors") return read_peft_adapter(path.parent_path(), base);
    std::error_code failed;
    if (std::filesystem::is_directory(path, failed)) return fail("has no {}", kAdapterConfig);
    return read_gguf_adapter(path, base);
  }();
  if (!adapter.ok()) return within(path.string(), arch::first_line(std::move(adapter).error()));
  for (const AdapterTensor& tensor : adapter->tensors) {
    Status fits = check(tensor, base.binding.weights()[static_cast<size_t>(tensor.base)]);
    if (!fits.ok()) return within(path.string(), std::move(fits).error());
  }
  return adapter;
}

Status write_adapter(const Adapter& adapter, std::string_view architecture, Type type,
                     const std::filesystem::path& output) {
  GgufContents contents;
  auto text = [](std::string_view value) { return GgufValue(value); };
  TRY_STATUS(contents.set("general.architecture", text(architecture)));
  TRY_STATUS(contents.set("general.type", text("adapter")));
  TRY_STATUS(contents.set(kAdapterType, text("lora")));
  // Readers multiply with alpha over the rank; the tensors have their scales already, so they are divided by it.
  double alpha = adapter.alpha != 0 ? adapter.alpha : 1;
  TRY_STATUS(contents.set(kAlpha, GgufValue(static_cast<float>(alpha))));
  std::string name = std::filesystem::path(adapter.name).lexically_normal().filename().string();
  if (!name.empty()) TRY_STATUS(contents.set("general.name", text(name)));
  for (const AdapterTensor& tensor : adapter.tensors) {
    TRY_STATUS(contents.add_tensor(tensor.weight + std::string(kDownSuffix), type, sizes(tensor.down_shape)));
    TRY_STATUS(contents.add_tensor(tensor.weight + std::string(kUpSuffix), type, sizes(tensor.up_shape)));
  }
  TRY(GgufWriter writer, GgufWriter::create(output, contents));
  ThreadPool threads(1);
  for (const AdapterTensor& tensor : adapter.tensors) {
    std::vector<float> up = tensor.up;
    for (float& number : up) number = static_cast<float>(number * static_cast<double>(tensor.rank()) / alpha);
    TRY_STATUS(write_half(writer, tensor.weight + std::string(kDownSuffix), tensor.down_shape, tensor.down,
                          type, threads));
    TRY_STATUS(write_half(writer, tensor.weight + std::string(kUpSuffix), tensor.up_shape, std::move(up),
                          type, threads));
  }
  return writer.commit();
}

namespace {

Status convert_for(const std::filesystem::path& folder, const ModelFile& file,
                   const arch::Architecture& architecture, const std::filesystem::path& output, Type type) {
  TRY(GgufFacts facts, GgufFacts::make(file));
  arch::GgufConfig config(architecture, facts);
  arch::GgufBinding binding(architecture, facts, config);
  TRY_STATUS(config.check());
  TRY_STATUS(binding.check());
  TRY(Adapter adapter, read_adapter(folder, {architecture, config, binding, facts.architecture()}));
  return write_adapter(adapter, facts.architecture(), type, output);
}

}  // namespace

Status convert_adapter(const std::filesystem::path& folder, const std::filesystem::path& base,
                       const std::filesystem::path& output, std::string_view type_name) {
  auto type = type_name == "auto" ? std::optional(Type::f32) : type_named(type_name);
  if (type != Type::f32 && type != Type::f16 && type != Type::bf16)
    return fail("--type {}: adapters are f32, f16 or bf16", type_name);
  if (!is_checkpoint(base)) {
    TRY(GgufFile file, GgufFile::open(base));
    TRY(auto architecture, find_architecture(file.metadata(), std::nullopt));
    return convert_for(folder, ModelFile(std::move(file)), architecture, output, *type);
  }
  TRY(auto opened, checkpoint_outline(base, std::nullopt));
  return convert_for(folder, opened.file, opened.architecture, output, *type);
}

}  // namespace hearth
