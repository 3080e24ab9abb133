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

struct TextHash {
  uint64_t seed = hash_seed();

  size_t operator()(std::string_view text) const {
    uint64_t hash = seed ^ text.size();
    for (; text.size() >= 8; text.remove_prefix(8)) {
      uint64_t word;
      std::memcpy(&word, text.data(), 8);
      hash = hash_mix(hash ^ word, seed);
    }
    uint64_t last = 0;
    std::memcpy(&last, text.data(), text.size());
    return hash_mix(hash ^ last, seed);
  }
};

}  // namespace hearth
