// A plan bound to kernels, and the walk over it.
#pragma once

#include <memory>
#include <vector>

#include "backends/cpu/binder.h"
#include "base/threads.h"

namespace hearth::cpu {

class Weights final : public DeviceWeights {
 public:
  explicit Weights(std::vector<WeightData> all) : all(std::move(all)) {}
  uint64_t bytes() const override { return 0; }  // the file's own are used

  const std::vector<WeightData> all;
};

class CpuProgram final : public Program {
 public:
  static Result<std::unique_ptr<CpuProgram>> make(Plan plan, std::shared_ptr<const Weights> weights, Isa isa,
                                                  int32_t most_rows, std::shared_ptr<ThreadPool> pool);

  int32_t most_rows() const override { return most_rows_; }
  uint64_t bytes() const override;
  Result<std::unique_ptr<SequenceMemory>> make_memory(const MemoryOptions& options) override;
  Result<std::vector<OutputRows>> run(const Batch& batch, SequenceMemory& memory) override;

 private:
  CpuProgram() = default;
  Status begin(const Batch& batch, Pages& memory);
  void walk(Worker worker);

  Plan plan_;
  std::shared_ptr<const Weights> weights_;
  std::shared_ptr<ThreadPool> pool_;
  int32_t most_rows_ = 0;
  Binder::Bound bound_;
  std::vector<Output> inputs_;
  std::vector<Input> outputs_;
  std::vector<std::atomic<int64_t>> counters_;  // one for each step
  Block scratch_;
  std::unique_ptr<Pages> own_pages_;  // for attention over the batch alone; null if there is none
  Frame frame_;
};

}  // namespace hearth::cpu
