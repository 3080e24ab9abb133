#include "backends/cpu/program.h"

#include <algorithm>
#include <chrono>
#include <limits>

#include "backends/cpu/attention.h"
#include "base/checked.h"
#include "ops/checks.h"

namespace hearth::cpu {

Result<std::unique_ptr<CpuProgram>> CpuProgram::make(Plan plan, std::shared_ptr<Weights> weights, Isa isa,
                                                     bool exact, int32_t most_rows,
                                                     std::shared_ptr<ThreadPool> pool) {
  TRY_STATUS(check_plan(plan, weights->all.size(), most_rows));
  std::unique_ptr<CpuProgram> program(new CpuProgram);
  program->plan_ = std::move(plan);
  program->weights_ = std::move(weights);
  program->pool_ = std::move(pool);
  program->most_rows_ = most_rows;
  Binder binder(program->plan_, *program->weights_, *program->pool_, isa, exact, most_rows);
  TRY_STATUS(binder.bind());
  for (const Plan::Output& output : program->plan_.outputs) {
    TRY(Input array, binder.output(output.view));
    program->outputs_.push_back(array);
  }
  for (const View& input : program->plan_.inputs) program->inputs_.push_back(binder.input(input));
  program->bound_ = binder.take();
  program->taken_ =
      std::vector<Taken>(program->bound_.steps.size() * static_cast<size_t>(program->pool_->threads()));
  program->bound_.scratch =
      static_cast<int64_t>(align_up(static_cast<uint64_t>(program->bound_.scratch), 4096));
  TRY(program->scratch_,
      Block::make(static_cast<uint64_t>(program->bound_.scratch * program->pool_->threads()),
                  "working memory"));
  if (std::vector<State> states = states_of_batches(program->plan_); !states.empty()) {
    TRY(program->own_pages_, Pages::make(states, {{most_rows}, kOwnPageTokens, 0, Type::f32, Type::f32}));
  }
  return program;
}

uint64_t CpuProgram::bytes() const {
  // Of its own pages, a batch touches as many as its rows fill, and one more for each sequence.
  uint64_t sum = scratch_.bytes() + (own_pages_ ? own_pages_->bytes() / kOwnPageTokens : 0);
  for (const Block& block : bound_.memory) sum += block.bytes();
  return sum;
}

Result<std::unique_ptr<SequenceMemory>> CpuProgram::make_memory(const MemoryOptions& options) {
  TRY(auto memory, Pages::make(plan_.states, options));
  return std::unique_ptr<SequenceMemory>(std::move(memory));
}

Status CpuProgram::begin(const Batch& batch, Pages& memory) {
  TRY_STATUS(check_batch(batch, plan_, memory.options(), most_rows_));
  frame_.batch = &batch;
  frame_.rows[static_cast<size_t>(Rows::tokens)] = static_cast<int64_t>(batch.tokens.size());
  frame_.rows[static_cast<size_t>(Rows::wanted)] = static_cast<int64_t>(batch.wanted.size());
  frame_.rows[static_cast<size_t>(Rows::sequences)] = static_cast<int64_t>(batch.runs.size());
  frame_.memory = &memory;
  frame_.own = own_pages_.get();
  frame_.fault.clear();
  frame_.run_of_token.resize(batch.tokens.size());
  frame_.own_pages.clear();
  int32_t page = 0;
  for (size_t r = 0; r < batch.runs.size(); ++r) {
    const Batch::Run& run = batch.runs[r];
    std::fill_n(frame_.run_of_token.begin() + run.first, run.count, static_cast<int32_t>(r));
    if (own_pages_ && run.past > 0) {
      return fail("cpu: all tokens of a sequence are needed at once; {} came before", run.past);
    }
    frame_.own_pages.push_back(page);
    page += (run.count + kOwnPageTokens - 1) / kOwnPageTokens;
  }
  for (size_t i = 0; i < batch.inputs.size(); ++i)
    std::copy(batch.inputs[i].begin(), batch.inputs[i].end(), inputs_[i].data);
  std::copy(batch.tokens.begin(), batch.tokens.end(), bound_.tokens);
  std::copy(batch.positions.begin(), batch.positions.end(), bound_.positions);
  for (Taken& taken : taken_) taken.count.store(0, std::memory_order_relaxed);
  given_up_at_ = std::numeric_limits<size_t>::max();
  return {};
}

Taken* CpuProgram::taken_of(size_t step) { return &taken_[step * static_cast<size_t>(pool_->threads())]; }

void CpuProgram::walk(Worker worker) {
  constexpr int64_t kRows = 4;  // that go through a chain together
  std::byte* scratch = scratch_.data() + worker.index * bound_.scratch;
  const auto& steps = bound_.steps;
  for (size_t n = 0, end; n < steps.size(); n = end) {
    if (steps[n].meets) {
      // One thread decides, and says before which step: all see the same, however late they come.
      const std::function<bool()>* unwanted = frame_.batch->unwanted;
      if (worker.index == 0 && unwanted && (*unwanted)()) {
        size_t never = std::numeric_limits<size_t>::max();
        given_up_at_.compare_exchange_strong(never, n);
      }
      pool_->barrier();
      if (given_up_at_ <= n) return;
    }
    for (end = n + 1; end < steps.size() && steps[end].chained;) ++end;
    if (end == n + 1) {
      steps[n].run(Task{frame_, worker, taken_of(n), scratch});
      continue;
    }
    auto [first, last] = worker.part(frame_.count(steps[n].rows));
    for (int64_t row = first; row < last; row += kRows) {
      for (size_t each = n; each < end; ++each)
        steps[each].run(Task{frame_, worker, taken_of(each), scratch, {row, row + kRows}});
    }
  }
}

// All threads meet after each step, so that it ends when the last of them has done its part.
void CpuProgram::walk_and_measure(Worker worker) {
  using Clock = std::chrono::steady_clock;
  std::byte* scratch = scratch_.data() + worker.index * bound_.scratch;
  for (size_t n = 0; n < bound_.steps.size(); ++n) {
    auto begin = Clock::now();
    bound_.steps[n].run(Task{frame_, worker, taken_of(n), scratch});
    pool_->barrier();
    if (worker.index == 0) seconds_[n] += std::chrono::duration<double>(Clock::now() - begin).count();
  }
}

std::vector<StepTime> CpuProgram::step_times() const {
  std::vector<StepTime> times;
  for (size_t n = 0; n < seconds_.size(); ++n) times.push_back({bound_.steps[n].step, seconds_[n]});
  return times;
}

Result<std::vector<OutputRows>> CpuProgram::run(const Batch& batch, SequenceMemory& memory) {
  auto* pages = dynamic_cast<Pages*>(&memory);
  if (!pages || !pages->fits(plan_.states))
    return fail("cpu: the sequence memory was made for another program");
  TRY_STATUS(begin(batch, *pages));
  pool_->run([this](Worker worker) { seconds_.empty() ? walk(worker) : walk_and_measure(worker); });
  TRY_STATUS(frame_.fault.status());
  if (given_up_at_ < bound_.steps.size()) return fail("cpu: the batch was given up: nobody wants it");
  std::vector<OutputRows> rows;
  for (const Input& output : outputs_) {
    OutputRows out;
    out.rows = frame_.count(output.rows);
    out.width = output.heads * output.width;
    out.numbers = {output.data, static_cast<size_t>(out.rows * out.width)};
    rows.push_back(out);
  }
  return rows;
}

}  // namespace hearth::cpu
