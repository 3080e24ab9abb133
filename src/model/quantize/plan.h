// What is to become of each tensor of a model file, and how large the new file will be.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/progress.h"
#include "base/threads.h"
#include "formats/gguf.h"
#include "formats/gguf_writer.h"
#include "formats/importance.h"
#include "model/quantize/choose.h"
#include "simd/isa.h"

namespace hearth {

// Which inputs of a model's matrices matter, and the name of the file that says so.
struct NamedImportance {
  std::string name;
  Importance importance;

  // For each column of each of the tensor's matrices; none where the file does not have it.
  Result<std::vector<float>> weights(const StoredTensor& tensor) const;
};

// A size not to be exceeded; 0: any.
struct SizeTarget {
  uint64_t file_bytes = 0;     // of all that is written
  double bits_per_weight = 0;  // of all tensors together
};

struct QuantizeOptions {
  TypeWishes wishes;
  std::optional<SizeTarget> target;             // finds types for the tensors that no wish is about
  const NamedImportance* importance = nullptr;  // outlives the plan
  bool allow_requantize = false;
  bool keep_split = false;
};

struct TensorPlan {
  const StoredTensor* tensor;
  TypeChoice choice;
  uint64_t bytes;  // that it will take
  bool weighted;   // the importance of its columns is known
  // The relative error that a sample of its rows had, where the type was found by trying.
  std::optional<double> predicted = {};
};

struct QuantizePlan {
  const GgufFile* file = nullptr;
  const NamedImportance* importance = nullptr;
  std::vector<TensorPlan> tensors = {};  // in the order of the file
  GgufContents contents = {};            // of the new file
  std::vector<uint64_t> tensors_of_file = {};
  uint64_t file_bytes = 0;  // of all the files

  uint64_t source_bytes() const;  // of the tensors, as is what follows
  uint64_t bytes() const;
  uint64_t parameters() const;
};

// `file` outlives the plan. Long only where there is a target: then each type is tried on a sample of each
// tensor.
Result<QuantizePlan> plan_quantization(const GgufFile& file, const QuantizeOptions& options,
                                       ThreadPool& threads, Isa isa, const Progress& progress);

}  // namespace hearth
