// How fast a model is computed: prompts and tokens one after another, of one sequence or several, behind a text of
// some length.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/progress.h"
#include "engine/work.h"
#include "model/model.h"

namespace hearth {

struct SpeedTest {
  bool prompt = true;  // `tokens` at once, in batches; else one after another
  int32_t tokens = 512;
  int32_t sequences = 1;  // side by side; of prompts always one
  int32_t depth = 0;      // tokens that each sequence has already

  std::string name() const;  // "pp512", "tg128 d4096 b8"
};

// What one operator took, all layers and calls together.
struct OperatorTime {
  std::string name, type;  // "linear ffn_down", "q4_k"; no type where there is no weight
  int64_t calls = 0;
  double seconds = 0;
  Work work;
  Bound bound;
};

struct SpeedResult {
  std::vector<double> seconds;        // of each repetition
  Work work;                          // of one
  MachineLimits limits;               // measured just before
  int64_t tokens = 0;                 // computed in one
  Bound bound;                        // of its batches, one after another
  std::vector<OperatorTime> profile;  // of all repetitions, the longest first; with Options::profile

  double tokens_per_second() const;  // the median
  double stddev() const;
  double share_of_limit() const;
};

class SpeedMeter {
 public:
  struct Options {
    int32_t batch_rows = 512;
    Type key_type = Type::f16, value_type = Type::f16;
    bool profile = false;
  };
  using MeasureLimits = std::function<Result<MachineLimits>()>;
  // For these tests and no longer ones. Limits are measured before each: another's machine may change meanwhile.
  static Result<std::unique_ptr<SpeedMeter>> make(std::shared_ptr<const Model> model, Backend& backend,
                                                  std::span<const SpeedTest> tests, const Options& options,
                                                  MeasureLimits measure_limits);

  // After a run that does not count, `repeat` that do.
  Result<SpeedResult> run(const SpeedTest& test, int32_t repeat, const Progress& progress);

 private:
  SpeedMeter() = default;
  Status fill(const SpeedTest& test, const Progress& progress);
  bool write_pages(int32_t sequence, int32_t tokens);
  // Counts what it does.
  Status step(int32_t sequences, int32_t tokens, int32_t past, bool wanted);
  Result<double> once(const SpeedTest& test);
  std::vector<OperatorTime> profile() const;

  std::shared_ptr<const Model> model_;
  std::vector<WeightData> weights_;
  Options options_;
  MeasureLimits measure_limits_;
  MachineLimits limits_;
  std::unique_ptr<Program> program_;
  std::unique_ptr<SequenceMemory> memory_;
  std::vector<std::vector<std::vector<int32_t>>> tables_;  // of each sequence
  std::vector<int32_t> filled_;                            // tokens that each sequence has
  std::vector<int32_t> tokens_, positions_, wanted_;
  std::vector<Batch::Run> runs_;
  int32_t next_token_ = 1;
  Work work_;
  Bound bound_;
  struct StepWork {
    int64_t calls = 0;
    Work work;
    double bound = 0;
  };
  std::vector<StepWork> step_work_;  // of each step of the plan
};

}  // namespace hearth
