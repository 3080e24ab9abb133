#include "model/checkpoint/array.h"

#include <cmath>
#include <cstring>

#include "model/numbers.h"

namespace hearth {

namespace {

int64_t product(std::span<const int64_t> sizes) {
  int64_t result = 1;
  for (int64_t size : sizes) result *= size;
  return result;
}

double computed(const RecipeStep& step, double x) {
  switch (step.kind) {
    case RecipeStep::Kind::add: return x + step.factors[0];
    case RecipeStep::Kind::subtract: return x - step.factors[0];
    case RecipeStep::Kind::multiply: return x * step.factors[0];
    case RecipeStep::Kind::divide: return x / step.factors[0];
    case RecipeStep::Kind::exponential: return std::exp(x);
    default: return -x;
  }
}

}  // namespace

Array::Array(Dims shape, Type type, std::vector<std::byte> bytes, bool turned)
    : shape_(std::move(shape)),
      type_(type),
      owned_(std::make_shared<const std::vector<std::byte>>(std::move(bytes))),
      turned_(turned) {
  bytes_ = *owned_;
}

Array Array::of_floats(Dims shape, std::vector<float> numbers) {
  std::vector<std::byte> bytes(numbers.size() * sizeof(float));
  if (!numbers.empty()) std::memcpy(bytes.data(), numbers.data(), bytes.size());
  return Array(std::move(shape), Type::f32, std::move(bytes));
}

int64_t Array::elements() const { return product(shape_); }

void Array::read(int64_t first, int64_t count, float* to) const {
  const TypeInfo& type = info(type_);
  const std::byte* from = bytes_.data() + first / type.block * type.bytes;
  decode_numbers(type_, from, count, to);
  for (const RecipeStep& step : pending_) {
    for (int64_t i = 0; i < count; ++i) to[i] = static_cast<float>(computed(step, to[i]));
  }
}

Status Array::to_floats() {
  std::vector<std::byte> floats(static_cast<size_t>(elements()) * sizeof(float));
  read(0, elements(), reinterpret_cast<float*>(floats.data()));
  pending_.clear();
  owned_ = std::make_shared<const std::vector<std::byte>>(std::move(floats));
  bytes_ = *owned_;
  type_ = Type::f32;
  return {};
}

Status Array::gather(const std::vector<View>& views, Dims shape) {
  // What lies together at the end of every view is copied as one.
  int64_t run = 0;
  bool whole = true;  // blocks stay whole
  auto block = static_cast<int64_t>(info(type_).block);
  for (const View& view : views) {
    int64_t together = 1;
    size_t outer = view.axes.size();
    while (outer > 0 && (view.axes[outer - 1].stride == together || view.axes[outer - 1].size == 1)) {
      together *= view.axes[outer - 1].size;
      --outer;
    }
    whole = whole && together % block == 0 && view.offset % block == 0;
    for (size_t i = 0; i < outer; ++i) whole = whole && view.axes[i].stride % block == 0;
    run = together;
    if (views.size() == 1 && outer == 0 && whole) {
      bytes_ = bytes_.subspan(static_cast<size_t>(view.offset / block * info(type_).bytes),
                              static_cast<size_t>(run / block * info(type_).bytes));
      shape_ = std::move(shape);
      return {};
    }
  }
  if (!whole) {
    TRY_STATUS(to_floats());
    return gather(views, std::move(shape));
  }
  auto bytes_of = [&](int64_t elements) { return static_cast<size_t>(elements / block * info(type_).bytes); };
  std::vector<std::byte> result(bytes_of(product(shape)));
  std::byte* to = result.data();
  for (const View& view : views) {
    size_t outer = view.axes.size();
    run = 1;
    while (outer > 0 && (view.axes[outer - 1].stride == run || view.axes[outer - 1].size == 1))
      run *= view.axes[--outer].size;
    std::vector<int64_t> at(outer, 0);
    int64_t place = view.offset;
    size_t bytes = bytes_of(run);
    while (true) {
      std::memcpy(to, bytes_.data() + bytes_of(place), bytes);
      to += bytes;
      size_t i = outer;
      while (i > 0) {
        const Axis& axis = view.axes[i - 1];
        place += axis.stride;
        if (++at[i - 1] < axis.size) break;
        place -= axis.stride * axis.size;
        at[--i] = 0;
      }
      if (i == 0) break;
    }
  }
  owned_ = std::make_shared<const std::vector<std::byte>>(std::move(result));
  bytes_ = *owned_;
  shape_ = std::move(shape);
  return {};
}

Status Array::settle() {
  if (!turned_) return {};
  size_t rank = shape_.size();
  int64_t rows = shape_[rank - 1], columns = shape_[rank - 2];  // as stored
  int64_t matrices = product(shape_) / std::max<int64_t>(rows * columns, 1);
  turned_ = false;
  return gather({{0, {{matrices, rows * columns}, {columns, 1}, {rows, columns}}}}, shape_);
}

Status Array::apply(const RecipeStep& step) {
  TRY(Dims after, shape_after(step, shape_));
  if (step.kind == RecipeStep::Kind::transpose) {
    turned_ = !turned_;
    shape_ = std::move(after);
    return {};
  }
  if (step.arithmetic() && step.factors.size() <= 1) {
    pending_.push_back(step);
    return {};
  }
  TRY_STATUS(settle());
  const auto& n = step.numbers;
  int64_t rest = shape_.empty() ? 1 : product(std::span(shape_).subspan(1));  // elements of a row
  int64_t rows = shape_.empty() ? 1 : shape_[0];
  switch (step.kind) {
    case RecipeStep::Kind::split:
    case RecipeStep::Kind::reshape: shape_ = std::move(after); return {};
    case RecipeStep::Kind::slice: {
      View view{0, {}};
      int64_t stride = elements();
      for (size_t i = 0; i < shape_.size(); ++i) {
        stride /= shape_[i];
        RecipeStep::Cut cut = i < step.cuts.size() ? step.cuts[i] : RecipeStep::Cut{0, shape_[i], 1, false};
        view.offset += cut.first * stride;
        view.axes.push_back({cut.count, stride * cut.step});
      }
      return gather({view}, std::move(after));
    }
    case RecipeStep::Kind::swap: {
      View view{0, {}};
      int64_t stride = elements();
      for (int64_t size : shape_) {
        stride /= size;
        view.axes.push_back({size, stride});
      }
      std::swap(view.axes[static_cast<size_t>(n[0])], view.axes[static_cast<size_t>(n[1])]);
      return gather({view}, std::move(after));
    }
    case RecipeStep::Kind::interleave: {
      int64_t half = rows / n[0] / 2;
      return gather({{0, {{n[0], 2 * half * rest}, {half, rest}, {2, half * rest}, {rest, 1}}}},
                    std::move(after));
    }
    case RecipeStep::Kind::regroup: {
      std::vector<View> views;
      int64_t offset = 0;
      for (size_t i = 1; i < n.size(); ++i) {
        views.push_back({offset, {{n[0], rows / n[0] * rest}, {n[i] * rest, 1}}});
        offset += n[i] * rest;
      }
      return gather(views, std::move(after));
    }
    case RecipeStep::Kind::deal: {
      std::vector<View> views;
      if (n[0] > 0) views.push_back({0, {{n[0] * rest, 1}}});
      int64_t block = n[3] * rest;
      views.push_back({n[0] * rest, {{n[2], block}, {n[1], n[2] * block}, {block, 1}}});
      return gather(views, std::move(after));
    }
    default: break;
  }
  // A number for each row.
  TRY_STATUS(to_floats());
  auto floats = std::vector<std::byte>(bytes_.begin(), bytes_.end());
  auto* numbers = reinterpret_cast<float*>(floats.data());
  RecipeStep one = step;
  for (int64_t row = 0; row < rows; ++row) {
    one.factors = {step.factors[static_cast<size_t>(row)]};
    for (int64_t i = 0; i < rest; ++i) {
      float& x = numbers[row * rest + i];
      x = static_cast<float>(computed(one, x));
    }
  }
  owned_ = std::make_shared<const std::vector<std::byte>>(std::move(floats));
  bytes_ = *owned_;
  return {};
}

bool keeps_rows(bool turned, const Dims& shape, std::span<const RecipeStep> steps) {
  Dims now = shape;
  for (const RecipeStep& step : steps) {
    auto after = shape_after(step, now);
    if (!after.ok() || step.arithmetic()) return false;
    if (step.kind == RecipeStep::Kind::transpose) {
      turned = !turned;
    } else if (turned || now.size() < 2 || after->empty() || after->back() != now.back()) {
      return false;
    } else if (step.kind == RecipeStep::Kind::swap &&
               std::max(step.numbers[0], step.numbers[1]) + 1 == static_cast<int64_t>(now.size())) {
      return false;
    }
    now = *std::move(after);
  }
  return !turned;
}

}  // namespace hearth
