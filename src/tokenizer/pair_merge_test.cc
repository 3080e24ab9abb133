#include "tokenizer/pair_merge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "tokenizer/trie.h"

namespace hearth {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<SymbolId> merged(const PairTable& table, const std::vector<SymbolId>& symbols) {
  PairMerge merge;
  for (SymbolId id : symbols) merge.add(id, 1);
  merge.merge(table);
  std::vector<SymbolId> result;
  uint32_t begin = 0;
  merge.for_each([&](const PairMerge::Symbol& symbol) {
    EXPECT_EQ(symbol.begin, begin);
    begin += symbol.size;
    result.push_back(symbol.id);
  });
  EXPECT_EQ(begin, symbols.size());
  return result;
}

TEST(PairMerge, TheMostUrgentPairFirst) {
  PairTable table;
  table.insert(1, 2, {1, 12});
  table.insert(2, 3, {0, 23});
  table.insert(1, 23, {2, 123});
  EXPECT_THAT(merged(table, {1, 2, 3}), ElementsAre(123));
  EXPECT_THAT(merged(table, {1, 2, 1}), ElementsAre(12, 1));
}

TEST(PairMerge, OfEqualsTheLeftmost) {
  PairTable table;
  table.insert(1, 1, {0, 11});
  EXPECT_THAT(merged(table, {1, 1, 1}), ElementsAre(11, 1));
  table.insert(11, 11, {0, 1111});
  EXPECT_THAT(merged(table, {1, 1, 1, 1, 1}), ElementsAre(1111, 1));
}

TEST(PairMerge, OfTwoRowsForOnePairTheFirst) {
  PairTable table;
  table.insert(1, 2, {5, 12});
  table.insert(1, 2, {0, 99});
  EXPECT_THAT(merged(table, {1, 2}), ElementsAre(12));
}

TEST(PairMerge, WhatIsNoSymbolStaysApart) {
  PairTable table;
  table.insert(1, 2, {0, 12});
  EXPECT_THAT(merged(table, {}), IsEmpty());
  EXPECT_THAT(merged(table, {kNoSymbol}), ElementsAre(kNoSymbol));
  EXPECT_THAT(merged(table, {1, kNoSymbol, kNoSymbol, 1, 2}), ElementsAre(1, kNoSymbol, kNoSymbol, 12));
}

// The definition: look through all pairs, join the best, begin again.
std::vector<SymbolId> merged_slowly(const PairTable& table, std::vector<SymbolId> symbols) {
  while (true) {
    std::optional<PairTable::Joined> best;
    size_t place = 0;
    for (size_t i = 0; i + 1 < symbols.size(); ++i) {
      auto found = table.find(symbols[i], symbols[i + 1]);
      if (found && (!best || found->rank < best->rank)) best = found, place = i;
    }
    if (!best) return symbols;
    symbols[place] = best->symbol;
    symbols.erase(symbols.begin() + static_cast<ptrdiff_t>(place) + 1);
  }
}

TEST(PairMerge, EqualsTheDefinitionOnRandomTables) {
  std::mt19937 random(1);
  for (int round = 0; round < 300; ++round) {
    PairTable table;
    SymbolId next = 4;
    for (int i = 0; i < 30; ++i) {
      table.insert(random() % next, random() % next, {static_cast<uint32_t>(random() % 12), next});
      ++next;
    }
    std::vector<SymbolId> symbols(random() % 40);
    for (SymbolId& symbol : symbols) symbol = random() % 4;
    EXPECT_EQ(merged(table, symbols), merged_slowly(table, symbols));
  }
}

TEST(FlatMap, KeepsTheFirstValueThroughGrowth) {
  FlatMap map;
  EXPECT_FALSE(map.find(0));
  for (uint64_t key = 0; key < 5000; ++key) EXPECT_TRUE(map.insert(key << 20, key));
  EXPECT_FALSE(map.insert(7 << 20, 1));
  EXPECT_EQ(map.size(), 5000u);
  for (uint64_t key = 0; key < 5000; ++key) EXPECT_EQ(map.find(key << 20), key);
  EXPECT_FALSE(map.find(1));
}

TEST(Trie, FindsEveryTextThatATextBeginsWith) {
  Trie trie;
  trie.insert("a", 1);
  trie.insert("abc", 2);
  trie.insert("b", 3);
  std::vector<std::pair<TokenId, size_t>> found;
  trie.prefixes("abcd", [&](TokenId id, size_t size) { found.emplace_back(id, size); });
  EXPECT_THAT(found, ElementsAre(std::pair(1, 1u), std::pair(2, 3u)));
  found.clear();
  trie.prefixes("cab", [&](TokenId id, size_t size) { found.emplace_back(id, size); });
  EXPECT_THAT(found, IsEmpty());
}

}  // namespace
}  // namespace hearth
