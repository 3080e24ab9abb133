#include "cli/limits_output.h"

#include <fmt/format.h>

namespace hearth {

MachineLimits per_second(const Limits& limits) {
  return {.bytes = limits.read_gb_s * 1e9,
          .int8_ops = limits.int8_gop_s * 1e9,
          .f32_ops = limits.f32_gflop_s * 1e9,
          .bf16_ops = limits.bf16_gflop_s * 1e9};
}

nlohmann::ordered_json to_json(const Limits& limits) {
  nlohmann::ordered_json json = {{"read_gb_s", limits.read_gb_s},
                                 {"int8_tops", limits.int8_gop_s * 1e-3},
                                 {"f32_tflops", limits.f32_gflop_s * 1e-3}};
  if (limits.bf16_gflop_s > 0) json["bf16_tflops"] = limits.bf16_gflop_s * 1e-3;
  return json;
}

std::string arithmetic_as_text(const Limits& limits) {
  std::string text = fmt::format("{:.2f} TOP/s of int8, {:.2f} TFLOP/s of f32", limits.int8_gop_s * 1e-3,
                                 limits.f32_gflop_s * 1e-3);
  if (limits.bf16_gflop_s > 0) text += fmt::format(", {:.2f} of bf16", limits.bf16_gflop_s * 1e-3);
  return text;
}

}  // namespace hearth
