#include "cli/limits_output.h"

#include <fmt/format.h>

namespace hearth {

nlohmann::ordered_json to_json(const MachineLimits& limits) {
  nlohmann::ordered_json json = {{"read_gb_s", limits.bytes * 1e-9},
                                 {"int8_tops", limits.int8_ops * 1e-12},
                                 {"f32_tflops", limits.f32_ops * 1e-12}};
  if (limits.bf16_ops > 0) json["bf16_tflops"] = limits.bf16_ops * 1e-12;
  return json;
}

std::string reads_as_text(const MachineLimits& limits) {
  return fmt::format("{:.1f} GB/s", limits.bytes * 1e-9);
}

std::string arithmetic_as_text(const MachineLimits& limits) {
  std::string text = fmt::format("{:.2f} TOP/s of int8, {:.2f} TFLOP/s of f32", limits.int8_ops * 1e-12,
                                 limits.f32_ops * 1e-12);
  if (limits.bf16_ops > 0) text += fmt::format(", {:.2f} of bf16", limits.bf16_ops * 1e-12);
  return text;
}

}  // namespace hearth
