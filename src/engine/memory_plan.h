// How much memory a model takes to serve, and for what, before anything is taken.
#pragma once

#include "model/model.h"
#include "ops/backend.h"

namespace hearth {

// Where guesses of what comes next are taken from.
enum class Speculation : uint8_t { off, lookup, heads, model };

struct ServingOptions {
  int64_t context = 0;       // tokens that a sequence may have; 0: what the model was trained for, if it fits
  int32_t parallel = 1;      // sequences that are computed at once
  int32_t batch_rows = 512;  // rows of a step
  Type key_type = Type::f16, value_type = Type::f16;
  uint64_t cache_bytes =
      0;  // for keys, values and states; 0: what the sequences need, at most half of what is left
  Speculation speculation = Speculation::off;
};

// What is run of a model: with its own draft layers, more is wanted of it.
const Plan& served_plan(const Model& model, Speculation speculation);

struct MemoryPlan {
  int64_t context = 0;
  std::optional<int64_t> trained_context;
  MemoryOptions options;
  uint64_t weights = 0, keys_values = 0, states = 0;  // bytes
  uint64_t bytes_of_token = 0, bytes_of_state = 0;
  uint64_t total() const { return weights + keys_values + states; }
};

// An error says what does not fit and what would.
Result<MemoryPlan> plan_memory(const Model& model, const ServingOptions& options);

}  // namespace hearth
