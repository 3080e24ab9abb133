// A program without arithmetic, for tests of what is around it: its memory holds the tokens themselves, and the
// token it would have next is a hash of all that a sequence's memory says. A page that is lost, shared wrongly
// or read too late shows as a wrong token.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstring>
#include <functional>
#include <vector>

#include "engine/request.h"
#include "ops/backend.h"

namespace hearth {

inline constexpr int32_t kFakeVocabulary = 64;

inline uint64_t fake_mix(uint64_t hash, uint64_t value) {
  hash = (hash ^ value) * 0x9E3779B97F4A7C15u;
  return hash ^ hash >> 29;
}

struct FakeShape {
  std::vector<PageTable> tables;
  bool slots = false;
};

inline Plan fake_plan(const FakeShape& shape) {
  Plan plan;
  for (const PageTable& table : shape.tables) {
    State state;
    state.memory = Memory::keys_values;
    state.window = table.reach;
    plan.states.push_back(state);
  }
  if (shape.slots) plan.states.emplace_back().memory = Memory::slot;
  assign_tables(plan);
  Plan::Output logits{"logits", {}};
  logits.view.rows = Rows::wanted;
  plan.outputs.push_back(logits);
  return plan;
}

// What comes after these tokens.
inline TokenId fake_next(const FakeShape& shape, std::span<const TokenId> tokens) {
  auto length = static_cast<int64_t>(tokens.size());
  uint64_t all = 1;
  for (const PageTable& table : shape.tables) {
    uint64_t hash = 7;
    for (int64_t u = table.first_seen(length - 1); u < length; ++u)
      hash = fake_mix(hash, static_cast<uint64_t>(tokens[u]));
    all = fake_mix(all, hash);
  }
  if (shape.slots) {
    uint64_t hash = 0;
    for (TokenId token : tokens) hash = fake_mix(hash, static_cast<uint64_t>(token) + 1);
    all = fake_mix(all, hash);
  }
  return static_cast<TokenId>(all % kFakeVocabulary);
}

class FakeMemory final : public SequenceMemory {
 public:
  FakeMemory(const FakeShape& shape, const MemoryOptions& options) : options_(options) {
    for (size_t t = 0; t < shape.tables.size(); ++t) {
      pages.emplace_back(static_cast<size_t>(options.pages[t]) * static_cast<size_t>(options.page_tokens),
                         -1);
    }
    if (shape.slots) slots.resize(static_cast<size_t>(options.slots));
  }
  const MemoryOptions& options() const override { return options_; }
  uint64_t bytes() const override { return 0; }
  void copy_slot(int32_t from, int32_t to) override { slots[to] = slots[from]; }
  void clear_slot(int32_t slot) override { slots[slot] = 0; }
  uint64_t place_bytes(size_t kind) const override {
    if (kind == pages.size()) return slots.empty() ? 0 : sizeof(uint64_t);
    return static_cast<uint64_t>(options_.page_tokens) * sizeof(TokenId);
  }
  void read_place(size_t kind, int32_t place, std::span<std::byte> to) const override {
    std::memcpy(to.data(), at(kind, place), place_bytes(kind));
  }
  void write_place(size_t kind, int32_t place, std::span<const std::byte> from) override {
    std::memcpy(const_cast<void*>(at(kind, place)), from.data(), place_bytes(kind));
  }
  std::string layout() const override { return "fake"; }

  std::vector<std::vector<TokenId>> pages;
  std::vector<uint64_t> slots;

 private:
  const void* at(size_t kind, int32_t place) const {
    if (kind == pages.size()) return &slots[static_cast<size_t>(place)];
    return &pages[kind][static_cast<size_t>(place) * static_cast<size_t>(options_.page_tokens)];
  }

  MemoryOptions options_;
};

class FakeProgram final : public Program {
 public:
  FakeProgram(FakeShape shape, int32_t most_rows) : shape_(std::move(shape)), most_rows_(most_rows) {}

  int32_t most_rows() const override { return most_rows_; }
  uint64_t bytes() const override { return 0; }
  Result<std::unique_ptr<SequenceMemory>> make_memory(const MemoryOptions& options) override {
    return std::unique_ptr<SequenceMemory>(new FakeMemory(shape_, options));
  }

  Result<std::vector<OutputRows>> run(const Batch& batch, SequenceMemory& memory) override {
    auto& fake = static_cast<FakeMemory&>(memory);
    const int64_t page = memory.options().page_tokens;
    if (static_cast<int64_t>(batch.tokens.size()) > most_rows_) return fail("too many rows");
    if (meanwhile) meanwhile();
    if (batch.unwanted && (*batch.unwanted)()) return fail("given up");
    now += std::chrono::microseconds(500 + 50 * static_cast<int64_t>(batch.tokens.size()));
    rows += static_cast<int64_t>(batch.tokens.size());
    logits_.clear();
    size_t wanted = 0;
    for (const Batch::Run& run : batch.runs) {
      for (int64_t i = 0; i < run.count; ++i) {
        int64_t u = run.past + i;
        TokenId token = batch.tokens[run.first + i];
        uint64_t all = 1;
        for (size_t t = 0; t < shape_.tables.size(); ++t) {
          auto at = [&](int64_t place) -> TokenId& {
            return fake.pages[t].at(
                static_cast<size_t>(run.tables[t].at(place / page) * page + place % page));
          };
          at(u) = token;
          if (wanted >= batch.wanted.size() || batch.wanted[wanted] != run.first + i) continue;
          uint64_t hash = 7;
          for (int64_t v = shape_.tables[t].first_seen(u); v <= u; ++v)
            hash = fake_mix(hash, static_cast<uint64_t>(at(v)));
          all = fake_mix(all, hash);
        }
        if (shape_.slots) {
          uint64_t& state = fake.slots.at(run.slot);
          state = fake_mix(state, static_cast<uint64_t>(token) + 1);
          all = fake_mix(all, state);
        }
        if (wanted >= batch.wanted.size() || batch.wanted[wanted] != run.first + i) continue;
        ++wanted;
        std::vector<float> row(kFakeVocabulary, 0.0f);
        row[all % kFakeVocabulary] = 1;
        logits_.insert(logits_.end(), row.begin(), row.end());
      }
    }
    OutputRows out;
    out.numbers = logits_;
    out.rows = static_cast<int64_t>(wanted);
    out.width = kFakeVocabulary;
    return std::vector<OutputRows>{out};
  }

  Clock::time_point now{std::chrono::seconds(1)};
  int64_t rows = 0;
  std::function<void()> meanwhile;  // happens when a batch has just begun

 private:
  const FakeShape shape_;
  const int32_t most_rows_;
  std::vector<float> logits_;
};

}  // namespace hearth
