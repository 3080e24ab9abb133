#include "model/checkpoint/type_rule.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "base/text.h"
#include "model/quantize/choose.h"

namespace hearth {

namespace {

// Parts of names of tensors that are small and matter, or that readers only know as floats.
constexpr std::string_view kAlwaysFloats[] = {
    "_norm.",          "ffn_gate_inp.",   "ffn_gate_inp_shexp.", "position_embd.", "token_types.",
    "ssm_conv1d",      "shortconv.conv.", "time_mix_first.",     "time_mix_w1.",   "time_mix_w2.",
    "time_mix_decay_", "time_mix_lerp_",  "altup_correct_coef.", "attn_rel_b.",    "altup_predict_coef.",
    "rope_freqs.",     "rope_factors_"};

bool always_float(const Checkpoint::Tensor& tensor) {
  if (tensor.shape.size() < 2 || !tensor.name.ends_with(".weight")) return true;
  return std::any_of(std::begin(kAlwaysFloats), std::end(kAlwaysFloats),
                     [&](std::string_view part) { return tensor.name.find(part) != std::string::npos; });
}

Result<NamedRule> own_types(const Checkpoint& checkpoint) {
  std::map<Type, uint64_t> shares;
  for (const auto& tensor : checkpoint.tensors()) {
    uint64_t elements = 1;
    for (uint64_t size : tensor.shape) elements *= size;
    shares[tensor.type] += elements;
  }
  auto most = std::max_element(shares.begin(), shares.end(),
                               [](const auto& a, const auto& b) { return a.second < b.second; });
  uint32_t file_type = 0;
  if (most != shares.end()) {
    if (auto preset = preset_named(info(most->first).name)) file_type = info(*preset).file_type;
  }
  return NamedRule{
      [](const Checkpoint::Tensor& tensor) { return always_float(tensor) ? Type::f32 : tensor.type; },
      file_type};
}

}  // namespace

Result<NamedRule> type_rule(std::string_view name, const Checkpoint& checkpoint) {
  if (name == kAutoType) return own_types(checkpoint);
  auto preset = preset_named(name);
  if (!preset) {
    std::vector<std::string_view> known = {kAutoType};
    for (const PresetInfo& row : presets()) known.push_back(row.name);
    return fail("{} is no type that a checkpoint can be converted to; {} are", quote(name),
                fmt::join(known, ", "));
  }
  std::vector<StoredTensor> tensors;
  for (const auto& tensor : checkpoint.tensors()) {
    TRY(TensorSize size, tensor_size(Type::f32, tensor.shape));
    tensors.push_back({tensor.name, tensor.type, tensor.shape, size.elements, 0, 0, {}});
  }
  TRY(ModelFacts facts, model_facts(checkpoint.metadata(), tensors));
  TypeWishes wishes;
  wishes.preset = preset;
  std::vector<std::string> unused;
  TRY(auto choices, choose_types(wishes, facts, tensors, false, unused));
  std::map<std::string, Type, std::less<>> types;
  for (size_t i = 0; i < tensors.size(); ++i) types.emplace(tensors[i].name, choices[i].type);
  return NamedRule{[types = std::move(types)](const Checkpoint::Tensor& tensor) {
                     return always_float(tensor) ? Type::f32 : types.at(tensor.name);
                   },
                   info(*preset).file_type};
}

}  // namespace hearth
