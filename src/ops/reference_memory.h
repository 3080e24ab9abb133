// What the plain reference keeps of sequences.
#pragma once

#include <span>
#include <vector>

#include "ops/backend.h"

namespace hearth::reference {

class SequenceCells final : public SequenceMemory {
 public:
  static Result<std::unique_ptr<SequenceCells>> make(std::span<const State> states,
                                                     const MemoryOptions& options);

  const MemoryOptions& options() const override { return options_; }
  uint64_t bytes() const override;
  void copy_slot(int32_t from, int32_t to) override;
  void clear_slot(int32_t slot) override;

  bool fits(std::span<const State> states) const;
  // What attention remembers of token `u` of a sequence: rounded to the types of the options, kept in f32.
  std::span<const float> keys(int32_t state, const Batch::Run& run, int64_t u) const;
  std::span<const float> values(int32_t state, const Batch::Run& run, int64_t u) const;
  void store(int32_t state, const Batch::Run& run, int64_t u, std::span<const float> keys,
             std::span<const float> values);
  // In double, so that results do not depend on where a prompt was cut.
  std::span<double> slot(int32_t state, int32_t slot);

 private:
  struct Cells {
    int32_t table = 0;
    int64_t key_floats = 0, value_floats = 0, slot_floats = 0;  // of a token; of a slot
    std::vector<float> keys, values;
    std::vector<double> slots;
  };
  SequenceCells() = default;
  int64_t place(int32_t table, const Batch::Run& run, int64_t u) const;

  MemoryOptions options_;
  std::vector<Cells> states_;
};

}  // namespace hearth::reference
