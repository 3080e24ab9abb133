// Arithmetic on sizes that a stranger wrote: nothing when the true result does not fit.
#pragma once

#include <cstdint>
#include <optional>

namespace hearth {

template <class T>
std::optional<T> checked_add(T a, T b) {
  T sum;
  if (__builtin_add_overflow(a, b, &sum)) return std::nullopt;
  return sum;
}

template <class T>
std::optional<T> checked_mul(T a, T b) {
  T product;
  if (__builtin_mul_overflow(a, b, &product)) return std::nullopt;
  return product;
}

// `alignment` is a power of two. Checked before rounding: a sum that wraps to zero would pass every later
// test.
inline std::optional<uint64_t> checked_align(uint64_t value, uint64_t alignment) {
  auto raised = checked_add<uint64_t>(value, alignment - 1);
  if (!raised) return std::nullopt;
  return *raised & ~(alignment - 1);
}

constexpr uint64_t align_up(uint64_t value, uint64_t alignment) {
  return (value + alignment - 1) & ~(alignment - 1);
}

}  // namespace hearth
