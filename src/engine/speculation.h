// Makes a model's guesses for an engine: programs, memory, and what has to fit together.
#pragma once

#include <memory>
#include <vector>

#include "engine/drafter.h"
#include "engine/memory_plan.h"

namespace hearth {

struct SpeculationOptions {
  Speculation kind = Speculation::off;
  std::shared_ptr<const Model> model;  // Speculation::model: which guesses
  int64_t most = 8;                    // guesses at once
};

// Nothing that a drafter uses ends before it.
struct DraftPrograms {
  std::shared_ptr<const Model> model;  // whose file the programs read
  std::vector<std::unique_ptr<Program>> programs;
  MemoryPlan memory;  // of a draft model
};

// Whether each token is the same in both; an error says which is not.
Status check_same_vocabulary(const Model& model, const Model& draft);

// What a draft model takes, for sequences of `context` tokens of a model that is served with these options.
Result<MemoryPlan> plan_draft_memory(const Model& draft, ServingOptions options, int64_t context);

// Null: nothing is guessed. `memory` is where the model's own sequences are, `weights` the model's.
Result<std::unique_ptr<Drafter>> make_drafter(const SpeculationOptions& options, const Model& model,
                                              Backend& backend, std::shared_ptr<DeviceWeights> weights,
                                              const ServingOptions& serving, const MemoryPlan& planned,
                                              SequenceMemory& memory, DraftPrograms& programs);

}  // namespace hearth
