#include "base/hash.h"

#include <cstring>

namespace hearth {

namespace {

// Odd, with as many ones as zeros; nothing else is asked of them.
constexpr uint64_t kMix[4] = {0x9E3779B97F4A7C15u, 0xC2B2AE3D27D4EB4Fu, 0xD6E8FEB86659FD93u,
                              0xA0761D6478BD642Fu};

// Both halves of the product, so that every bit of either factor reaches every bit of the result.
uint64_t fold(uint64_t a, uint64_t b) {
  unsigned __int128 product = static_cast<unsigned __int128>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

uint64_t word(const std::byte* at) {
  uint64_t value;
  std::memcpy(&value, at, sizeof(value));
  return value;  // machines that are not little-endian are not supported
}

}  // namespace

uint64_t hash64(std::span<const std::byte> bytes, uint64_t seed) {
  // Four lanes, so that the multiplications do not wait for one another.
  uint64_t lanes[4];
  for (int i = 0; i < 4; ++i) lanes[i] = seed ^ kMix[i];
  const std::byte* at = bytes.data();
  size_t left = bytes.size();
  for (; left >= 64; at += 64, left -= 64) {
    for (int i = 0; i < 4; ++i)
      lanes[i] = fold(word(at + 16 * i) ^ kMix[i], word(at + 16 * i + 8) ^ lanes[i]);
  }
  std::byte rest[64] = {};
  if (left > 0) std::memcpy(rest, at, left);
  for (int i = 0; i < 4; ++i)
    lanes[i] = fold(word(rest + 16 * i) ^ kMix[i], word(rest + 16 * i + 8) ^ lanes[i]);
  uint64_t hash = fold(bytes.size() ^ kMix[0], seed ^ kMix[1]);
  for (uint64_t lane : lanes) hash = fold(hash ^ lane, kMix[3]);
  return fold(hash ^ kMix[2], kMix[0]);
}

}  // namespace hearth
