// What sequences leave behind: keys and values in pages, recurrent states in slots.
#pragma once

#include <memory>
#include <vector>

#include "ops/backend.h"

namespace hearth::cpu {

// How keys and values can be kept.
inline constexpr Type kKeptTypes[] = {Type::f32, Type::f16, Type::bf16, Type::q8_0, Type::q4_0};

// Zeroed memory from the system, which lends it only as it is touched. Aligned to pages.
class Block {
 public:
  static Result<Block> make(uint64_t bytes, std::string_view purpose);
  Block() = default;
  Block(Block&& other) noexcept;
  Block& operator=(Block&& other) noexcept;
  ~Block();

  std::byte* data() const { return data_; }
  uint64_t bytes() const { return bytes_; }

 private:
  std::byte* data_ = nullptr;
  uint64_t bytes_ = 0;
};

// Memory for many things of one life, side by side: small ones share huge pages with their neighbours.
class Arena {
 public:
  // Zeroed, aligned to a cache line.
  Result<std::byte*> take(uint64_t bytes, std::string_view purpose);
  uint64_t bytes() const { return taken_; }

 private:
  std::vector<Block> chunks_;
  uint64_t left_ = 0;  // of the last one
  uint64_t taken_ = 0;
};

// A page has the keys and values of all layers that share its table, a slot all recurrent states, so that the system
// lends memory bit by bit as sequences grow, not to every layer at once.
//
// Of a layer in a page, the keys of a head are [width][tokens]: a vector holds one number of many keys, so that scores need
// no sums across lanes. The values of a head are [tokens][width]. Tokens and widths are padded to vectors.
//
// Of types whose numbers come in blocks, the keys are [blocks][bytes of a block][tokens], but the scale that a
// block begins with stays together.
//
// Keys that have the values within them are kept once, as values are.
class Pages final : public SequenceMemory {
 public:
  static Result<std::unique_ptr<Pages>> make(std::span<const State> states, const MemoryOptions& options);

  const MemoryOptions& options() const override { return options_; }
  uint64_t bytes() const override;
  void copy_slot(int32_t from, int32_t to) override;
  void clear_slot(int32_t slot) override;
  uint64_t place_bytes(size_t kind) const override;
  void read_place(size_t kind, int32_t place, std::span<std::byte> to) const override;
  void write_place(size_t kind, int32_t place, std::span<const std::byte> from) override;
  std::string layout() const override;

  // Whether it was made for these states.
  bool fits(std::span<const State> states) const;

  int64_t page_tokens() const { return options_.page_tokens; }
  int64_t key_stride() const { return key_stride_; }  // elements from one number of a key to the next
  // From one token to the next.
  int64_t value_bytes(int32_t state) const { return states_[state].value_bytes; }
  int64_t key_head_bytes(int32_t state) const { return states_[state].key_head_bytes; }
  std::byte* keys(int32_t state, int32_t page, int64_t head) const {
    const Place& at = states_[state];
    return at.first + page * at.stride + head * at.key_head_bytes;
  }
  std::byte* values(int32_t state, int32_t page, int64_t head) const {
    const Place& at = states_[state];
    return at.first + page * at.stride + at.values_at + head * at.value_head_bytes;
  }
  float* slot(int32_t state, int32_t slot) const {
    const Place& at = states_[state];
    return reinterpret_cast<float*>(at.first + slot * at.stride);
  }

 private:
  // What a state has of each page of its table, or of each slot.
  struct Place {
    State state;
    std::byte* first = nullptr;
    int64_t stride = 0, begin = 0, bytes = 0;
    int64_t values_at = 0, key_head_bytes = 0, value_head_bytes = 0, value_bytes = 0;
  };
  // Pages of a table, or the slots, which come behind all tables.
  struct Kind {
    Block memory;
    int64_t stride = 0;
  };
  Pages() = default;
  size_t kind_of(const State& state) const;
  Status lay_out(Place& place) const;
  std::span<std::byte> at(size_t kind, int32_t place) const;

  MemoryOptions options_;
  int64_t key_stride_ = 0;
  std::vector<Place> states_;
  std::vector<Kind> kinds_;
};

}  // namespace hearth::cpu
