#include "engine/page_record.h"

#include <cstring>

#include "base/hash.h"

namespace hearth {

namespace {

struct PageHeader {
  char magic[8];
  uint32_t version, page_tokens;
  uint32_t all_kinds, kinds;
  uint64_t fingerprint;
};
static_assert(sizeof(PageHeader) == 32);

constexpr char kPageMagic[8] = {'H', 'E', 'A', 'R', 'T', 'H', 'P', 'G'};
constexpr uint32_t kPageVersion = 1;

}  // namespace

uint32_t PageRecord::kinds() const {
  uint32_t kinds = 0;
  for (size_t kind = 0; kind < places.size(); ++kind) {
    if (!places[kind].empty()) kinds |= uint32_t{1} << kind;
  }
  return kinds;
}

uint64_t encoded_bytes(const PageShape& shape, uint32_t kinds) {
  uint64_t bytes = sizeof(PageHeader) + sizeof(uint64_t);
  bytes += static_cast<uint64_t>(shape.page_tokens) * sizeof(TokenId);
  for (size_t kind = 0; kind < shape.place_bytes.size(); ++kind) {
    if (kinds >> kind & 1) bytes += shape.place_bytes[kind];
  }
  return bytes;
}

std::vector<std::byte> encode(const PageShape& shape, const PageRecord& record) {
  std::vector<std::byte> bytes;
  bytes.reserve(encoded_bytes(shape, record.kinds()));
  auto append = [&](const void* from, size_t size) {
    auto* begin = static_cast<const std::byte*>(from);
    bytes.insert(bytes.end(), begin, begin + size);
  };
  PageHeader header{};
  std::memcpy(header.magic, kPageMagic, sizeof(kPageMagic));
  header.version = kPageVersion;
  header.page_tokens = static_cast<uint32_t>(shape.page_tokens);
  header.all_kinds = static_cast<uint32_t>(shape.place_bytes.size());
  header.kinds = record.kinds();
  header.fingerprint = shape.fingerprint;
  append(&header, sizeof(header));
  append(record.tokens.data(), record.tokens.size() * sizeof(TokenId));
  for (const auto& place : record.places) append(place.data(), place.size());
  uint64_t checksum = hash64(bytes);
  append(&checksum, sizeof(checksum));
  return bytes;
}

Result<PageRecord> decode_page(const PageShape& shape, std::span<const std::byte>& bytes) {
  PageHeader header;
  if (bytes.size() < sizeof(header)) return fail("ends in the middle of a page");
  std::memcpy(&header, bytes.data(), sizeof(header));
  if (std::memcmp(header.magic, kPageMagic, sizeof(kPageMagic)) != 0)
    return fail("has no page where one should begin");
  if (header.version != kPageVersion)
    return fail("has a page of version {}; this build reads version {}", header.version, kPageVersion);
  if (header.fingerprint != shape.fingerprint)
    return fail("has a page of another model, or of other types of keys and values");
  const size_t all = shape.place_bytes.size();
  if (header.page_tokens != static_cast<uint32_t>(shape.page_tokens) || header.all_kinds != all ||
      static_cast<uint64_t>(header.kinds) >> all != 0)
    return fail("has a page of another shape");
  uint64_t size = encoded_bytes(shape, header.kinds);
  if (bytes.size() < size) return fail("ends in the middle of a page");
  uint64_t checksum;
  std::memcpy(&checksum, bytes.data() + size - sizeof(checksum), sizeof(checksum));
  if (checksum != hash64(bytes.first(size - sizeof(checksum))))
    return fail("has a page whose checksum is wrong: the file is damaged");
  std::span<const std::byte> rest = bytes.subspan(sizeof(header));
  PageRecord record;
  record.tokens.resize(header.page_tokens);
  std::memcpy(record.tokens.data(), rest.data(), record.tokens.size() * sizeof(TokenId));
  rest = rest.subspan(record.tokens.size() * sizeof(TokenId));
  record.places.resize(all);
  for (size_t kind = 0; kind < all; ++kind) {
    if (!(header.kinds >> kind & 1)) continue;
    auto place = rest.first(shape.place_bytes[kind]);
    record.places[kind].assign(place.begin(), place.end());
    rest = rest.subspan(place.size());
  }
  bytes = bytes.subspan(size);
  return record;
}

}  // namespace hearth
