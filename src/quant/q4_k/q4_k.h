// q4_k: 256 numbers of 4 bits in 8 groups of 32; each group has a scale and a minimum of 6 bits, and these have
// one scale each for the block.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hearth {

struct Q4_KBlock {
  uint16_t d, dmin;    // f16: of the scales, of the minima
  uint8_t scales[12];  // see scales_of_k
  uint8_t q[128];      // bytes 32j to 32j + 31: group 2j in the low halves, group 2j + 1 in the high ones
};
static_assert(sizeof(Q4_KBlock) == 144);

// The 8 scales and 8 minima of q4_k and q5_k. The first four of each are the low 6 bits of bytes 0 to 3 and 4
// to 7; the last four have their low 4 bits in bytes 8 to 11 and their high 2 bits above those of the first.
// Four bytes at a time.
inline void scales_of_k(const uint32_t packed[3], uint32_t scales[2], uint32_t minima[2]) {
  scales[0] = packed[0] & 0x3f3f3f3f;
  minima[0] = packed[1] & 0x3f3f3f3f;
  scales[1] = (packed[2] & 0x0f0f0f0f) | ((packed[0] >> 2) & 0x30303030);
  minima[1] = ((packed[2] >> 4) & 0x0f0f0f0f) | ((packed[1] >> 2) & 0x30303030);
}
// The other way, from whole numbers of 0 to 63.
inline void pack_scales_of_k(const float scales[8], const float minima[8], uint8_t packed[12]) {
  for (int i = 0; i < 4; ++i) {
    int s = static_cast<int>(scales[i]), m = static_cast<int>(minima[i]);
    int s4 = static_cast<int>(scales[i + 4]), m4 = static_cast<int>(minima[i + 4]);
    packed[i] = static_cast<uint8_t>(s | s4 >> 4 << 6);
    packed[i + 4] = static_cast<uint8_t>(m | m4 >> 4 << 6);
    packed[i + 8] = static_cast<uint8_t>((s4 & 15) | (m4 & 15) << 4);
  }
}

void decode_q4_k(const std::byte* from, float* to, int64_t count);

}  // namespace hearth
