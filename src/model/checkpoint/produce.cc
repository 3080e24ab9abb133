#include "model/checkpoint/produce.h"

#include <algorithm>

#include "base/pages.h"
#include "quant/format.h"

namespace hearth {

namespace {

constexpr int64_t kAtOnce = 1 << 22;  // numbers that are encoded before they are handed on: 16 MB as floats

// Whether a tensor's places of the first dimension go through the steps each by itself: then a stack of matrices need
// not be in memory as a whole.
bool comes_apart(const LogicalTensor& tensor, const std::vector<RecipeStep>& steps) {
  bool reads_parts = tensor.kind == LogicalTensor::Kind::plain || tensor.kind == LogicalTensor::Kind::mxfp4;
  if (tensor.shape.size() < 3 || !reads_parts) return false;
  return std::all_of(steps.begin(), steps.end(), [&](const RecipeStep& step) {
    if (step.kind == RecipeStep::Kind::slice) {
      const RecipeStep::Cut& first = step.cuts.front();
      return !first.index && first.step == 1 && first.count == tensor.shape[0];
    }
    return step.kind == RecipeStep::Kind::transpose || (step.arithmetic() && step.factors.size() <= 1);
  });
}

Status through(Array array, const std::vector<RecipeStep>& steps,
               const std::function<Status(const Array&)>& each) {
  for (const RecipeStep& step : steps) TRY_STATUS(array.apply(step));
  TRY_STATUS(array.settle());
  return each(array);
}

// A tensor while it is read. Afterwards its pages are given back: a checkpoint may be larger than memory.
struct Reading {
  const LogicalTensor& tensor;
  ~Reading() {
    for (const StoredTensor* part : tensor.parts) {
      if (part) drop_file_pages(part->data);
    }
  }
};

}  // namespace

Result<Type> exact_type(const Recipe& recipe, const CheckpointTensors& source) {
  if (recipe.kind == Recipe::Kind::computed) return Type::f32;
  if (recipe.kind == Recipe::Kind::stored) {
    TRY(LogicalTensor tensor, source.logical(recipe.tensor, recipe.bias));
    if (info(tensor.type).block == 1) return tensor.type;
    return keeps_rows(tensor.turned, tensor.shape, recipe.steps) ? tensor.type : Type::f32;
  }
  TRY(Type type, exact_type(recipe.parts.front(), source));
  for (const Recipe& part : recipe.parts) {
    TRY(Type other, exact_type(part, source));
    if (other != type) return Type::f32;
  }
  return type;
}

Status produce(const Recipe& recipe, const CheckpointTensors& source,
               const std::function<Status(const Array&)>& each) {
  if (recipe.kind == Recipe::Kind::computed) {
    return each(Array::of_floats(recipe.shape, {recipe.numbers.begin(), recipe.numbers.end()}));
  }
  if (recipe.kind != Recipe::Kind::stored) {
    for (const Recipe& part : recipe.parts) TRY_STATUS(produce(part, source, each));
    return {};
  }
  TRY(LogicalTensor tensor, source.logical(recipe.tensor, recipe.bias));
  Reading reading{tensor};
  if (!comes_apart(tensor, recipe.steps)) {
    TRY(Array array, tensor.load(source.quantization()));
    return through(std::move(array), recipe.steps, each);
  }
  std::vector<RecipeStep> steps = recipe.steps;
  for (RecipeStep& step : steps) {
    if (step.kind == RecipeStep::Kind::slice) step.cuts.front().count = 1;
  }
  for (int64_t i = 0; i < tensor.shape[0]; ++i) {
    TRY(Array array, tensor.load(source.quantization(), i, 1));
    TRY_STATUS(through(std::move(array), steps, each));
  }
  return {};
}

Status RowEncoder::add(const Array& array) {
  if (left_.empty()) {
    if (const auto* bytes = array.bytes_in(type_)) return sink_(*bytes);
  }
  int64_t count = array.elements(), done = 0;
  // A row that the piece before began, or that this one will leave unfinished.
  int64_t block = info(array.type()).block;
  if (!left_.empty() || count % row_ != 0 || row_ % block != 0) {
    size_t before = left_.size();
    left_.resize(before + static_cast<size_t>(count));
    array.read(0, count, left_.data() + before);
    int64_t rows = static_cast<int64_t>(left_.size()) / row_;
    TRY_STATUS(
        encode(rows, [&](int64_t row, float* to) { std::copy_n(left_.data() + row * row_, row_, to); }));
    left_.erase(left_.begin(), left_.begin() + rows * row_);
    return {};
  }
  int64_t rows = count / row_, step = std::max<int64_t>(1, kAtOnce / row_);
  for (; done < rows; done += step) {
    TRY_STATUS(encode(std::min(step, rows - done),
                      [&](int64_t row, float* to) { array.read((done + row) * row_, row_, to); }));
  }
  return {};
}

Status RowEncoder::encode(int64_t rows, const std::function<void(int64_t row, float* to)>& read) {
  const Format* format = format_of(type_);
  auto bytes = row_bytes(type_, static_cast<uint64_t>(row_));
  TRY(Isa isa, choose_isa());
  if (!format) return fail("tensors cannot be written as {}", info(type_).name);
  if (!bytes) return fail("rows of {} cannot be written as {}", row_, info(type_).name);
  std::vector<std::byte> encoded(static_cast<size_t>(rows) * *bytes);
  threads_.run([&](Worker worker) {
    std::vector<float> numbers(static_cast<size_t>(row_));
    auto part = worker.part(rows);
    for (int64_t row = part.begin; row < part.end; ++row) {
      read(row, numbers.data());
      format->encode[isa](numbers.data(), nullptr, encoded.data() + static_cast<size_t>(row) * *bytes, row_);
    }
  });
  return sink_(encoded);
}

Status RowEncoder::finish() {
  if (left_.empty()) return {};
  return fail("{} numbers are left of rows of {}", left_.size(), row_);
}

}  // namespace hearth
