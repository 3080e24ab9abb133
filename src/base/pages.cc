#include "base/pages.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <iterator>
#include <map>
#include <mutex>

#include "base/checked.h"

namespace hearth {

namespace {

// Where files are mapped: where each ends, by where it begins.
struct FilePages {
  std::mutex turn;
  std::map<const std::byte*, const std::byte*> ends;
};
FilePages& file_pages() {
  static FilePages pages;
  return pages;
}

}  // namespace

void note_file_pages(std::span<const std::byte> bytes) {
  std::lock_guard turn(file_pages().turn);
  if (!bytes.empty()) file_pages().ends[bytes.data()] = bytes.data() + bytes.size();
}

void forget_file_pages(std::span<const std::byte> bytes) {
  std::lock_guard turn(file_pages().turn);
  file_pages().ends.erase(bytes.data());
}

void drop_file_pages(std::span<const std::byte> bytes) {
  const auto page = static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  const auto first = reinterpret_cast<uint64_t>(bytes.data());
  const uint64_t begin = align_up(first, page), end = (first + bytes.size()) & ~(page - 1);
  if (begin >= end) return;
  std::lock_guard turn(file_pages().turn);
  auto file = file_pages().ends.upper_bound(bytes.data());
  if (file == file_pages().ends.begin() || bytes.data() + bytes.size() > std::prev(file)->second) return;
  ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
}

}  // namespace hearth
