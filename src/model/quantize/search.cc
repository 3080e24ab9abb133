#include "model/quantize/search.h"

#include <algorithm>
#include <cmath>

#include "base/checked.h"
#include "base/text.h"
#include "model/quantize/budget.h"
#include "model/quantize/encode.h"

namespace hearth {

namespace {

// Numbers of a tensor that each type is tried on.
constexpr int64_t kSample = 1 << 16;

// Everything that could hold the tensor in no more bytes than now. What it is now comes first.
std::vector<Type> candidates(const StoredTensor& tensor) {
  std::vector<Type> types = {tensor.type};
  for (const Format& format : formats()) {
    auto row = row_bytes(format.type, tensor.shape.back());
    if (!is_writable(format.type) || !row || format.type == tensor.type) continue;
    if (*row < *row_bytes(tensor.type, tensor.shape.back())) types.push_back(format.type);
  }
  return types;
}

// A tensor whose type is to be found, and what is known of each type for it.
struct Open {
  TensorPlan* plan;
  std::vector<Type> types;
  std::vector<Option> options;
};

}  // namespace

Status search_types(std::span<TensorPlan> tensors, const SizeTarget& target,
                    const NamedImportance* importance, uint64_t fixed_bytes, uint64_t alignment,
                    ThreadPool& threads, Isa isa, const Progress& progress) {
  std::vector<StoredTensor> all;
  for (const TensorPlan& plan : tensors) all.push_back(*plan.tensor);
  const bool tied = has_tied_output(all);

  uint64_t parameters = 0, decided = 0, decided_padded = fixed_bytes, least = 0;
  std::vector<Open> open;
  std::vector<std::vector<Option>> items;
  TensorEncoder encoder(threads, isa);
  for (size_t i = 0; i < tensors.size(); ++i) {
    TensorPlan& plan = tensors[i];
    const StoredTensor& tensor = *plan.tensor;
    parameters += tensor.elements;
    if (plan.choice.by != TypeChoice::By::nobody) {
      decided += plan.bytes;
      decided_padded += align_up(plan.bytes, alignment);
      continue;
    }
    if (!report(progress, tensor.name, i, tensors.size())) return fail("stopped; nothing was written");
    Open& next = open.emplace_back(Open{&plan, candidates(tensor), {}});
    std::vector<float> weights;
    if (importance) { TRY(weights, importance->weights(tensor)); }
    TRY(auto errors, encoder.measure(tensor, next.types, weights, kSample));
    // The noise that each tensor puts upon what it gives counts alike, whatever its size: each is a step of the
    // same computation. A tensor that is embedding and output is two.
    const double steps = tied && role_of(tensor.name) == Role::embedding ? 2 : 1;
    for (size_t t = 0; t < next.types.size(); ++t) {
      uint64_t bytes =
          *row_bytes(next.types[t], tensor.shape.back()) * (tensor.elements / tensor.shape.back());
      double relative = errors[t].relative();
      next.options.push_back({align_up(bytes, alignment), steps * relative * relative});
    }
    items.push_back(next.options);
    least += std::min_element(next.options.begin(), next.options.end(), [](const Option& a, const Option& b) {
               return a.cost < b.cost;
             })->cost;
  }

  // Bits of weights are counted without the padding, but the options' bytes have it: never too large.
  const double weight_bits = target.bits_per_weight * static_cast<double>(parameters);
  uint64_t limit = UINT64_MAX;
  if (target.file_bytes) {
    if (target.file_bytes < decided_padded + least) {
      return fail("a file of {} bytes cannot be reached: with the smallest types it takes {} bytes",
                  target.file_bytes, decided_padded + least);
    }
    limit = target.file_bytes - decided_padded;
  }
  if (target.bits_per_weight > 0) {
    double most = std::floor(weight_bits / 8) - static_cast<double>(decided);
    if (most < static_cast<double>(least)) {
      return fail("{} bits per weight cannot be reached: with the smallest types they are {:.3f}",
                  target.bits_per_weight,
                  8 * static_cast<double>(decided + least) / static_cast<double>(parameters) + 0.0005);
    }
    limit = std::min(limit, static_cast<uint64_t>(std::min(most, 0x1p62)));
  }
  auto chosen = choose_within(items, limit);
  if (!chosen) return fail("no types make the file small enough");
  for (size_t i = 0; i < open.size(); ++i) {
    Open& each = open[i];
    const size_t option = (*chosen)[i];
    const StoredTensor& tensor = *each.plan->tensor;
    each.plan->choice.type = each.plan->choice.wanted = each.types[option];
    each.plan->bytes =
        *row_bytes(each.types[option], tensor.shape.back()) * (tensor.elements / tensor.shape.back());
    const double steps = tied && role_of(tensor.name) == Role::embedding ? 2 : 1;
    each.plan->predicted = std::sqrt(each.options[option].error / steps);
  }
  return {};
}

}  // namespace hearth
