#include "backends/cpu/memory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hearth::cpu {
namespace {

using testing::HasSubstr;

std::vector<State> states() {
  State kept, slot;
  kept.memory = Memory::keys_values;
  kept.key_heads = 2;
  kept.key_width = 5;
  kept.value_heads = 3;
  kept.value_width = 7;
  slot.memory = Memory::slot;
  slot.slot_floats = 9;
  return {kept, slot};
}

MemoryOptions options() { return {{4}, 3, 2, Type::f32, Type::f16}; }

TEST(Pages, PlacesLieApart) {
  auto memory = *Pages::make(states(), options());
  // The last number of a head's keys, padded to vectors, ends before the next head's begin.
  EXPECT_EQ(memory->key_stride(), 16);
  EXPECT_EQ(memory->keys(0, 0, 1) - memory->keys(0, 0, 0), 5 * 16 * 4);
  EXPECT_GE(memory->values(0, 0, 0), memory->keys(0, 0, 1) + 5 * 16 * 4);
  EXPECT_EQ(memory->values(0, 0, 1) - memory->values(0, 0, 0), 3 * memory->value_bytes(0));
  EXPECT_GE(memory->keys(0, 1, 0), memory->values(0, 0, 2) + 3 * memory->value_bytes(0));
  EXPECT_GE(memory->slot(1, 1), memory->slot(1, 0) + 9);
}

TEST(Pages, LayersShareAPageAndASlot) {
  std::vector<State> two = states(), one = two;
  two.insert(two.end(), one.begin(), one.end());
  two[2].key_width = 11;
  auto memory = *Pages::make(two, options());
  EXPECT_EQ(memory->place_bytes(0), static_cast<uint64_t>(memory->keys(0, 1, 0) - memory->keys(0, 0, 0)));
  EXPECT_GE(memory->keys(2, 0, 0), memory->values(0, 0, 2) + 3 * memory->value_bytes(0));
  EXPECT_GE(memory->keys(0, 1, 0), memory->values(2, 0, 2) + 3 * memory->value_bytes(2));
  EXPECT_GE(memory->slot(3, 0), memory->slot(1, 0) + 9);
  EXPECT_GE(memory->slot(1, 1), memory->slot(3, 0) + 9);
  two[2].table = 1;
  EXPECT_THAT(Pages::make(two, options()).error().message, HasSubstr("no pages are given for table 1"));
}

TEST(Pages, ACopyTakesASlotAlone) {
  auto memory = *Pages::make(states(), options());
  memory->slot(1, 0)[8] = 5;
  memory->copy_slot(0, 1);
  EXPECT_EQ(memory->slot(1, 1)[8], 5);
  memory->clear_slot(0);
  EXPECT_EQ(memory->slot(1, 0)[8], 0);
  EXPECT_EQ(memory->slot(1, 1)[8], 5);
}

TEST(Pages, SizesBeyondReasonAreRefused) {
  std::vector<State> huge = states();
  huge[0].key_width = int64_t{1} << 40;
  huge[0].key_heads = int64_t{1} << 40;
  EXPECT_THAT(Pages::make(huge, options()).error().message, HasSubstr("larger than any machine"));
  MemoryOptions none = options();
  none.page_tokens = 0;
  EXPECT_FALSE(Pages::make(states(), none).ok());
}

TEST(Block, IsZeroedAndAligned) {
  auto block = *Block::make(1 << 20, "a test");
  EXPECT_EQ(reinterpret_cast<uintptr_t>(block.data()) % 4096, 0u);
  for (size_t i = 0; i < block.bytes(); i += 4093) EXPECT_EQ(block.data()[i], std::byte{0});
}

TEST(Arena, GivesPiecesOfTheirOwn) {
  Arena arena;
  EXPECT_EQ(arena.bytes(), 0u);
  EXPECT_EQ(*arena.take(0, "nothing"), nullptr);
  std::vector<std::span<std::byte>> pieces;
  for (size_t bytes : {1, 100, 3 << 20, 64, 70'000, 5 << 20, 1})
    pieces.push_back({*arena.take(bytes, "a test"), bytes});
  for (size_t i = 0; i < pieces.size(); ++i) {
    EXPECT_EQ(reinterpret_cast<uintptr_t>(pieces[i].data()) % 64, 0u);
    for (std::byte& byte : pieces[i]) {
      ASSERT_EQ(byte, std::byte{0}) << "piece " << i << " was written through another one";
      byte = std::byte(i + 1);
    }
  }
  EXPECT_EQ(arena.bytes(), 64u + 128 + (3 << 20) + 64 + 70'016 + (5 << 20) + 64);
  EXPECT_THAT(arena.take(uint64_t{1} << 60, "a test").error().message, HasSubstr("a test"));
}

}  // namespace
}  // namespace hearth::cpu
