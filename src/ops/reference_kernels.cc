#include "ops/reference_kernels.h"

#include <algorithm>
#include <array>

namespace hearth::reference {

bool Argument::stretches_to(int64_t to_heads, int64_t to_width) const {
  if (kind == ArgumentKind::number || kind == ArgumentKind::absent) return true;
  if (weight && weight->shape.size() > 2) return false;
  return (heads() == to_heads || heads() == 1) && (width() == to_width || width() == 1);
}

float Argument::cell(int64_t t, int64_t h, int64_t i) const {
  h = heads() == 1 ? 0 : h;
  i = width() == 1 ? 0 : i;
  return weight ? weight->numbers[h * width() + i] : value.at(t, h, i);
}

const Batch::Run& Call::run_of(int64_t token) const {
  return *std::partition_point(batch.runs.begin(), batch.runs.end(),
                               [&](const Batch::Run& run) { return run.first + run.count <= token; });
}

std::string Call::shapes() const {
  std::string text;
  for (const Argument& argument : in) {
    if (!argument) continue;
    text += text.empty() ? "" : ", ";
    if (argument.kind == ArgumentKind::number) {
      text += fmt::format("{}", argument.number);
    } else if (argument.weight) {
      text += fmt::format("a weight of [{}]", fmt::join(argument.weight->shape, ", "));
      if (!argument.weight->bias.empty())
        text += fmt::format(" with a bias of {}", argument.weight->bias.size());
    } else {
      text += fmt::format("[{}, {}]", argument.value.heads, argument.value.width);
    }
  }
  text += " to";
  for (const Tensor& result : out) text += fmt::format(" [{}, {}]", result.heads, result.width);
  if (row_of(step.op).memory == Memory::none) return text;
  if (!state) return text + " remembering nothing";
  if (state->memory == Memory::slot) return text + fmt::format(" remembering {} numbers", state->slot_floats);
  return text + fmt::format(" remembering [{}, {}] and [{}, {}]", state->key_heads, state->key_width,
                            state->value_heads, state->value_width);
}

const KernelRow* kernel_of(Op op) {
  static const auto index = [] {
    std::array<const KernelRow*, 256> table{};
    for (auto rows : {elementwise_kernels(), norm_kernels(), matrix_kernels(), head_kernels(), row_kernels(),
                      position_kernels(), attention_kernels(), recurrence_kernels()}) {
      for (const KernelRow& row : rows) table[static_cast<size_t>(row.op)] = &row;
    }
    return table;
  }();
  return index[static_cast<size_t>(op)];
}

}  // namespace hearth::reference
