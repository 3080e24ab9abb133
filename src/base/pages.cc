#include "base/pages.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>

#include "base/checked.h"

namespace hearth {

void drop_file_pages(std::span<const std::byte> bytes) {
  const auto page = static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  const auto first = reinterpret_cast<uint64_t>(bytes.data());
  const uint64_t begin = align_up(first, page), end = (first + bytes.size()) & ~(page - 1);
  if (begin < end) ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
}

}  // namespace hearth
