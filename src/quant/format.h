// The number formats that tensors are computed with: one row for each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "simd/isa.h"
#include "tensor/type.h"

namespace hearth {

// X(type, the decoder's name): a row here, a folder and two lines in decoders.h are what a format needs. The
// folder has decode_<type>, and for each instruction set encode_<type> and the decoder (decoders.h, encoders.h).
#define HEARTH_FORMATS(X) \
  X(f32, F32)             \
  X(f16, F16)             \
  X(bf16, Bf16)           \
  X(q8_0, Q8_0)           \
  X(q4_0, Q4_0)           \
  X(q4_1, Q4_1)           \
  X(q5_0, Q5_0)           \
  X(q5_1, Q5_1)           \
  X(q2_k, Q2_K)           \
  X(q3_k, Q3_K)           \
  X(q4_k, Q4_K)           \
  X(q5_k, Q5_K)           \
  X(q6_k, Q6_K)           \
  X(iq1_s, Iq1_s)         \
  X(iq1_m, Iq1_m)         \
  X(iq2_xxs, Iq2_xxs)     \
  X(iq2_xs, Iq2_xs)       \
  X(iq2_s, Iq2_s)         \
  X(iq3_xxs, Iq3_xxs)     \
  X(iq3_s, Iq3_s)         \
  X(iq4_nl, Iq4_nl)       \
  X(iq4_xs, Iq4_xs)       \
  X(mxfp4, Mxfp4)         \
  X(nvfp4, Nvfp4)         \
  X(q1_0, Q1_0)           \
  X(q2_0, Q2_0)           \
  X(tq1_0, Tq1_0)         \
  X(tq2_0, Tq2_0)

// A row of `count` elements, a multiple of the type's block; the bytes may lie at any address.
using DecodeRow = void (*)(const std::byte* from, float* to, int64_t count);
// `importance` says for each element how much the square of its error counts, 0 or more; null: all alike. Every
// instruction set gives the same bytes. Numbers that are not finite give some block, not a certain one.
using EncodeRow = void (*)(const float* from, const float* importance, std::byte* to, int64_t count);

struct Format {
  Type type;
  DecodeRow decode;        // plain C++, as the format's definition reads
  PerIsa<DecodeRow> fast;  // the same numbers
  PerIsa<EncodeRow> encode;
};

std::span<const Format> formats();
const Format* format_of(Type type);  // null: not a format that is computed with

}  // namespace hearth
