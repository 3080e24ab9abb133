#include "ops/checks.h"

#include <algorithm>

#include "base/checked.h"

namespace hearth {

namespace {

constexpr int64_t kMostCells = int64_t{1} << 36;  // of an arena: 256 GiB, beyond which sizes are mistaken

Status check_view(const View& view, const Plan& plan, int32_t most_rows) {
  bool input = view.buffer == kTokensInput || view.buffer == kPositionsInput;
  if (!input && (view.buffer < 0 || view.buffer >= static_cast<int32_t>(plan.buffers.size()))) {
    return fail("there is no buffer {}", view.buffer);
  }
  const Buffer buffer = input ? Buffer{Rows::tokens, 1, 0} : plan.buffers[view.buffer];
  if (view.rows != buffer.rows) return fail("a view has other rows than its buffer {}", view.buffer);
  if (view.heads < 1 || view.width < 1 || view.offset < 0 || view.row_stride < 0 || view.head_stride < 0 ||
      view.step < 0) {
    return fail("a view of buffer {} has negative or empty parts", view.buffer);
  }
  std::optional<int64_t> last = view.offset;
  for (auto [count, stride] : {std::pair<int64_t, int64_t>{most_rows, view.row_stride},
                               {view.heads, view.head_stride},
                               {view.width, view.step}}) {
    auto reach = checked_mul<int64_t>(count - 1, stride);
    last = last && reach ? checked_add(*last, *reach) : std::nullopt;
  }
  if (!last || *last >= buffer.floats * most_rows) {
    return fail("a view of [{}, {}] leaves its buffer {} of {} numbers a row", view.heads, view.width,
                view.buffer, buffer.floats);
  }
  return {};
}

// A step's values have the rows of its result, with these exceptions.
Rows rows_of_argument(const Step& step, size_t argument) {
  switch (step.op) {
    case Op::select:
    case Op::remember:
    case Op::pool: return Rows::tokens;
    case Op::attend:
    case Op::indexer: return is_of_query(step.op, argument) ? step.results[0].rows : Rows::tokens;
    default: return step.results[0].rows;
  }
}

Status check_step(const Step& step, const Plan& plan, size_t weights, int32_t most_rows) {
  if (step.results.empty() != (step.op == Op::remember)) return fail("a step without a result");
  for (const View& view : step.results) {
    TRY_STATUS(check_view(view, plan, most_rows));
    if (view.buffer < 0) return fail("an input cannot be a result");
  }
  for (size_t i = 0; i < step.arguments.size(); ++i) {
    const StepArgument& argument = step.arguments[i];
    if (argument.kind == ArgumentKind::value) {
      TRY_STATUS(check_view(argument.view, plan, most_rows));
      if (argument.view.rows != rows_of_argument(step, i)) {
        return fail("argument {} has other rows than its place wants", i + 1);
      }
    }
    if (argument.kind == ArgumentKind::weight &&
        (argument.weight < 0 || static_cast<size_t>(argument.weight) >= weights)) {
      return fail("there is no weight {}", argument.weight);
    }
  }
  if (step.bias && step.bias->kind == ScoreBias::relative &&
      (step.bias->table < 0 || static_cast<size_t>(step.bias->table) >= weights)) {
    return fail("there is no weight {}", step.bias->table);
  }
  if (step.state < -1 || step.state >= static_cast<int32_t>(plan.states.size())) {
    return fail("there is no state {}", step.state);
  }
  return {};
}

bool remembers(const Plan& plan, Memory memory) {
  return std::any_of(plan.states.begin(), plan.states.end(),
                     [&](const State& state) { return state.memory == memory; });
}

}  // namespace

std::string where(const Step& step) {
  std::string_view name = row_of(step.op).name;
  std::string text(name.empty() ? "step" : name);
  if (step.layer >= 0) text += fmt::format(" in layer {}", step.layer);
  if (step.line > 0) text += fmt::format(" (line {})", step.line);
  return text;
}

Status check_plan(const Plan& plan, size_t weights, int32_t most_rows) {
  if (most_rows < 1) return fail("a batch cannot have at most {} rows", most_rows);
  for (int64_t floats : plan.arena_floats) {
    auto cells = checked_mul<int64_t>(floats, most_rows);
    if (floats < 0 || !cells || *cells > kMostCells)
      return fail("{} rows of {} numbers are too many", most_rows, floats);
  }
  for (const Buffer& buffer : plan.buffers) {
    auto end = checked_add(buffer.place, buffer.floats);
    if (buffer.place < 0 || buffer.floats < 0 || !end ||
        *end > plan.arena_floats[static_cast<size_t>(buffer.rows)]) {
      return fail("a buffer of {} numbers at {} is outside its arena", buffer.floats, buffer.place);
    }
  }
  for (const Step& step : plan.steps) {
    if (auto status = check_step(step, plan, weights, most_rows); !status.ok()) {
      return within(where(step), status.error());
    }
  }
  for (const View& input : plan.inputs) {
    TRY_STATUS(check_view(input, plan, most_rows));
    if (input.buffer < 0 || input.rows != Rows::tokens || !input.dense())
      return fail("an input of a plan must be a buffer with rows for tokens");
  }
  for (const Plan::Output& output : plan.outputs) {
    if (auto status = check_view(output.view, plan, most_rows); !status.ok()) {
      return within(output.name, status.error());
    }
  }
  return {};
}

Status check_batch(const Batch& batch, const Plan& plan, const MemoryOptions& memory, int32_t most_rows) {
  auto rows = static_cast<int64_t>(batch.tokens.size());
  if (rows > most_rows) return fail("a batch of {} rows; {} are the most", rows, most_rows);
  if (batch.positions.size() != batch.tokens.size()) {
    return fail("a batch of {} tokens has {} positions", rows, batch.positions.size());
  }
  if (batch.inputs.size() != plan.inputs.size()) {
    return fail("a batch brings {} inputs; the plan has {}", batch.inputs.size(), plan.inputs.size());
  }
  for (size_t i = 0; i < plan.inputs.size(); ++i) {
    int64_t floats = rows * plan.inputs[i].row_stride;
    if (static_cast<int64_t>(batch.inputs[i].size()) != floats)
      return fail("input {} has {} numbers; {} are expected", i, batch.inputs[i].size(), floats);
  }
  int64_t next = 0;
  std::vector<int32_t> slots;
  for (const Batch::Run& run : batch.runs) {
    if (run.first != next || run.count < 1 || run.count > rows - next) {
      return fail("rows {} to {} are a run; rows {} to {} are left", run.first,
                  int64_t{run.first} + run.count, next, rows);
    }
    next += run.count;
    int64_t end = int64_t{run.past} + run.count;
    if (run.past < 0 || end > INT32_MAX) return fail("a run of {} tokens after {}", run.count, run.past);
    if (run.source < 0 || (plan.encodes && run.source != run.count)) {
      return fail("a source of {} tokens; {} are read", run.source, run.count);
    }
    if (run.tables.size() != plan.tables.size() || memory.pages.size() != plan.tables.size()) {
      return fail("a sequence has {} page tables and the memory {}; the plan has {}", run.tables.size(),
                  memory.pages.size(), plan.tables.size());
    }
    for (size_t t = 0; t < plan.tables.size(); ++t) {
      const std::vector<int32_t>& pages = run.tables[t];
      int64_t tokens = plan.tables[t].source ? int64_t{run.source} : plan.encodes ? 0 : end;
      int64_t needed = (tokens + memory.page_tokens - 1) / memory.page_tokens;
      if (needed > static_cast<int64_t>(pages.size())) {
        return fail("a sequence of {} tokens needs {} pages; it has {}", tokens, needed, pages.size());
      }
      const int64_t first = plan.tables[t].source ? 0 : plan.tables[t].first_seen(run.past);
      for (int64_t n = first / memory.page_tokens; n < needed; ++n) {
        if (pages[n] < 0 || pages[n] >= memory.pages[t]) {
          return fail("there is no page {} of {}", pages[n], memory.pages[t]);
        }
      }
    }
    if (remembers(plan, Memory::slot)) {
      if (run.slot < 0 || run.slot >= memory.slots)
        return fail("there is no slot {} of {}", run.slot, memory.slots);
      slots.push_back(run.slot);
    }
  }
  if (next != rows) return fail("rows {} to {} belong to no sequence", next, rows);
  std::sort(slots.begin(), slots.end());
  if (std::adjacent_find(slots.begin(), slots.end()) != slots.end()) {
    return fail("two sequences of a batch have the same slot");
  }
  int64_t least = 0;
  for (int32_t row : batch.wanted) {
    if (row < least || row >= rows) return fail("row {} of {} is wanted out of order or range", row, rows);
    least = int64_t{row} + 1;
  }
  return {};
}

}  // namespace hearth
