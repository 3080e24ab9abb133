#include "formats/gguf_keys.h"

#include <iterator>

namespace hearth {

namespace {

constexpr std::string_view kFloatEndings[] = {
    "epsilon",   "freq_base",           "freq_base_swa", "factor",         "scale",      "softcapping",
    "beta_fast", "beta_slow",           "alpha_n",       "alpha_p",        "xielu.beta", "xielu.eps",
    "theta",     "yarn_log_multiplier", "clamp_kqv",     "max_alibi_bias", "image_mean", "image_std"};

constexpr std::string_view kWholeEndings[] = {"projector.scale_factor", "stack_factor"};

using Shape = std::vector<uint64_t>;

// X(part of the tensor's name, dimensions declared, what they become)
struct Row {
  std::string_view name;
  size_t dimensions;
  Shape (*shape)(const Shape& declared);
};

constexpr Row kWritten[] = {
    {"time_mix_ln.", 2, [](const Shape& n) { return Shape{n[0] * n[1]}; }},
    {"time_mix_r_k.", 2, [](const Shape& n) { return Shape{n[0] * n[1]}; }},
    {"time_mix_lerp_fused.", 2,
     [](const Shape& n) {
       return Shape{n[0], 1, 1, n[1]};
     }},
    {"ssm_conv1d_q.", 2,
     [](const Shape& n) {
       return Shape{n[0], 1, n[1]};
     }},
    {"ssm_conv1d_k.", 2,
     [](const Shape& n) {
       return Shape{n[0], 1, n[1]};
     }},
    {"ssm_conv1d_v.", 2,
     [](const Shape& n) {
       return Shape{n[0], 1, n[1]};
     }},
};

}  // namespace

bool gguf_is_float(std::string_view key) {
  for (std::string_view ending : kWholeEndings) {
    if (key.ends_with(ending)) return false;
  }
  for (std::string_view ending : kFloatEndings) {
    if (key.ends_with(ending)) return true;
  }
  return false;
}

std::optional<uint32_t> gguf_number(std::string_view key, std::string_view word) {
  static constexpr std::string_view kPooling[] = {"none", "mean", "cls", "last", "rank"};
  if (!key.ends_with("pooling_type")) return std::nullopt;
  for (uint32_t number = 0; number < std::size(kPooling); ++number) {
    if (word == kPooling[number]) return number;
  }
  return std::nullopt;
}

std::vector<uint64_t> gguf_written_shape(std::string_view tensor, std::vector<uint64_t> declared) {
  for (const Row& row : kWritten) {
    if (tensor.find(row.name) != std::string_view::npos && declared.size() == row.dimensions)
      return row.shape(declared);
  }
  return declared;
}

}  // namespace hearth
