#include "ops/plan.h"

#include <algorithm>

namespace hearth {

namespace {

// How far back a state is seen.
int64_t reach_of(const State& state) {
  if (state.window == 0 || state.chunk == 0) return std::max(state.window, state.chunk);
  return std::min(state.window, state.chunk);
}

}  // namespace

void assign_tables(Plan& plan) {
  plan.tables.clear();
  for (State& state : plan.states) {
    if (state.memory != Memory::keys_values && state.memory != Memory::keys) continue;
    int64_t reach = reach_of(state);
    auto at = std::find_if(plan.tables.begin(), plan.tables.end(), [&](const PageTable& table) {
      return table.reach == reach && table.source == state.source;
    });
    state.table = static_cast<int32_t>(at - plan.tables.begin());
    if (at == plan.tables.end()) plan.tables.push_back({reach, state.source});
  }
}

bool reads_whole(const Plan& plan) {
  return std::any_of(plan.steps.begin(), plan.steps.end(), [](const Step& step) {
    return step.op == Op::pool || (step.op == Op::attend && step.state < 0);
  });
}

}  // namespace hearth
