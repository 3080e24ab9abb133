// Sessions and pages from anywhere. Checksums are put right, or nothing would get past them; what is accepted is then
// what it says it is.
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "base/hash.h"
#include "engine/session_file.h"

namespace {

constexpr size_t kHeadBytes = 64, kPageHeadBytes = 32, kSumBytes = 8;

uint64_t number_at(const std::vector<std::byte>& bytes, size_t at) {
  uint64_t value;
  std::memcpy(&value, bytes.data() + at, sizeof(value));
  return value;
}

void put_number(std::vector<std::byte>& bytes, size_t at, uint64_t value) {
  std::memcpy(bytes.data() + at, &value, sizeof(value));
}

void repair(std::vector<std::byte>& bytes, const hearth::PageShape& shape) {
  if (bytes.size() < kHeadBytes) return;
  uint64_t tokens = number_at(bytes, 32), text = number_at(bytes, 40);
  uint64_t left = bytes.size() - kHeadBytes;
  if (tokens > left / 4 || text > left - 4 * tokens) return;
  put_number(bytes, 56, 0);
  auto all = std::span<const std::byte>(bytes);
  uint64_t sum = hearth::hash64(all.first(kHeadBytes));
  sum = hearth::hash64(all.subspan(kHeadBytes, 4 * tokens), sum);
  put_number(bytes, 56, hearth::hash64(all.subspan(kHeadBytes + 4 * tokens, text), sum));
  for (size_t at = kHeadBytes + 4 * tokens + text; at + kPageHeadBytes <= bytes.size();) {
    uint32_t kinds;
    std::memcpy(&kinds, bytes.data() + at + 20, sizeof(kinds));
    uint64_t size = hearth::encoded_bytes(shape, kinds);
    if (size > bytes.size() - at) return;
    auto page = std::span<const std::byte>(bytes).subspan(at, size - kSumBytes);
    put_number(bytes, at + size - kSumBytes, hearth::hash64(page));
    at += size;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hearth;
  const PageShape shape{4, {16, 8}, 0};
  std::vector<std::byte> bytes(size);
  if (size > 0) std::memcpy(bytes.data(), data, size);
  repair(bytes, shape);
  auto reader = SessionReader::open(bytes, shape, 100);
  if (!reader.ok()) return 0;
  for (TokenId token : reader->head().tokens) {
    if (token < 0 || token >= 100) std::abort();
  }
  for (uint32_t i = 0; i < reader->head().pages; ++i) {
    auto page = reader->next();
    if (!page.ok()) return 0;
    if (page->tokens.size() != 4 || page->places.size() != 2) std::abort();
    std::vector<std::byte> encoded = encode(shape, *page);
    std::span<const std::byte> again = encoded;
    if (!decode_page(shape, again).ok()) std::abort();
  }
  return 0;
}
