#include "model/quantize/search.h"

#include <algorithm>
#include <cmath>

#include "base/checked.h"
#include "base/pages.h"
#include "model/quantize/budget.h"
#include "model/quantize/encode.h"

namespace hearth {

uint64_t bytes_as(Type type, const StoredTensor& tensor) {
  const uint64_t columns = tensor.shape.empty() ? 1 : tensor.shape.back();
  return *row_bytes(type, columns) * (tensor.elements / columns);
}

namespace {

// Numbers of a tensor that each type is tried on.
constexpr int64_t kSample = 1 << 16;

// How much the squared error of what a tensor's product gives counts. The layers add up what they give, so the
// noise of each is diluted by the others': together their matrices count as 1, whatever their number, and nothing
// dilutes the noise of the output. Measured on two trained models of five layers (the divergence that each tensor
// alone causes, over its squared error): matrices of layers between them differ less than those of two models.
constexpr double kOutputCounts = 1.0 / 3, kEmbeddingCounts = 0.1;

// For each tensor, in units of a layer's matrix.
std::vector<double> counts_of(std::span<const TensorPlan> tensors, bool tied) {
  auto is_embedding = [](const TensorPlan& plan) { return plan.tensor->name == "token_embd.weight"; };
  auto is_output = [](const TensorPlan& plan) { return role_of(plan.tensor->name) == Role::output; };
  const auto of_layers =
      static_cast<double>(std::count_if(tensors.begin(), tensors.end(), [&](const auto& plan) {
        return plan.choice.by != TypeChoice::By::nature && !is_embedding(plan) && !is_output(plan);
      }));
  std::vector<double> counts(tensors.size(), 1);
  for (size_t i = 0; i < tensors.size(); ++i) {
    if (is_output(tensors[i])) counts[i] = of_layers * kOutputCounts;
    if (is_embedding(tensors[i])) counts[i] = of_layers * (kEmbeddingCounts + (tied ? kOutputCounts : 0));
  }
  return counts;
}

// Everything that could hold the tensor in no more bytes than now. What it is now comes first.
std::vector<Type> candidates(const StoredTensor& tensor) {
  std::vector<Type> types = {tensor.type};
  for (const Format& format : formats()) {
    auto row = row_bytes(format.type, tensor.shape.back());
    if (!row || format.type == tensor.type) continue;
    if (*row < *row_bytes(tensor.type, tensor.shape.back())) types.push_back(format.type);
  }
  return types;
}

// A tensor whose type is to be found, and what is known of each type for it.
struct Open {
  TensorPlan* plan;
  std::vector<Type> types;
  double counts;
  std::vector<EncodingError> errors;
};

// What the tensors whose types are found may take together, each padded.
Result<uint64_t> limit_of(const SizeTarget& target, std::span<const TensorPlan> tensors,
                          std::span<const std::vector<Option>> items, uint64_t fixed_bytes,
                          uint64_t alignment) {
  uint64_t parameters = 0, decided = 0, decided_padded = fixed_bytes, least = 0;
  for (const TensorPlan& plan : tensors) {
    parameters += plan.tensor->elements;
    if (plan.choice.by == TypeChoice::By::nobody) continue;
    decided += plan.bytes;
    decided_padded += align_up(plan.bytes, alignment);
  }
  for (const auto& options : items) {
    least += std::min_element(options.begin(), options.end(), [](const Option& a, const Option& b) {
               return a.cost < b.cost;
             })->cost;
  }
  uint64_t limit = UINT64_MAX;
  if (target.file_bytes) {
    if (target.file_bytes < decided_padded + least) {
      return fail("a file of {} bytes cannot be reached: with the smallest types it takes {} bytes",
                  target.file_bytes, decided_padded + least);
    }
    limit = target.file_bytes - decided_padded;
  }
  if (target.bits_per_weight > 0) {
    // Bits are counted without the padding that the options have: never too many.
    const double bits = target.bits_per_weight * static_cast<double>(parameters);
    const double most = std::floor(bits / 8) - static_cast<double>(decided);
    if (most < static_cast<double>(least)) {
      const double reached = 8 * static_cast<double>(decided + least) / static_cast<double>(parameters);
      return fail("{} bits per weight cannot be reached: with the smallest types they are {:.3f}",
                  target.bits_per_weight, std::ceil(reached * 1000) / 1000);
    }
    limit = std::min(limit, static_cast<uint64_t>(std::min(most, 0x1p62)));
  }
  return limit;
}

}  // namespace

Status search_types(std::span<TensorPlan> tensors, const SizeTarget& target,
                    const NamedImportance* importance, bool tied, uint64_t fixed_bytes, uint64_t alignment,
                    ThreadPool& threads, Isa isa, const Progress& progress) {
  std::vector<Open> open;
  std::vector<std::vector<Option>> items;
  const std::vector<double> counts = counts_of(tensors, tied);
  for (size_t i = 0; i < tensors.size(); ++i) {
    TensorPlan& plan = tensors[i];
    if (plan.choice.by != TypeChoice::By::nobody) continue;
    open.push_back({&plan, candidates(*plan.tensor), counts[i], {}});
    auto& options = items.emplace_back();
    for (Type type : open.back().types) {
      options.push_back({align_up(bytes_as(type, *plan.tensor), alignment), 0});
    }
  }
  TRY(uint64_t limit, limit_of(target, tensors, items, fixed_bytes, alignment));

  TensorEncoder encoder(threads, isa);
  for (size_t i = 0; i < open.size(); ++i) {
    const StoredTensor& tensor = *open[i].plan->tensor;
    if (!report(progress, tensor.name, i, open.size())) return fail("stopped; nothing was written");
    std::vector<float> weights;
    if (importance) { TRY(weights, importance->weights(tensor)); }
    TRY(open[i].errors, encoder.measure(tensor, open[i].types, weights, kSample));
    drop_file_pages(tensor.data);
    for (size_t t = 0; t < items[i].size(); ++t) {
      const double relative = open[i].errors[t].relative();
      items[i][t].error = open[i].counts * relative * relative;
    }
  }

  auto chosen = choose_within(items, limit);
  if (!chosen) return fail("no types make the file small enough");
  for (size_t i = 0; i < open.size(); ++i) {
    const size_t option = (*chosen)[i];
    TensorPlan& plan = *open[i].plan;
    plan.choice.type = plan.choice.wanted = open[i].types[option];
    plan.bytes = bytes_as(plan.choice.type, *plan.tensor);
    plan.predicted = open[i].errors[option].relative();
  }
  return {};
}

}  // namespace hearth
