#include "ops/reference_memory.h"

#include <algorithm>

#include "base/checked.h"
#include "tensor/half.h"

namespace hearth::reference {

namespace {

constexpr int64_t kMostCells = int64_t{1} << 36;  // of one state: 256 GiB, beyond which sizes are mistaken

Result<int64_t> cells(int64_t count, int64_t each) {
  auto product = checked_mul(count, each);
  if (count < 0 || each < 0 || !product || *product > kMostCells) {
    return fail("sequence memory: {} times {} numbers is more than the reference keeps", count, each);
  }
  return *product;
}

Status known(Type type, std::string_view of) {
  if (type == Type::f32 || type == Type::f16) return {};
  return fail("sequence memory: the reference keeps {} in f32 or f16, not {}", of, info(type).name);
}

float rounded(float value, Type type) {
  return type == Type::f16 ? f32_from_f16(f16_from_f32(value)) : value;
}

}  // namespace

Result<std::unique_ptr<SequenceCells>> SequenceCells::make(std::span<const State> states,
                                                           const MemoryOptions& options) {
  TRY_STATUS(known(options.key_type, "keys"));
  TRY_STATUS(known(options.value_type, "values"));
  if (options.page_tokens < 1) return fail("sequence memory: pages of {} tokens", options.page_tokens);
  std::unique_ptr<SequenceCells> memory(new SequenceCells);
  memory->options_ = options;
  for (const State& state : states) {
    Cells& into = memory->states_.emplace_back();
    if (state.memory == Memory::keys_values || state.memory == Memory::keys) {
      if (state.table < 0 || static_cast<size_t>(state.table) >= options.pages.size())
        return fail("sequence memory: no pages are given for table {}", state.table);
      into.table = state.table;
      TRY(int64_t tokens, cells(options.pages[state.table], options.page_tokens));
      TRY(into.key_floats, cells(state.key_heads, state.key_width));
      TRY(into.value_floats, cells(state.value_heads, state.value_width));
      TRY(int64_t keys, cells(tokens, into.key_floats));
      TRY(int64_t values, cells(tokens, into.value_floats));
      into.keys.resize(keys);
      into.values.resize(values);
    } else if (state.memory == Memory::slot) {
      TRY(int64_t all, cells(options.slots, state.slot_floats));
      into.slot_floats = state.slot_floats;
      into.slots.resize(all);
    }
  }
  return memory;
}

uint64_t SequenceCells::bytes() const {
  uint64_t sum = 0;
  for (const Cells& state : states_) {
    sum += (state.keys.size() + state.values.size()) * sizeof(float) + state.slots.size() * sizeof(double);
  }
  return sum;
}

void SequenceCells::copy_slot(int32_t from, int32_t to) {
  for (Cells& state : states_) {
    std::copy_n(state.slots.begin() + from * state.slot_floats, state.slot_floats,
                state.slots.begin() + to * state.slot_floats);
  }
}

void SequenceCells::clear_slot(int32_t slot) {
  for (Cells& state : states_) {
    std::fill_n(state.slots.begin() + slot * state.slot_floats, state.slot_floats, 0.0);
  }
}

bool SequenceCells::fits(std::span<const State> states) const {
  return std::equal(states.begin(), states.end(), states_.begin(), states_.end(),
                    [](const State& state, const Cells& cells) {
                      bool paged = state.memory == Memory::keys_values || state.memory == Memory::keys;
                      bool slot = state.memory == Memory::slot;
                      return cells.table == state.table &&
                             cells.key_floats == (paged ? state.key_heads * state.key_width : 0) &&
                             cells.value_floats == (paged ? state.value_heads * state.value_width : 0) &&
                             cells.slot_floats == (slot ? state.slot_floats : 0);
                    });
}

int64_t SequenceCells::place(int32_t table, const Batch::Run& run, int64_t u) const {
  int64_t page = run.tables[table][u / options_.page_tokens];
  return page * options_.page_tokens + u % options_.page_tokens;
}

std::span<const float> SequenceCells::keys(int32_t state, const Batch::Run& run, int64_t u) const {
  const Cells& cells = states_[state];
  return std::span(cells.keys).subspan(place(cells.table, run, u) * cells.key_floats, cells.key_floats);
}

std::span<const float> SequenceCells::values(int32_t state, const Batch::Run& run, int64_t u) const {
  const Cells& cells = states_[state];
  return std::span(cells.values).subspan(place(cells.table, run, u) * cells.value_floats, cells.value_floats);
}

void SequenceCells::store(int32_t state, const Batch::Run& run, int64_t u, std::span<const float> keys,
                          std::span<const float> values) {
  Cells& cells = states_[state];
  int64_t at = place(cells.table, run, u);
  for (int64_t i = 0; i < cells.key_floats; ++i) {
    cells.keys[at * cells.key_floats + i] = rounded(keys[i], options_.key_type);
  }
  for (int64_t i = 0; i < cells.value_floats; ++i) {
    cells.values[at * cells.value_floats + i] = rounded(values[i], options_.value_type);
  }
}

std::span<double> SequenceCells::slot(int32_t state, int32_t slot) {
  Cells& cells = states_[state];
  return std::span(cells.slots).subspan(slot * cells.slot_floats, cells.slot_floats);
}

}  // namespace hearth::reference
