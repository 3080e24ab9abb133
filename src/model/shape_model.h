// Models of well-known sizes with random weights: for measuring how fast something is, the numbers do not matter,
// and nothing has to be downloaded.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/progress.h"
#include "base/threads.h"
#include "model/model.h"
#include "simd/isa.h"

namespace hearth {

struct ModelShape {
  std::string_view name, architecture;
  uint32_t layers, dim, ffn, heads, kv_heads, head_dim, vocabulary, context;
  bool tied;  // the logits are computed with the token embedding
  uint32_t experts, experts_used, expert_ffn;
  uint32_t window;  // of attention; 0: none
  uint32_t rope_dim;
  float theta, yarn;  // yarn: a factor of rope's stretching; 0: none
};
std::span<const ModelShape> model_shapes();

inline constexpr std::string_view kShapePrefix = "shape:";

// What "shape:NAME[@LAYERS]:TYPE" says, in memory: TYPE is one of the presets of hearth quantize, and each tensor
// has the type that a file quantized with it would have. Fewer layers make a large model fit.
Result<std::shared_ptr<const Model>> make_shape_model(std::string_view text, ThreadPool& threads, Isa isa,
                                                      const Progress& progress);

}  // namespace hearth
