#include "base/random.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace hearth {

uint64_t random_bits() {
  struct Drawn {
    std::array<uint64_t, 32> numbers;  // 256 bytes, as many as getentropy() gives at once
    size_t left = 0;
  };
  thread_local Drawn drawn;
  if (drawn.left == 0) {
    if (::getentropy(drawn.numbers.data(), sizeof drawn.numbers) != 0)
      throw std::system_error(errno, std::generic_category(), "the system gives no random numbers");
    drawn.left = drawn.numbers.size();
  }
  // What was given is not kept.
  return std::exchange(drawn.numbers[--drawn.left], 0);
}

}  // namespace hearth
