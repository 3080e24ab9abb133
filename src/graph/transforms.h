// What a stored tensor may go through on its way to a weight (besides slices and arithmetic), one row each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace hearth::arch {

constexpr size_t kAnyNumber = SIZE_MAX;

// Enumerator (its name in the text), fewest and most arguments.
#define HEARTH_ARCH_TRANSFORMS(X) \
  X(split, 1, kAnyNumber)         \
  X(swap, 2, 2)                   \
  X(reshape, 0, 0)                \
  X(interleave, 1, 1)             \
  X(regroup, 2, kAnyNumber)       \
  X(deal, 4, 4)                   \
  X(transpose, 0, 0)              \
  X(exp, 0, 0)                    \
  X(negate, 0, 0)

enum class TransformName : uint8_t {
#define X(name, fewest, most) name,
  HEARTH_ARCH_TRANSFORMS(X)
#undef X
};

struct TransformRow {
  TransformName transform;
  std::string_view name;
  size_t fewest, most;
};

constexpr TransformRow kTransforms[] = {
#define X(name, fewest, most) {TransformName::name, #name, fewest, most},
    HEARTH_ARCH_TRANSFORMS(X)
#undef X
};

constexpr const TransformRow* transform_named(std::string_view name) {
  for (const TransformRow& row : kTransforms)
    if (row.name == name) return &row;
  return nullptr;
}

}  // namespace hearth::arch
