#include "tokenizer/hash.h"

#include <chrono>

namespace hearth {

uint64_t hash_seed() {
  // Where the system put this process, and when.
  static const uint64_t seed = [] {
    static const char here = 0;
    uint64_t place = static_cast<uint64_t>(reinterpret_cast<uintptr_t>(&here));
    uint64_t time = static_cast<uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
    return hash_mix(place ^ 0x9E3779B97F4A7C15u, time ^ 0xD6E8FEB86659FD93u) | 1;
  }();
  return seed;
}

}  // namespace hearth
