// The number formats that tensors are computed with: one row for each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "simd/isa.h"
#include "tensor/type.h"

namespace hearth {

// X(type, the decoder's name): a row here, a folder and two lines in decoders.h are what a format needs.
#define HEARTH_FORMATS(X) \
  X(f32, F32)             \
  X(f16, F16)             \
  X(bf16, Bf16)           \
  X(q8_0, Q8_0)           \
  X(q4_0, Q4_0)           \
  X(q4_k, Q4_K)           \
  X(q6_k, Q6_K)

// `count` elements, a multiple of the type's block; the bytes may lie at any address.
using DecodeRow = void (*)(const std::byte* from, float* to, int64_t count);
using EncodeRow = void (*)(const float* from, std::byte* to, int64_t count);

struct Format {
  Type type;
  DecodeRow decode;        // plain C++, as the format's definition reads
  PerIsa<DecodeRow> fast;  // the same numbers
  EncodeRow encode;        // null: none yet
};

std::span<const Format> formats();
const Format* format_of(Type type);  // null: not a format that is computed with

}  // namespace hearth
