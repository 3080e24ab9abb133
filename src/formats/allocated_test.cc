#include "formats/allocated.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <vector>

namespace {
std::atomic<uint64_t> allocated{0};
}  // namespace

void* operator new(size_t size) {
  allocated += size;
  if (void* memory = std::malloc(size ? size : 1)) return memory;
  throw std::bad_alloc();
}
void* operator new(size_t size, const std::nothrow_t&) noexcept {
  allocated += size;
  return std::malloc(size ? size : 1);
}
// Not inlined: GCC would see free() meet new, and not that this new is malloc().
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, size_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }

namespace hearth {

uint64_t allocated_so_far() { return allocated; }

TEST(Allocated, CountsWhatNewHandsOut) {
  uint64_t before = allocated_so_far();
  std::vector<char> memory(100'000);
  volatile char* used = memory.data();  // or a compiler may leave the allocation out
  used[0] = 1;
  EXPECT_GE(allocated_so_far() - before, 100'000u);
}

}  // namespace hearth
