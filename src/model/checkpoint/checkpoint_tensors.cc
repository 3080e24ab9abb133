#include "model/checkpoint/checkpoint_tensors.h"

#include <algorithm>

#include "base/text.h"
#include "model/numbers.h"

namespace hearth {

namespace {

// How a multimodal checkpoint calls its text part, and how that part would be called alone.
constexpr struct {
  std::string_view from, to;
} kTextPart[] = {{"model.language_model.", "model."},
                 {"model.text_model.", "model."},
                 {"language_model.model.", "model."},
                 {"language_model.lm_head", "lm_head"}};

}  // namespace

std::string row_name(std::string_view name, bool text_part, const arch::Architecture& architecture) {
  std::string result(name);
  if (text_part) {
    for (const auto& row : kTextPart) {
      if (!name.starts_with(row.from)) continue;
      result = std::string(row.to) + std::string(name.substr(row.from.size()));
      break;
    }
  }
  for (const arch::Word& part : architecture.header.strip) {
    size_t at = part.text.starts_with('.')      ? result.find(part.text)
                : result.starts_with(part.text) ? 0
                                                : result.npos;
    if (at != result.npos) result.erase(at, part.text.size());
  }
  return result;
}

CheckpointTensors::CheckpointTensors(ConfigJson& config, const SafetensorsFile& files,
                                     const Quantization& quantization, const arch::Architecture& architecture)
    : config_(config), quantization_(quantization) {
  // A base model that was saved alone lacks what stands before the names of all its tensors.
  const arch::Stack* stack = architecture.stack("");
  bool bare = stack && stack->hf_prefix.starts_with("model.layers.") &&
              std::any_of(files.tensors().begin(), files.tensors().end(),
                          [](const auto& tensor) { return tensor.name.starts_with("layers."); });
  auto call = [&](std::string_view name) {
    std::string called = row_name(name, config.has_text_part(), architecture);
    return bare && !called.starts_with("lm_head") ? "model." + called : called;
  };
  for (const StoredTensor& tensor : files.tensors()) {
    auto [at, fresh] = names_.try_emplace(call(tensor.name), Named{&tensor, call(tensor.name)});
    if (!fresh) at->second.twice = true;
  }
  // Some writers store a shared tensor once and note the other name.
  for (const auto& [alias, name] : files.metadata()) {
    const StoredTensor* tensor = files.find_tensor(name);
    if (tensor && !files.find_tensor(alias)) names_.try_emplace(call(alias), Named{tensor, call(name)});
  }
}

Result<std::optional<LogicalTensor>> CheckpointTensors::find_logical(std::string_view name) const {
  std::string twice;
  auto find = [&](std::string_view wanted) -> const StoredTensor* {
    auto at = names_.find(wanted);
    if (at == names_.end()) return nullptr;
    if (at->second.twice) twice = at->first;
    return at->second.tensor;
  };
  auto found = recognise(find, name, quantization_);
  if (!twice.empty())
    return fail("two tensors of the checkpoint are called {} once prefixes are stripped", escape(twice));
  return found;
}

std::optional<LogicalTensor> CheckpointTensors::find_bias(std::string_view name) const {
  for (std::string_view suffix : {".bias", "_bias"}) {
    auto at = names_.find(std::string(name) + std::string(suffix));
    if (at != names_.end() && info(at->second.tensor->type).block == 1 && decodable(at->second.tensor->type))
      return plain_tensor(*at->second.tensor, at->first);
  }
  return std::nullopt;
}

Result<std::optional<arch::CheckpointFacts::Logical>> CheckpointTensors::described(
    std::optional<LogicalTensor> tensor) const {
  if (!tensor) return std::optional<Logical>();
  Logical logical{tensor->shape, {}};
  for (const std::string& name : tensor->names) logical.stored.push_back(names_.find(name)->second.own);
  return std::optional<Logical>(std::move(logical));
}

Result<std::optional<arch::CheckpointFacts::Logical>> CheckpointTensors::tensor(std::string_view name) const {
  TRY(auto found, find_logical(name));
  return described(std::move(found));
}

Result<std::optional<arch::CheckpointFacts::Logical>> CheckpointTensors::bias(std::string_view name) const {
  return described(find_bias(name));
}

Result<LogicalTensor> CheckpointTensors::logical(std::string_view name, bool bias) const {
  auto found = bias ? Result<std::optional<LogicalTensor>>(find_bias(name)) : find_logical(name);
  if (!found.ok()) return std::move(found).error();
  if (!*found) return fail("{} is not in the checkpoint", escape(name));
  return **std::move(found);
}

Result<double> CheckpointTensors::number(std::string_view name) const {
  TRY(LogicalTensor tensor, logical(name, false));
  for (int64_t size : tensor.shape) {
    if (size < 1) return fail("{} has no numbers", escape(name));
  }
  TRY(Array array, tensor.load(quantization_));
  TRY_STATUS(array.settle());
  float number[32];  // a block
  array.read(0, info(array.type()).block, number);
  return double{number[0]};
}

const StoredTensor* CheckpointTensors::stored_tensor(std::string_view name) const {
  auto at = names_.find(name);
  return at == names_.end() ? nullptr : at->second.tensor;
}

std::vector<std::string_view> CheckpointTensors::stored() const {
  std::vector<std::string_view> all;
  for (const auto& [name, named] : names_) {
    if (named.own == name) all.push_back(name);
  }
  return all;
}

}  // namespace hearth
