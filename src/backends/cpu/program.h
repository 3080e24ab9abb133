// A plan bound to kernels, and the walk over it.
#pragma once

#include <memory>
#include <vector>

#include "backends/cpu/binder.h"
#include "backends/cpu/weights.h"
#include "base/threads.h"

namespace hearth::cpu {

class CpuProgram final : public Program {
 public:
  static Result<std::unique_ptr<CpuProgram>> make(Plan plan, std::shared_ptr<Weights> weights, Isa isa,
                                                  bool exact, int32_t most_rows,
                                                  std::shared_ptr<ThreadPool> pool);

  int32_t most_rows() const override { return most_rows_; }
  uint64_t bytes() const override;
  Result<std::unique_ptr<SequenceMemory>> make_memory(const MemoryOptions& options) override;
  Result<std::vector<OutputRows>> run(const Batch& batch, SequenceMemory& memory) override;
  void measure_steps() override { seconds_.assign(bound_.steps.size(), 0); }
  std::vector<StepTime> step_times() const override;

 private:
  CpuProgram() = default;
  Status begin(const Batch& batch, Pages& memory);
  Taken* taken_of(size_t step);
  void walk(Worker worker);
  void walk_and_measure(Worker worker);

  Plan plan_;
  std::shared_ptr<Weights> weights_;
  std::shared_ptr<ThreadPool> pool_;
  int32_t most_rows_ = 0;
  Binder::Bound bound_;
  std::vector<Output> inputs_;
  std::vector<Input> outputs_;
  std::vector<Taken> taken_;            // for each step, one for each thread
  std::vector<double> seconds_;         // for each step, where they are measured
  std::atomic<size_t> given_up_at_{0};  // the step before which all threads leave
  Block scratch_;
  std::unique_ptr<Pages> own_pages_;  // for attention over the batch alone; null if there is none
  Frame frame_;
};

}  // namespace hearth::cpu
