// nvfp4: 64 floats of 4 bits in 4 groups of 16, each of which has a scale that is a float of 8 bits.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace hearth {

// Half of what a scale stands for, since kFp4Doubled is twice the numbers: 4 bits of exponent, 3 of mantissa.
inline float nvfp4_scale(uint8_t code) {
  // At the place of a float's exponent and mantissa; the product moves the bias, for subnormals too.
  code &= 127;
  return code == 127 ? 0 : std::bit_cast<float>(uint32_t{code} << 20) * 0x1p119f;
}
// The largest that is no more.
inline uint8_t nvfp4_scale_code(float scale) {
  return static_cast<uint8_t>(std::min(std::bit_cast<uint32_t>(scale * 0x1p-119f) >> 20, 126u));
}

struct Nvfp4Block {
  uint8_t d[4];   // see nvfp4_scale
  uint8_t q[32];  // 8 bytes for each group: its first numbers in the low halves, the others in the high ones
};
static_assert(sizeof(Nvfp4Block) == 36);

void decode_nvfp4(const std::byte* from, float* to, int64_t count);

}  // namespace hearth
