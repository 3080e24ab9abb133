#include "engine/fingerprint.h"

#include <algorithm>

#include "base/hash.h"
#include "base/pages.h"

namespace hearth {

namespace {

constexpr uint64_t kSamples = 8, kSampleBytes = 64;  // of a weight

class Summary {
 public:
  template <class T>
  void add(const T& value) {
    static_assert(std::is_arithmetic_v<T> || std::is_enum_v<T>);
    add_bytes(std::as_bytes(std::span(&value, 1)));
  }
  void add_bytes(std::span<const std::byte> bytes) { hash_ = hash64(bytes, hash_); }
  uint64_t get() const { return hash_; }

 private:
  uint64_t hash_ = 0;
};

void add_step(Summary& summary, const Step& step) {
  summary.add(step.op);
  for (const StepArgument& argument : step.arguments) {
    summary.add(argument.kind);
    summary.add(argument.weight);
    summary.add(argument.number);
    summary.add(argument.view.buffer);
    summary.add(argument.view.offset);
    summary.add(argument.view.heads);
    summary.add(argument.view.width);
  }
  summary.add(step.state);
  if (step.rotation) {
    summary.add(step.rotation->dim);
    summary.add(step.rotation->adjacent);
    summary.add(step.rotation->magnitude);
    summary.add_bytes(std::as_bytes(std::span(step.rotation->frequencies)));
    summary.add_bytes(std::as_bytes(std::span(step.rotation->long_frequencies)));
  }
  if (step.bias) {
    summary.add(step.bias->kind);
    summary.add(step.bias->steep);
  }
}

void add_weight(Summary& summary, const WeightData& weight) {
  summary.add(weight.type);
  for (int64_t size : weight.shape) summary.add(size);
  summary.add(weight.bytes.size());
  if (weight.bytes.empty()) return;
  for (uint64_t i = 0; i < kSamples; ++i) {
    uint64_t at = (weight.bytes.size() - 1) / kSamples * i;
    summary.add_bytes(weight.bytes.subspan(at, std::min(kSampleBytes, weight.bytes.size() - at)));
  }
  summary.add_bytes(std::as_bytes(weight.bias));
  // A look at one byte maps much around it.
  drop_file_pages(weight.bytes);
}

}  // namespace

uint64_t fingerprint(const Model& model, const Plan& plan) {
  Summary summary;
  for (const Step& step : plan.steps) add_step(summary, step);
  for (const WeightData& weight : model.weights()) add_weight(summary, weight);
  return summary.get();
}

}  // namespace hearth
