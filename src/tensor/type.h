// The types that a tensor's elements may have in a file, one row each: everything that stores or computes
// with tensors takes names, ids and sizes from here.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/checked.h"

namespace hearth {

// X(enumerator, name, GGUF id, elements per block, bytes per block)
// An id of -1: the type occurs in safetensors only.
#define HEARTH_TENSOR_TYPES(X)       \
  X(f32, "f32", 0, 1, 4)             \
  X(f16, "f16", 1, 1, 2)             \
  X(q4_0, "q4_0", 2, 32, 18)         \
  X(q4_1, "q4_1", 3, 32, 20)         \
  X(q5_0, "q5_0", 6, 32, 22)         \
  X(q5_1, "q5_1", 7, 32, 24)         \
  X(q8_0, "q8_0", 8, 32, 34)         \
  X(q8_1, "q8_1", 9, 32, 36)         \
  X(q2_k, "q2_k", 10, 256, 84)       \
  X(q3_k, "q3_k", 11, 256, 110)      \
  X(q4_k, "q4_k", 12, 256, 144)      \
  X(q5_k, "q5_k", 13, 256, 176)      \
  X(q6_k, "q6_k", 14, 256, 210)      \
  X(q8_k, "q8_k", 15, 256, 292)      \
  X(iq2_xxs, "iq2_xxs", 16, 256, 66) \
  X(iq2_xs, "iq2_xs", 17, 256, 74)   \
  X(iq3_xxs, "iq3_xxs", 18, 256, 98) \
  X(iq1_s, "iq1_s", 19, 256, 50)     \
  X(iq4_nl, "iq4_nl", 20, 32, 18)    \
  X(iq3_s, "iq3_s", 21, 256, 110)    \
  X(iq2_s, "iq2_s", 22, 256, 82)     \
  X(iq4_xs, "iq4_xs", 23, 256, 136)  \
  X(i8, "i8", 24, 1, 1)              \
  X(i16, "i16", 25, 1, 2)            \
  X(i32, "i32", 26, 1, 4)            \
  X(i64, "i64", 27, 1, 8)            \
  X(f64, "f64", 28, 1, 8)            \
  X(iq1_m, "iq1_m", 29, 256, 56)     \
  X(bf16, "bf16", 30, 1, 2)          \
  X(tq1_0, "tq1_0", 34, 256, 54)     \
  X(tq2_0, "tq2_0", 35, 256, 66)     \
  X(mxfp4, "mxfp4", 39, 32, 17)      \
  X(nvfp4, "nvfp4", 40, 64, 36)      \
  X(q1_0, "q1_0", 41, 128, 18)       \
  X(q2_0, "q2_0", 42, 64, 18)        \
  X(u8, "u8", -1, 1, 1)              \
  X(u16, "u16", -1, 1, 2)            \
  X(u32, "u32", -1, 1, 4)            \
  X(u64, "u64", -1, 1, 8)            \
  X(boolean, "bool", -1, 1, 1)       \
  X(f8_e4m3, "f8_e4m3", -1, 1, 1)    \
  X(f8_e5m2, "f8_e5m2", -1, 1, 1)    \
  X(f8_e8m0, "f8_e8m0", -1, 1, 1)

enum class Type : uint8_t {
#define X(enumerator, name, id, block, bytes) enumerator,
  HEARTH_TENSOR_TYPES(X)
#undef X
};

struct TypeInfo {
  Type type;
  std::string_view name;
  int gguf_id;
  uint32_t block;  // elements
  uint32_t bytes;  // of a block
};

const TypeInfo& info(Type type);
std::optional<Type> type_named(std::string_view name);
std::optional<Type> type_of_gguf(uint32_t id);

// Bytes of a row of `columns` elements; nothing if the type's block does not divide it, or on overflow.
std::optional<uint64_t> row_bytes(Type type, uint64_t columns);

}  // namespace hearth
