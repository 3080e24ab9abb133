// A page of a conversation outside of the memory that it was computed in: its tokens, and what is remembered of them
// in each kind of place. As bytes it stands in files, which strangers may have written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "tokenizer/vocabulary.h"

namespace hearth {

// What all records of a memory have in common.
struct PageShape {
  int32_t page_tokens = 0;
  std::vector<uint64_t> place_bytes;  // by kind, as the prefix tree has them; at most 32
  uint64_t fingerprint = 0;           // of the model, and of how bytes are laid out: others mean nothing here
};

struct PageRecord {
  std::vector<TokenId> tokens;
  std::vector<std::vector<std::byte>> places;  // by kind; empty: not remembered

  // A bit for each kind that is there.
  uint32_t kinds() const;
};

// A header, tokens, places, and a checksum of all.
std::vector<std::byte> encode(const PageShape& shape, const PageRecord& record);
// How long a record with these kinds is.
uint64_t encoded_bytes(const PageShape& shape, uint32_t kinds);
// Takes the first record of `bytes`; what follows it is left in `bytes`.
Result<PageRecord> decode_page(const PageShape& shape, std::span<const std::byte>& bytes);

}  // namespace hearth
