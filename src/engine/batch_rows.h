// The rows of a batch, put together sequence by sequence.
#pragma once

#include <span>
#include <vector>

#include "engine/store.h"
#include "ops/backend.h"

namespace hearth {

class BatchRows {
 public:
  void clear() {
    tokens_.clear();
    positions_.clear();
    wanted_.clear();
    runs_.clear();
    scales_.clear();
  }

  // Tokens of a sequence that come behind `past` others, for which adapters have these scales; gives the first one's
  // row.
  int32_t add(const Held& held, int64_t past, std::span<const TokenId> tokens, bool long_context,
              std::span<const float> scales = {}) {
    Batch::Run run;
    run.first = rows();
    run.past = static_cast<int32_t>(past);
    run.tables = held.tables;
    run.slot = held.slot;
    run.source = static_cast<int32_t>(held.source);
    run.long_context = long_context;
    runs_.push_back(run);
    run_scales_ = scales;
    more(tokens);
    return run.first;
  }
  // Behind those that were added last.
  void more(std::span<const TokenId> tokens) {
    Batch::Run& run = runs_.back();
    for (TokenId token : tokens) {
      tokens_.push_back(token);
      positions_.push_back(run.past + run.count++);
      scales_.insert(scales_.end(), run_scales_.begin(), run_scales_.end());
    }
  }
  void want(int32_t row) { wanted_.push_back(row); }

  int32_t rows() const { return static_cast<int32_t>(tokens_.size()); }
  bool empty() const { return tokens_.empty(); }
  int64_t wanted() const { return static_cast<int64_t>(wanted_.size()); }
  std::span<const float> scales() const { return scales_; }
  Batch batch() const { return {tokens_, positions_, runs_, wanted_}; }

 private:
  std::vector<int32_t> tokens_, positions_, wanted_;
  std::vector<Batch::Run> runs_;
  std::vector<float> scales_;          // of adapters, for each row
  std::span<const float> run_scales_;  // of the run that was added last
};

// Beyond which length longrope turns otherwise; 0: there is no such choice.
int64_t trained_rotation(const Plan& plan);

}  // namespace hearth
