#include "graph/recipe.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <numeric>

#include "base/checked.h"

namespace hearth {

namespace {

std::string shown(const Dims& shape) { return fmt::format("({})", fmt::join(shape, ", ")); }

// Nothing if one is not positive or the product too large to be a size.
std::optional<int64_t> product(const int64_t* from, const int64_t* to) {
  int64_t result = 1;
  for (; from != to; ++from) {
    auto next = checked_mul(result, *from);
    if (*from <= 0 || !next) return std::nullopt;
    result = *next;
  }
  return result;
}
std::optional<int64_t> product(const std::vector<int64_t>& n) {
  return product(n.data(), n.data() + n.size());
}

Result<Dims> sliced(const RecipeStep& step, const Dims& shape) {
  if (step.cuts.size() > shape.size())
    return fail("{} dimensions are cut; there are {}", step.cuts.size(), shape.size());
  Dims result;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (i >= step.cuts.size()) {
      result.push_back(shape[i]);
      continue;
    }
    const RecipeStep::Cut& cut = step.cuts[i];
    int64_t last = cut.first + (cut.count - 1) * cut.step;
    if (cut.count < 1 || cut.first < 0 || last >= shape[i]) {
      return fail("{} to {} are cut from a dimension of {}", cut.first, last, shape[i]);
    }
    if (!cut.index) result.push_back(cut.count);
  }
  return result;
}

// The first dimension in `parts` and as many as are left.
Result<Dims> rows_split(const Dims& shape, const std::vector<int64_t>& parts) {
  auto count = product(parts);
  if (shape.empty() || !count || shape[0] % *count != 0)
    return fail("{} rows cannot be split into {}", shape.empty() ? 1 : shape[0], shown(parts));
  Dims result = parts;
  result.push_back(shape[0] / *count);
  result.insert(result.end(), shape.begin() + 1, shape.end());
  return result;
}

}  // namespace

Result<Dims> shape_after(const RecipeStep& step, const Dims& shape) {
  const auto& n = step.numbers;
  auto rows = shape.empty() ? 1 : shape[0];
  switch (step.kind) {
    case RecipeStep::Kind::slice: return sliced(step, shape);
    case RecipeStep::Kind::split: return rows_split(shape, n);
    case RecipeStep::Kind::swap: {
      auto rank = static_cast<int64_t>(shape.size());
      if (n[0] < 0 || n[1] < 0 || n[0] >= rank || n[1] >= rank)
        return fail("dimensions {} and {} of {} cannot be exchanged", n[0], n[1], shown(shape));
      Dims result = shape;
      std::swap(result[static_cast<size_t>(n[0])], result[static_cast<size_t>(n[1])]);
      return result;
    }
    case RecipeStep::Kind::reshape: {
      auto have = product(shape), want = product(n);
      if (!want || have != want) return fail("{} cannot be reshaped to {}", shown(shape), shown(n));
      return n;
    }
    case RecipeStep::Kind::interleave: {
      TRY(Dims pairs, rows_split(shape, {n[0], 2}));
      return shape;
    }
    case RecipeStep::Kind::regroup: {
      auto parts = std::vector<int64_t>(n.begin() + 1, n.end());
      int64_t sum = 0;
      for (int64_t part : parts) {
        auto next = part > 0 ? checked_add(sum, part) : std::nullopt;
        if (!next) return fail("a group's part is {} rows", part);
        sum = *next;
      }
      auto all = n[0] > 0 ? checked_mul(n[0], sum) : std::nullopt;
      if (!all || *all != rows) return fail("{} rows are not {} groups of {}", rows, n[0], shown(parts));
      return shape;
    }
    case RecipeStep::Kind::deal: {
      auto dealt = product(n.data() + 1, n.data() + 4);
      auto all = dealt && n[0] >= 0 ? checked_add(n[0], *dealt) : std::nullopt;
      if (!all || *all != rows)
        return fail("{} rows are not {} and {} times {} blocks of {}", rows, n[0], n[1], n[2], n[3]);
      return shape;
    }
    case RecipeStep::Kind::transpose: {
      if (shape.size() < 2) return fail("{} has no two dimensions to exchange", shown(shape));
      Dims result = shape;
      std::swap(result[shape.size() - 1], result[shape.size() - 2]);
      return result;
    }
    case RecipeStep::Kind::add:
    case RecipeStep::Kind::subtract:
    case RecipeStep::Kind::multiply:
    case RecipeStep::Kind::divide:
      if (step.factors.size() != 1 && static_cast<int64_t>(step.factors.size()) != rows)
        return fail("{} numbers for {} rows", step.factors.size(), rows);
      return shape;
    case RecipeStep::Kind::exponential:
    case RecipeStep::Kind::negate: return shape;
  }
  return fail("an unknown step");
}

}  // namespace hearth
