// Which type each tensor of a converted checkpoint is to have.
#pragma once

#include <functional>
#include <string_view>

#include "model/checkpoint/checkpoint.h"

namespace hearth {

using TypeRule = std::function<Type(const Checkpoint::Tensor& tensor)>;

struct NamedRule {
  TypeRule rule;
  uint32_t file_type;  // as "general.file_type" calls it
};

inline constexpr std::string_view kAutoType = "auto";

// `auto` keeps the checkpoint's own precision; else a preset of quantization, which gives tensors the types that it
// gives those of a file. Whatever the type, norms, biases, routers and other small tensors are f32, as readers expect.
Result<NamedRule> type_rule(std::string_view name, const Checkpoint& checkpoint);

}  // namespace hearth
