// Guesses by the model's own draft layers: each reads what the one before it made of a token, and the token that came
// after it, and says what comes one further. What they remember lies in the model's own pages.
#pragma once

#include "engine/batch_rows.h"
#include "engine/drafter.h"

namespace hearth {

class HeadDrafter final : public Drafter {
 public:
  // `programs`, one for each layer, run on `memory`; both outlive this.
  HeadDrafter(std::vector<Program*> programs, SequenceMemory& memory, bool long_context)
      : programs_(std::move(programs)), memory_(memory), long_context_(long_context) {}
  int64_t most() const override { return static_cast<int64_t>(programs_.size()); }
  Status follow(std::span<const Advance> advances, std::span<const OutputRows> outputs) override;

 private:
  struct Reading;
  Result<std::vector<OutputRows>> run(size_t layer, std::vector<Reading>& readings,
                                      std::span<const OutputRows> before);

  const std::vector<Program*> programs_;
  SequenceMemory& memory_;
  const bool long_context_;
  BatchRows rows_;
  std::vector<std::vector<float>> inputs_;
};

}  // namespace hearth
