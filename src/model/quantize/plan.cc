#include "model/quantize/plan.h"

#include <algorithm>
#include <map>

#include "base/checked.h"
#include "base/log.h"
#include "base/text.h"
#include "formats/gguf_rules.h"
#include "model/quantize/encode.h"
#include "model/quantize/search.h"

namespace hearth {

namespace {

bool is_float(Type type) {
  return type == Type::f32 || type == Type::f16 || type == Type::bf16 || type == Type::f64;
}

// Types whose blocks have so few bits that they must be told what to spend them on.
bool needs_importance(Type type) {
  constexpr Type kTypes[] = {Type::iq1_s,  Type::iq1_m, Type::iq2_xxs,
                             Type::iq2_xs, Type::iq2_s, Type::iq3_xxs};
  return std::find(std::begin(kTypes), std::end(kTypes), type) != std::end(kTypes);
}

Status check_change(const TensorPlan& plan, bool allow_requantize) {
  const StoredTensor& tensor = *plan.tensor;
  const bool may_change = plan.choice.by == TypeChoice::By::nobody;
  if (plan.choice.type == tensor.type && !may_change) return {};
  if (!is_writable(plan.choice.type)) {
    return fail("tensor {}: cannot be written as {}", quote(tensor.name), info(plan.choice.type).name);
  }
  if (!is_float(tensor.type) && !allow_requantize) {
    return fail(
        "tensor {} is {} already: quantized again it would lose twice; use the model in f16, bf16 or f32, "
        "or --allow-requantize",
        quote(tensor.name), info(tensor.type).name);
  }
  return {};
}

void warn(const QuantizePlan& plan) {
  size_t blind = 0, unknown = 0;
  for (const TensorPlan& each : plan.tensors) {
    if (each.weighted || each.choice.type == each.tensor->type || is_float(each.choice.type)) continue;
    Role role = role_of(each.tensor->name);
    if (role == Role::embedding || role == Role::output) continue;
    ++unknown;
    if (needs_importance(each.choice.type)) ++blind;
  }
  if (plan.importance && unknown > 0) {
    log_warning("{}: says nothing about {} of the tensors that change; their columns count alike",
                plan.importance->name, unknown);
  } else if (blind > 0) {
    log_warning("{} tensors get types of so few bits that they need --importance to be good", blind);
  }
}

// What a file is called in which most bytes are of this type.
uint32_t file_type_of(std::span<const TensorPlan> tensors) {
  std::map<Type, uint64_t> bytes;
  for (const TensorPlan& plan : tensors) bytes[plan.choice.type] += plan.bytes;
  auto most = std::max_element(bytes.begin(), bytes.end(),
                               [](const auto& a, const auto& b) { return a.second < b.second; });
  auto preset = most == bytes.end() ? std::nullopt : preset_named(info(most->first).name);
  return preset ? info(*preset).file_type : 0;
}

Result<GgufContents> contents_of(const QuantizePlan& plan, std::optional<uint32_t> file_type) {
  GgufContents contents;
  for (const auto& [key, value] : plan.file->metadata().entries()) TRY_STATUS(contents.set(key, value));
  if (file_type) {
    TRY_STATUS(contents.set("general.quantization_version", kGgufQuantizationVersion));
    TRY_STATUS(contents.set("general.file_type", *file_type));
  }
  if (plan.importance) {
    const Importance& importance = plan.importance->importance;
    TRY_STATUS(contents.set("quantize.imatrix.file", std::string_view(plan.importance->name)));
    if (!importance.datasets.empty()) {
      TRY_STATUS(contents.set("quantize.imatrix.dataset", std::string_view(importance.datasets.front())));
    }
    TRY_STATUS(
        contents.set("quantize.imatrix.entries_count", static_cast<uint32_t>(importance.tensors.size())));
    TRY_STATUS(contents.set("quantize.imatrix.chunks_count", importance.chunk_count));
  }
  for (const TensorPlan& each : plan.tensors) {
    TRY_STATUS(contents.add_tensor(each.tensor->name, each.choice.type, each.tensor->shape));
  }
  return contents;
}

}  // namespace

Result<std::vector<float>> NamedImportance::weights(const StoredTensor& tensor) const {
  const InputSquares* squares = importance.find(tensor.name);
  if (!squares) return std::vector<float>();
  const RowsOf shape(tensor);
  // Embeddings are looked up, not multiplied; what some files say about them has another meaning.
  auto means = squares->means(shape.matrices(), static_cast<uint64_t>(shape.columns));
  if (!means.ok() && role_of(tensor.name) == Role::embedding) return std::vector<float>();
  if (!means.ok())
    return within(fmt::format("{}: tensor {}", name, quote(tensor.name)), std::move(means).error());
  return means;
}

uint64_t QuantizePlan::source_bytes() const {
  uint64_t bytes = 0;
  for (const TensorPlan& plan : tensors) bytes += plan.tensor->data.size();
  return bytes;
}

uint64_t QuantizePlan::bytes() const {
  uint64_t bytes = 0;
  for (const TensorPlan& plan : tensors) bytes += plan.bytes;
  return bytes;
}

uint64_t QuantizePlan::parameters() const {
  uint64_t count = 0;
  for (const TensorPlan& plan : tensors) count += plan.tensor->elements;
  return count;
}

Result<QuantizePlan> plan_quantization(const GgufFile& file, const QuantizeOptions& options,
                                       ThreadPool& threads, Isa isa, const Progress& progress) {
  QuantizePlan plan{.file = &file, .importance = options.importance};
  TRY(ModelFacts facts, model_facts(file.metadata(), file.tensors()));
  std::vector<std::string> unused;
  TRY(auto choices, choose_types(options.wishes, facts, file.tensors(), options.importance, unused));
  for (const std::string& pattern : unused) {
    log_warning("--tensor-type {}: no tensor whose type can change has this in its name", quote(pattern));
  }
  plan.tensors_of_file.resize(options.keep_split ? file.parts().size() : 1);
  for (size_t i = 0; i < choices.size(); ++i) {
    const StoredTensor& tensor = file.tensors()[i];
    ++plan.tensors_of_file[options.keep_split ? tensor.part : 0];
    TensorPlan each{&tensor, choices[i], bytes_as(choices[i].type, tensor), false};
    if (!options.target && each.choice.by == TypeChoice::By::nobody) each.choice.by = TypeChoice::By::nature;
    TRY_STATUS(check_change(each, options.allow_requantize));
    if (options.importance) {
      TRY(auto weights, options.importance->weights(tensor));
      each.weighted = !weights.empty();
    }
    plan.tensors.push_back(each);
  }

  std::optional<uint32_t> file_type;
  if (options.wishes.preset) file_type = info(*options.wishes.preset).file_type;
  if (options.target) {
    TRY(plan.contents, contents_of(plan, 0));
    const uint64_t alignment = file.parts().front().alignment;
    uint64_t data = 0;
    for (const TensorPlan& each : plan.tensors) data += align_up(each.bytes, alignment);
    const uint64_t headers = plan.contents.file_bytes(plan.tensors_of_file) - data;
    TRY_STATUS(search_types(plan.tensors, *options.target, options.importance,
                            has_tied_output(file.tensors()), headers, alignment, threads, isa, progress));
    file_type = file_type_of(plan.tensors);
  }
  TRY(plan.contents, contents_of(plan, file_type));
  plan.file_bytes = plan.contents.file_bytes(plan.tensors_of_file);
  warn(plan);
  return plan;
}

}  // namespace hearth
