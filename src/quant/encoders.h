// The formats' encoders, for each instruction set: hearth::scalar::encode_q4_k, hearth::avx2::encode_q4_k, ...
// A format's own file has its body compiled for each set (simd/each_isa.inl).
#pragma once

#include "quant/format.h"

namespace hearth {

using EncodeRowFunction = void(const float* from, const float* importance, std::byte* to, int64_t count);

#define HEARTH_ENCODER(isa, type)  \
  namespace isa {                  \
  EncodeRowFunction encode_##type; \
  }
#define X(type, name) HEARTH_ISAS(HEARTH_ENCODER, type)
HEARTH_FORMATS(X)
#undef X
#undef HEARTH_ENCODER

}  // namespace hearth
