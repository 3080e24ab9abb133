#include "engine/memory_plan.h"

#include <algorithm>
#include <limits>

#include "base/system.h"

namespace hearth {

namespace {

constexpr int32_t kPageTokens = 32;
constexpr int64_t kUnsaid = 4096;  // where the file does not say what the model was trained for
constexpr int64_t kLeast = 256;
constexpr int64_t kLongest = int64_t{1} << 26;
constexpr int32_t kSnapshots = 16;  // states kept of prompts, beside those of sequences

// Of one page of each table.
std::vector<uint64_t> page_bytes(const Plan& plan, Type key_type, Type value_type) {
  std::vector<uint64_t> bytes(plan.tables.size());
  for (const State& state : plan.states) {
    if (state.memory != Memory::keys_values && state.memory != Memory::keys) continue;
    uint64_t keys = row_bytes(key_type, static_cast<uint64_t>(state.key_heads * state.key_width)).value_or(0);
    uint64_t values =
        row_bytes(value_type, static_cast<uint64_t>(state.value_heads * state.value_width)).value_or(0);
    bytes[static_cast<size_t>(state.table)] += kPageTokens * (keys + values);
  }
  return bytes;
}

uint64_t state_bytes(const Plan& plan) {
  uint64_t bytes = 0;
  for (const State& state : plan.states) {
    if (state.memory == Memory::slot) bytes += static_cast<uint64_t>(state.slot_floats) * sizeof(float);
  }
  return bytes;
}

int64_t pages_for(int64_t tokens) { return (tokens + kPageTokens - 1) / kPageTokens; }

// Tables that see only some tokens back need so many pages for each sequence: what is seen, what is being
// computed, and as much again for what others may begin with.
int64_t window_pages(const PageTable& table, const ServingOptions& options, int64_t context) {
  int64_t tokens = std::min(table.reach + options.batch_rows, context) + kPageTokens;
  return 2 * options.parallel * pages_for(tokens);
}

}  // namespace

const Plan& served_plan(const Model& model, Speculation speculation) {
  return speculation == Speculation::heads && model.drafting() ? model.drafting()->plan : model.plan();
}

Result<MemoryPlan> plan_memory(const Model& model, const ServingOptions& options) {
  const Plan& served = served_plan(model, options.speculation);
  const std::vector<PageTable>& tables = served.tables;
  MemoryPlan plan;
  plan.trained_context = model.trained_context();
  for (const WeightData& weight : model.weights()) plan.weights += weight.bytes.size();
  plan.bytes_of_state = state_bytes(served);
  std::vector<uint64_t> bytes = page_bytes(served, options.key_type, options.value_type);
  for (size_t t = 0; t < tables.size(); ++t) plan.bytes_of_token += bytes[t] / kPageTokens;

  auto available = available_memory();
  uint64_t budget = options.cache_bytes;
  if (budget == 0) budget = available ? *available / 2 : std::numeric_limits<uint64_t>::max();
  // A sequence that guesses keeps the state to go back to.
  int32_t states = options.parallel * (options.speculation == Speculation::off ? 1 : 2) + kSnapshots;
  plan.options.slots = plan.bytes_of_state > 0 ? states : 0;
  plan.states = static_cast<uint64_t>(plan.options.slots) * plan.bytes_of_state;

  // What all tokens stay in, by page.
  uint64_t whole = 0;
  for (size_t t = 0; t < tables.size(); ++t) whole += tables[t].reach == 0 ? bytes[t] : 0;
  auto windows = [&](int64_t context) {
    uint64_t sum = plan.states;
    for (size_t t = 0; t < tables.size(); ++t) {
      if (tables[t].reach > 0)
        sum += static_cast<uint64_t>(window_pages(tables[t], options, context)) * bytes[t];
    }
    return sum;
  };
  int64_t wanted = options.context > 0 ? options.context : plan.trained_context.value_or(kUnsaid);
  wanted = std::min(wanted, kLongest);
  uint64_t left = budget > windows(wanted) ? budget - windows(wanted) : 0;
  int64_t fits = whole == 0 ? (left > 0 || windows(wanted) == 0 ? kLongest : 0)
                            : static_cast<int64_t>(std::min<uint64_t>(left / whole, kLongest / kPageTokens)) *
                                  kPageTokens;
  plan.context = wanted;
  if (fits < wanted) {
    if (options.context > 0 || fits < kLeast) {
      return fail(
          "a context of {} tokens takes {:.2f} GB for keys, values and states, and {:.2f} GB may be used: at "
          "most {} "
          "tokens fit",
          wanted,
          static_cast<double>(static_cast<uint64_t>(pages_for(wanted)) * whole + windows(wanted)) / 1e9,
          static_cast<double>(budget) / 1e9, fits);
    }
    plan.context = fits / kLeast * kLeast;
  }
  // Room for all sequences at full length where there is, so that what they leave is kept for others.
  int64_t pages = std::min(pages_for(plan.context) * options.parallel, pages_for(fits));
  for (size_t t = 0; t < tables.size(); ++t) {
    int64_t count = tables[t].reach == 0 ? pages : window_pages(tables[t], options, plan.context);
    plan.options.pages.push_back(static_cast<int32_t>(count));
    plan.keys_values += static_cast<uint64_t>(count) * bytes[t];
  }
  plan.options.page_tokens = kPageTokens;
  plan.options.key_type = options.key_type;
  plan.options.value_type = options.value_type;
  return plan;
}

}  // namespace hearth
