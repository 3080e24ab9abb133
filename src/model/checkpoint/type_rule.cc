#include "model/checkpoint/type_rule.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "base/text.h"
#include "quant/format.h"

namespace hearth {

namespace {

// Names of types and what a file of them is called.
constexpr struct {
  Type type;
  uint32_t file_type;
} kWhole[] = {{Type::f32, 0},  {Type::f16, 1},  {Type::q4_0, 2},  {Type::q4_1, 3},  {Type::q8_0, 7},
              {Type::q5_0, 8}, {Type::q5_1, 9}, {Type::bf16, 32}, {Type::mxfp4, 38}};

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

}  // namespace

Result<NamedRule> type_rule(std::string_view name, std::span<const Checkpoint::Tensor> tensors) {
  if (name == kAutoType) {
    std::map<Type, uint64_t> shares;
    for (const auto& tensor : tensors) {
      uint64_t elements = 1;
      for (uint64_t size : tensor.shape) elements *= size;
      shares[tensor.type] += elements;
    }
    auto most = std::max_element(shares.begin(), shares.end(),
                                 [](const auto& a, const auto& b) { return a.second < b.second; });
    uint32_t file_type = 0;
    for (const auto& row : kWhole) {
      if (most != shares.end() && row.type == most->first) file_type = row.file_type;
    }
    return NamedRule{
        [](const Checkpoint::Tensor& tensor) { return always_float(tensor) ? Type::f32 : tensor.type; },
        file_type};
  }
  std::vector<std::string_view> known = {kAutoType};
  for (const auto& row : kWhole) {
    const Format* format = format_of(row.type);
    if (!format || !format->encode) continue;
    known.push_back(info(row.type).name);
    if (info(row.type).name != name) continue;
    return NamedRule{[type = row.type](const Checkpoint::Tensor& tensor) {
                       if (always_float(tensor)) return Type::f32;
                       return row_bytes(type, tensor.shape.back()) ? type : Type::f16;
                     },
                     row.file_type};
  }
  return fail("{} is no type that a checkpoint can be converted to; {} are", quote(name),
              fmt::join(known, ", "));
}

}  // namespace hearth
