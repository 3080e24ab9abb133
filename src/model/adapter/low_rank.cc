#include "model/adapter/low_rank.h"

#include <algorithm>

#include "base/text.h"

namespace hearth {

namespace {

std::vector<float> numbers(const Array& array) {
  std::vector<float> all(static_cast<size_t>(array.elements()));
  array.read(0, array.elements(), all.data());
  return all;
}

int64_t count_of(std::span<const int64_t> sizes) {
  int64_t count = 1;
  for (int64_t size : sizes) count *= size;
  return count;
}

Error cannot(std::string_view tensor, std::string_view why) {
  return fail("the change of {} cannot be kept apart from the weight: {}", escape(tensor), why);
}

Status turn(Array& array) {
  TRY_STATUS(array.apply(RecipeStep{RecipeStep::Kind::transpose}));
  return array.settle();
}

// The cuts of dimensions before the last are of rows, that of the last of columns.
Status slice(LowRank& change, const RecipeStep& step, std::string_view tensor) {
  size_t rows = change.left.shape().size() - 1;
  RecipeStep of_left{RecipeStep::Kind::slice};
  of_left.cuts.assign(step.cuts.begin(),
                      step.cuts.begin() + static_cast<std::ptrdiff_t>(std::min(rows, step.cuts.size())));
  TRY_STATUS(change.left.apply(of_left));
  if (step.cuts.size() <= rows) return {};
  const RecipeStep::Cut& columns = step.cuts[rows];
  if (columns.index) return cannot(tensor, "a single column is taken");
  RecipeStep of_right{RecipeStep::Kind::slice};
  for (size_t i = 0; i + 1 < change.right.shape().size(); ++i)
    of_right.cuts.push_back({0, change.right.shape()[i], 1, false});
  of_right.cuts.push_back(columns);
  return change.right.apply(of_right);
}

Status transpose(LowRank& change) {
  TRY_STATUS(change.spread());
  TRY_STATUS(turn(change.left));
  TRY_STATUS(turn(change.right));
  std::swap(change.left, change.right);
  return {};
}

Status take(LowRank& change, const RecipeStep& step, std::string_view tensor) {
  using Kind = RecipeStep::Kind;
  auto last = static_cast<int64_t>(change.left.shape().size()) - 1;
  if (change.right.shape().size() > 2 && !step.arithmetic())
    return cannot(tensor, "its parts are moved after they were turned");
  switch (step.kind) {
    case Kind::add:
    case Kind::subtract: return {};  // of the weight, not of its change
    case Kind::exponential: return cannot(tensor, "the weight is an exponential");
    case Kind::slice: return slice(change, step, tensor);
    case Kind::transpose: return transpose(change);
    case Kind::swap:
      if (std::max(step.numbers[0], step.numbers[1]) >= last) return cannot(tensor, "its columns are moved");
      return change.left.apply(step);
    case Kind::reshape: {
      if (step.numbers.back() != change.right.shape().back()) return cannot(tensor, "its columns are moved");
      RecipeStep of_left = step;
      of_left.numbers.back() = change.rank();
      return change.left.apply(of_left);
    }
    default: return change.left.apply(step);
  }
}

// Changes of matrices side by side, each with the ranks of the largest: [parts, rows, rank] and [parts, rank, columns].
Result<LowRank> stack(std::vector<LowRank> parts) {
  int64_t rank = 1;
  for (const LowRank& part : parts) rank = std::max(rank, part.rank());
  Dims rows = parts.front().left.shape();
  int64_t columns = parts.front().right.shape().back();
  if (rows.size() != 2) return fail("stacks of stacks have no low-rank changes");
  std::vector<float> left, right;
  for (const LowRank& part : parts) {
    std::vector<float> l = numbers(part.left), r = numbers(part.right);
    int64_t own = part.rank();
    for (int64_t row = 0; row < rows[0]; ++row) {
      left.insert(left.end(), l.begin() + row * own, l.begin() + (row + 1) * own);
      left.insert(left.end(), static_cast<size_t>(rank - own), 0.0f);
    }
    right.insert(right.end(), r.begin(), r.end());
    right.insert(right.end(), static_cast<size_t>((rank - own) * columns), 0.0f);
  }
  auto count = static_cast<int64_t>(parts.size());
  return LowRank{Array::of_floats({count, rows[0], rank}, std::move(left)),
                 Array::of_floats({count, rank, columns}, std::move(right))};
}

// Changes of matrices one below the other: each keeps its ranks to itself.
Result<LowRank> join(std::vector<LowRank> parts) {
  int64_t rank = 0, rows = 0, columns = parts.front().right.shape().back();
  for (const LowRank& part : parts) {
    if (part.left.shape().size() != 2 || part.right.shape().size() != 2)
      return fail("joined stacks have no low-rank changes");
    rank += part.rank();
    rows += part.left.shape()[0];
  }
  std::vector<float> left(static_cast<size_t>(rows * rank)), right;
  int64_t first_row = 0, first = 0;
  for (const LowRank& part : parts) {
    std::vector<float> l = numbers(part.left), r = numbers(part.right);
    for (int64_t row = 0; row < part.left.shape()[0]; ++row) {
      std::copy_n(l.begin() + row * part.rank(), part.rank(),
                  left.begin() + (first_row + row) * rank + first);
    }
    right.insert(right.end(), r.begin(), r.end());
    first_row += part.left.shape()[0];
    first += part.rank();
  }
  return LowRank{Array::of_floats({rows, rank}, std::move(left)),
                 Array::of_floats({rank, columns}, std::move(right))};
}

}  // namespace

Status LowRank::spread() {
  TRY_STATUS(left.settle());
  TRY_STATUS(right.settle());
  const Dims& shape = left.shape();
  if (shape.size() == right.shape().size()) return {};
  if (right.shape().size() != 2) return fail("a low-rank change of {} dimensions", shape.size());
  Dims spread(shape.begin(), shape.end() - 2);
  int64_t times = count_of(spread);
  std::vector<float> one = numbers(right), all;
  all.reserve(one.size() * static_cast<size_t>(times));
  for (int64_t i = 0; i < times; ++i) all.insert(all.end(), one.begin(), one.end());
  spread.insert(spread.end(), right.shape().begin(), right.shape().end());
  right = Array::of_floats(std::move(spread), std::move(all));
  return {};
}

LowRank no_change(const Dims& shape, int64_t rank) {
  Dims left = shape;
  left.back() = rank;
  auto zeros = [](Dims dims) {
    auto count = static_cast<size_t>(count_of(dims));
    return Array::of_floats(std::move(dims), std::vector<float>(count));
  };
  return {zeros(std::move(left)), zeros({rank, shape.back()})};
}

Result<std::optional<LowRank>> change_of(const Recipe& recipe, const FindChange& find) {
  if (recipe.kind == Recipe::Kind::computed) return std::optional<LowRank>();
  if (recipe.kind == Recipe::Kind::stored) {
    TRY(std::optional<LowRank> change, find(recipe.tensor));
    if (!change) return std::optional<LowRank>();
    for (const RecipeStep& step : recipe.steps) TRY_STATUS(take(*change, step, recipe.tensor));
    TRY_STATUS(change->left.settle());
    TRY_STATUS(change->right.settle());
    return change;
  }
  std::vector<LowRank> parts;
  bool any = false;
  for (const Recipe& part : recipe.parts) {
    TRY(std::optional<LowRank> change, change_of(part, find));
    any |= change.has_value();
    parts.push_back(change ? *std::move(change) : no_change(part.shape, 1));
  }
  if (!any) return std::optional<LowRank>();
  TRY(LowRank whole, recipe.kind == Recipe::Kind::stack ? stack(std::move(parts)) : join(std::move(parts)));
  return std::optional<LowRank>(std::move(whole));
}

}  // namespace hearth
