// For tests: how much memory a piece of code asks for. The test program's operator new counts.
#pragma once

#include <cstdint>

namespace hearth {

// Bytes that operator new has handed out so far, whether or not they were given back.
uint64_t allocated_so_far();

}  // namespace hearth
