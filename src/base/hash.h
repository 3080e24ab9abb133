// A quick hash of 64 bits, the same on every machine, for checksums and keys of caches. Whoever looks for two texts with
// one hash finds them: where that does harm, something else is needed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace hearth {

uint64_t hash64(std::span<const std::byte> bytes, uint64_t seed = 0);
inline uint64_t hash64(std::string_view text, uint64_t seed = 0) {
  return hash64(std::as_bytes(std::span(text)), seed);
}

}  // namespace hearth
