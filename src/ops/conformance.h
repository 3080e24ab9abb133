// What every backend is tested with: plans of one or a few operators with random weights, run on batches as an
// engine makes them, beside the plain reference.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "ops/backend.h"

namespace hearth::conformance {

struct OwnedWeight {
  Type type = Type::f32;
  std::vector<int64_t> shape;
  std::vector<std::byte> bytes;
  std::vector<float> bias;
};

struct OwnedBatch {
  struct Run {
    int32_t sequence = 0, first = 0, count = 0, past = 0;
    std::vector<std::vector<int32_t>> tables;
  };
  std::vector<int32_t> tokens, positions, wanted;
  std::vector<Run> runs;
};

struct Case {
  std::string name;
  Plan plan;
  std::vector<OwnedWeight> weights;
  MemoryOptions memory;
  bool whole = false;  // a sequence is one batch: attention that is not causal, pooling
};

// Every operator with every variation of its parameters, weights in f32. The same cases at each call.
std::vector<Case> cases();

// The operators that multiply by weights of any type or take rows of them. `random` gives bytes whose numbers
// are about as large as a model's: of `elements` elements, the same for the same seed.
using RandomBytes = std::function<std::vector<std::byte>(Type type, int64_t elements, uint64_t seed)>;
std::vector<Case> weight_cases(Type type, const RandomBytes& random);

// The numbers that bytes of a type stand for; not asked for f32.
using Decode =
    std::function<std::vector<float>(Type type, std::span<const std::byte> bytes, int64_t elements)>;

// Runs several sequences in turn: a prompt in chunks, decoding beside prefill, single rows wanted, pages out of
// order. Gives the largest difference from the reference, as a share of the output's largest number.
Result<double> compare(const Case& tested, Backend& backend, const Decode& decode = {});

// The same bits for a sequence however its prompt is cut, whatever runs beside it and whichever rows are
// wanted; the error says where they differ.
Status check_invariance(const Case& tested, Backend& backend);

}  // namespace hearth::conformance
