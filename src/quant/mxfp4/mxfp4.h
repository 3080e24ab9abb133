// mxfp4: 32 floats of 4 bits (1 of sign, 2 of exponent, 1 of mantissa), and a power of two.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace hearth {

// Twice what the 4 bits stand for, which are whole numbers.
inline constexpr float kFp4Doubled[16] = {0, 1, 2, 3, 4, 6, 8, 12, -0.0f, -1, -2, -3, -4, -6, -8, -12};
// The same in rising order, and their codes: 0 stands once, so the largest stands twice.
inline constexpr float kFp4Rising[16] = {-12, -8, -6, -4, -3, -2, -1, 0, 1, 2, 3, 4, 6, 8, 12, 12};
inline constexpr uint8_t kFp4Codes[16] = {15, 14, 13, 12, 11, 10, 9, 0, 1, 2, 3, 4, 5, 6, 7, 7};

// 2^(e - 128): the halves of kFp4Doubled are in it. The first two are below what is normal for a float.
inline float mxfp4_scale(uint8_t e) {
  return std::bit_cast<float>(e < 2 ? uint32_t{0x00200000} << e : uint32_t{e - 1u} << 23);
}

struct Mxfp4Block {
  uint8_t e;      // numbers are multiplied by 2^(e - 127)
  uint8_t q[16];  // numbers 0 to 15 in the low halves, 16 to 31 in the high ones
};
static_assert(sizeof(Mxfp4Block) == 17);

void decode_mxfp4(const std::byte* from, float* to, int64_t count);

}  // namespace hearth
