// What the formats' plain decoders share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "tensor/half.h"

namespace hearth {

// Blocks lie at any address of a file.
template <class Block>
Block read_block(const std::byte* from) {
  Block block;
  std::memcpy(&block, from, sizeof block);
  return block;
}

}  // namespace hearth
