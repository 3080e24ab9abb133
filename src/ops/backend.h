// What a backend is: something that takes a model's weights, makes a plan ready to run, keeps what sequences
// remember, and runs batches. It sees plans and buffers and nothing else.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "ops/plan.h"
#include "tensor/type.h"

namespace hearth {

// A weight's numbers as the file has them. The bytes outlive the backend's use of them.
struct WeightData {
  Type type = Type::f32;
  std::vector<int64_t> shape;  // as declared, outermost first
  std::span<const std::byte> bytes;
  std::span<const float> bias;  // empty: none
};

// One step of the engine: some rows, in runs that belong to sequences, one behind the other; no two runs
// belong to one sequence. Positions grow by one from row to row of a sequence, wherever it began: attention
// counts distances in tokens, and chunks from position 0. Whoever hands out a slot clears it for a new sequence.
struct Batch {
  std::span<const int32_t> tokens;
  std::span<const int32_t> positions;
  struct Run {
    int32_t first = 0, count = 0;  // rows of this sequence, in order of position
    int32_t past = 0;              // tokens of the sequence that came before them
    // Where its keys and values are, for past and new tokens: a list for each of the plan's tables. Below what
    // the first row still sees a list may say anything.
    std::span<const std::vector<int32_t>> tables;
    int32_t slot = -1;          // where its recurrent states are
    bool long_context = false;  // it may grow beyond the trained length (longrope's choice)
    int32_t source = 0;  // tokens that an encoder read, or reads now: as many as tables of sources hold
  };
  std::span<const Run> runs;
  std::span<const int32_t> wanted;                      // rows whose outputs are wanted, ascending
  std::span<const std::span<const float>> inputs = {};  // for each of the plan's: its numbers for each row
  // Asked now and then by the thread that runs the batch. True: nobody wants it any more; it may then end with an
  // error, and leave what its sequences remember of it unfinished.
  const std::function<bool()>* unwanted = nullptr;
};

struct MemoryOptions {
  std::vector<int32_t> pages;  // for each of the plan's tables
  int32_t page_tokens = 32, slots = 1;
  Type key_type = Type::f16, value_type = Type::f16;
};

// The keys, values and recurrent states of sequences, in pages and slots that whoever schedules hands out.
class SequenceMemory {
 public:
  virtual ~SequenceMemory() = default;
  virtual const MemoryOptions& options() const = 0;
  virtual uint64_t bytes() const = 0;
  virtual void copy_slot(int32_t from, int32_t to) = 0;
  virtual void clear_slot(int32_t slot) = 0;  // as before the first token

  // A page of table `kind`, or a slot where kind is the number of tables, as bytes that only memory of the same
  // layout() takes back. Of no bytes where there are no such places, or they cannot be taken out.
  virtual uint64_t place_bytes(size_t /*kind*/) const { return 0; }
  virtual void read_place(size_t /*kind*/, int32_t /*place*/, std::span<std::byte> /*to*/) const {}
  virtual void write_place(size_t /*kind*/, int32_t /*place*/, std::span<const std::byte> /*from*/) {}
  virtual std::string layout() const { return {}; }
};

// The weights of a model, where and how the backend wants them.
class DeviceWeights {
 public:
  virtual ~DeviceWeights() = default;
  virtual uint64_t bytes() const = 0;  // beyond the file's own
};

struct OutputRows {
  std::span<const float> numbers;  // rows * width, valid until the next run
  int64_t rows = 0, width = 0;
  std::span<const float> row(int64_t i) const { return numbers.subspan(i * width, width); }
};

// How long a step of the plan took, in all runs together.
struct StepTime {
  int32_t step = 0;  // index into Plan::steps
  double seconds = 0;
};

// A plan made ready. Not to be run by two threads at once.
class Program {
 public:
  virtual ~Program() = default;
  // Measures each step from now on; this takes time itself.
  virtual void measure_steps() {}
  // What was measured; nothing if the backend cannot tell.
  virtual std::vector<StepTime> step_times() const { return {}; }
  virtual int32_t most_rows() const = 0;  // that a batch may have
  virtual uint64_t bytes() const = 0;     // of working memory
  virtual Result<std::unique_ptr<SequenceMemory>> make_memory(const MemoryOptions& options) = 0;
  // The outputs in the plan's order.
  virtual Result<std::vector<OutputRows>> run(const Batch& batch, SequenceMemory& memory) = 0;
};

class Backend {
 public:
  virtual ~Backend() = default;
  virtual std::string name() const = 0;
  virtual Result<std::shared_ptr<DeviceWeights>> load(std::vector<WeightData> weights) = 0;
  // `most_rows` bounds the rows of a batch, and with them the working memory.
  virtual Result<std::unique_ptr<Program>> compile(Plan plan, std::shared_ptr<DeviceWeights> weights,
                                                   int32_t most_rows) = 0;
};

}  // namespace hearth
