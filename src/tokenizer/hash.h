// Hashes for keys that strangers choose: they differ from run to run, so that nobody can choose keys that all
// collide. Nothing but speed may depend on them.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace hearth {

// A secret of this process, odd.
uint64_t hash_seed();

// Both halves of the product: every bit of `a` moves about half of the bits of the result.
inline uint64_t hash_mix(uint64_t a, uint64_t b) {
  unsigned __int128 product = static_cast<unsigned __int128>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

// A number for each text of up to seven bytes, different for different texts of one size. Made in registers: bytes
// that are written one by one and then read as a number would have to reach memory first.
inline uint64_t short_text_number(std::string_view text) {
  auto byte = [&](size_t at) { return uint64_t{static_cast<uint8_t>(text[at])}; };
  if (text.size() >= 4) {
    uint32_t first, last;
    std::memcpy(&first, text.data(), 4);
    std::memcpy(&last, text.data() + text.size() - 4, 4);
    return uint64_t{last} << 32 | first;
  }
  return text.empty() ? 0 : byte(0) << 16 | byte(text.size() / 2) << 8 | byte(text.size() - 1);
}

struct TextHash {
  uint64_t seed = hash_seed();

  size_t operator()(std::string_view text) const {
    uint64_t hash = seed ^ text.size();
    for (; text.size() >= 8; text.remove_prefix(8)) {
      uint64_t word;
      std::memcpy(&word, text.data(), 8);
      hash = hash_mix(hash ^ word, seed);
    }
    return hash_mix(hash ^ short_text_number(text), seed);
  }
};

}  // namespace hearth
