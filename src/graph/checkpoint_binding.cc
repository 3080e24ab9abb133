#include "graph/checkpoint_binding.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/text.h"
#include "graph/transforms.h"

namespace hearth::arch {

namespace {

constexpr std::string_view kTied = "tie_word_embeddings";
constexpr size_t kMostTransforms = 64;  // of one tensor

RecipeStep::Kind kind_of(const Transform& transform) {
  switch (transform.kind) {
    case Transform::Kind::slice: return RecipeStep::Kind::slice;
    case Transform::Kind::add: return RecipeStep::Kind::add;
    case Transform::Kind::subtract: return RecipeStep::Kind::subtract;
    case Transform::Kind::multiply: return RecipeStep::Kind::multiply;
    case Transform::Kind::divide: return RecipeStep::Kind::divide;
    case Transform::Kind::call: break;
  }
  switch (transform_named(transform.name)->transform) {
    case TransformName::split: return RecipeStep::Kind::split;
    case TransformName::swap: return RecipeStep::Kind::swap;
    case TransformName::reshape: return RecipeStep::Kind::reshape;
    case TransformName::interleave: return RecipeStep::Kind::interleave;
    case TransformName::regroup: return RecipeStep::Kind::regroup;
    case TransformName::deal: return RecipeStep::Kind::deal;
    case TransformName::transpose: return RecipeStep::Kind::transpose;
    case TransformName::exp: return RecipeStep::Kind::exponential;
    case TransformName::negate: return RecipeStep::Kind::negate;
  }
  return RecipeStep::Kind::transpose;
}

// `{a,b}` in a name: what stands before, each of the list, what stands behind.
std::optional<std::vector<std::string>> alternatives(const std::string& name) {
  size_t open = name.find('{'), close = name.find('}', open);
  if (open == std::string::npos || close == std::string::npos) return std::nullopt;
  std::vector<std::string> all;
  for (size_t from = open + 1; from <= close;) {
    size_t to = std::min(name.find(',', from), close);
    all.push_back(name.substr(0, open) + name.substr(from, to - from) + name.substr(close + 1));
    from = to + 1;
  }
  return all;
}

// Puts parts of one shape, found in order, together.
Recipe together(Recipe::Kind kind, std::vector<Recipe> parts, Dims shape) {
  if (parts.size() == 1 && kind == Recipe::Kind::join) return std::move(parts.front());
  Recipe recipe;
  recipe.kind = kind;
  recipe.shape = std::move(shape);
  recipe.parts = std::move(parts);
  return recipe;
}

Result<Recipe> stacked(std::vector<Recipe> parts) {
  Dims shape = {static_cast<int64_t>(parts.size())};
  for (const Recipe& part : parts) {
    if (part.shape != parts.front().shape)
      return fail("{} gives {}, {} gives {}", parts.front().tensor, join_shape(parts.front().shape),
                  part.tensor, join_shape(part.shape));
  }
  shape.insert(shape.end(), parts.front().shape.begin(), parts.front().shape.end());
  return together(Recipe::Kind::stack, std::move(parts), std::move(shape));
}

Result<Recipe> joined(std::vector<Recipe> parts) {
  Dims shape = parts.front().shape;
  for (size_t i = 1; i < parts.size(); ++i) {
    const Dims& next = parts[i].shape;
    if (shape.empty() || next.size() != shape.size() ||
        !std::equal(next.begin() + 1, next.end(), shape.begin() + 1))
      return fail("{} cannot be joined to {}", join_shape(next), join_shape(parts.front().shape));
    shape[0] += next[0];
  }
  return together(Recipe::Kind::join, std::move(parts), std::move(shape));
}

// Does a stored name match an `ignore`? `#` is digits, `#+` the number of a layer behind the last, `*` any rest.
bool matches(std::string_view pattern, std::string_view name, int64_t layers) {
  size_t n = 0;
  for (size_t p = 0; p < pattern.size(); ++p) {
    const char c = pattern[p];
    if (c == '*') return true;
    if (c == '#') {
      size_t from = n;
      while (n < name.size() && name[n] >= '0' && name[n] <= '9') ++n;
      if (n == from) return false;
      if (!pattern.substr(p + 1).starts_with('+')) continue;
      ++p;
      int64_t number = 0;
      auto [end, error] = std::from_chars(name.data() + from, name.data() + n, number);
      if (error != std::errc() || number < layers) return false;
    } else if (n < name.size() && name[n] == c) {
      ++n;
    } else {
      return false;
    }
  }
  return n == name.size();
}

}  // namespace

Result<std::string> CheckpointBinding::full_name(const Wanted& wanted, std::string_view name) const {
  const std::string& prefix = wanted.declaration.hf_prefix;
  if (prefix.empty() || prefix == "-") return std::string(name);
  size_t hash = prefix.find('#');
  size_t end = hash == std::string::npos ? hash : hash + 1;
  while (end < prefix.size() && (std::isalnum(static_cast<unsigned char>(prefix[end])) || prefix[end] == '_'))
    ++end;
  if (hash == std::string::npos || end == hash + 1)
    return fmt::format("{}.{}", numbered(prefix, wanted.layer), name);
  // `#deep`: its number among the layers where the entry `deep` holds.
  std::string_view word = std::string_view(prefix).substr(hash + 1, end - hash - 1);
  const Entry* entry = architecture_.entry(word);
  if (!entry)
    return error_at(wanted.declaration.row.name.at, "`#{}` counts by an entry, and there is none", word);
  int64_t number = 0;
  for (int64_t layer = 0; layer < wanted.layer.value_or(0); ++layer) {
    TRY(Item here, config_.value(*entry, layer, wanted.declaration.row.name.at));
    number += here.truth().value_or(false);
  }
  return fmt::format("{}{}{}.{}", prefix.substr(0, hash), number, prefix.substr(end), name);
}

Result<std::optional<Binding::Found>> CheckpointBinding::locate(const Wanted& wanted) {
  const Row& row = wanted.declaration.row;
  std::optional<Pair> pair;
  bool ties = false;
  for (const Origin& origin : row.origins) {
    ties |= origin.kind == Origin::Kind::tie;
    if (pair) continue;
    if (origin.kind == Origin::Kind::computed) {
      TRY(std::optional<Recipe> computed, compute(wanted, *origin.computed));
      if (computed) pair = Pair{*std::move(computed), std::nullopt};
    } else if (origin.kind == Origin::Kind::stored) {
      TRY(pair, gather(wanted, origin));
    }
  }
  if (!pair) return std::optional<Found>();
  take(pair->weight);
  if (pair->bias) take(*pair->bias);
  if (ties) {
    // Tied: a copy that is stored all the same is not used.
    TRY(std::optional<Item> tied, facts_.key(kTied));
    if (tied && tied->truth().value_or(false)) return std::optional<Found>();
  }
  Found found{pair->weight.shape, std::nullopt};
  if (pair->bias) {
    found.bias = pair->bias->shape;
    recipes_.insert_or_assign(wanted.bias, *std::move(pair->bias));
  }
  recipes_.insert_or_assign(wanted.tensor, std::move(pair->weight));
  return std::optional<Found>(std::move(found));
}

Result<std::optional<Recipe>> CheckpointBinding::recipe_of(const Wanted& wanted) {
  for (const Origin& origin : wanted.declaration.row.origins) {
    if (origin.kind != Origin::Kind::stored) continue;
    TRY(std::optional<Pair> pair, gather(wanted, origin));
    if (pair) return std::optional<Recipe>(std::move(pair->weight));
  }
  return std::optional<Recipe>();
}

Result<std::optional<Item>> CheckpointBinding::evaluate_keys(const Expr& expr, std::optional<int64_t> layer) {
  if (keys_) return keys_->evaluate_keys(expr, layer);
  TRY(Item item, config_.evaluate_in(expr, layer));
  return std::optional<Item>(std::move(item));
}

Result<std::optional<CheckpointBinding::Pair>> CheckpointBinding::gather(const Wanted& wanted,
                                                                         const Origin& origin) {
  std::vector<Recipe> weights, biases;
  for (const TensorName& name : origin.names) {
    TRY(std::string full, full_name(wanted, name.name.text));
    Transform slice{name.name.at, Transform::Kind::slice, "", {}, name.parts};
    std::vector<const Transform*> transforms;
    if (!name.parts.empty()) transforms.push_back(&slice);
    for (const Transform& each : origin.transforms) transforms.push_back(&each);
    TRY(Dims shape, declared_shape(wanted));
    TRY(std::optional<Pair> part, gather(wanted, full, transforms, std::move(shape)));
    if (!part) return std::optional<Pair>();
    weights.push_back(std::move(part->weight));
    if (part->bias) biases.push_back(*std::move(part->bias));
  }
  Pair pair;
  auto weight = joined(std::move(weights));
  if (!weight.ok()) return error_at(origin.at, "{}: {}", wanted.tensor, weight.error().message);
  pair.weight = *std::move(weight);
  if (biases.empty()) return std::optional<Pair>(std::move(pair));
  if (biases.size() != origin.names.size())
    return error_at(origin.at, "{}: some of what is joined has a bias and some has none", wanted.tensor);
  auto bias = joined(std::move(biases));
  if (!bias.ok()) return error_at(origin.at, "{}: {}", wanted.bias, bias.error().message);
  pair.bias = *std::move(bias);
  return std::optional<Pair>(std::move(pair));
}

Result<std::optional<CheckpointBinding::Pair>> CheckpointBinding::gather(
    const Wanted& wanted, const std::string& name, const std::vector<const Transform*>& transforms,
    Dims shape) {
  auto listed = alternatives(name);
  size_t hash = name.find('#');
  if (!listed && hash == std::string::npos) {
    auto logical = facts_.tensor(name);
    if (!logical.ok()) return std::move(logical).error();
    if (!*logical) return std::optional<Pair>();
    TRY(Pair pair, leaf(wanted, name, **logical, transforms, shape));
    return std::optional<Pair>(std::move(pair));
  }
  int64_t count = listed ? static_cast<int64_t>(listed->size()) : shape.empty() ? 0 : shape[0];
  if (!shape.empty()) shape.erase(shape.begin());
  std::vector<Recipe> weights, biases;
  // However large the count, it ends with the first tensor that does not exist.
  for (int64_t i = 0; i < count; ++i) {
    std::string each = listed ? (*listed)[static_cast<size_t>(i)]
                              : name.substr(0, hash) + std::to_string(i) + name.substr(hash + 1);
    TRY(std::optional<Pair> part, gather(wanted, each, transforms, shape));
    if (!part) return std::optional<Pair>();
    weights.push_back(std::move(part->weight));
    if (part->bias) biases.push_back(*std::move(part->bias));
  }
  Position at = wanted.declaration.row.name.at;
  if (weights.empty()) return error_at(at, "{}: there is nothing to stack", wanted.tensor);
  if (!biases.empty() && biases.size() != weights.size())
    return error_at(at, "{}: some of what is stacked has a bias and some has none", wanted.tensor);
  Pair pair;
  auto weight = stacked(std::move(weights));
  if (!weight.ok()) return error_at(at, "{}: {}", wanted.tensor, weight.error().message);
  pair.weight = *std::move(weight);
  if (!biases.empty()) {
    auto bias = stacked(std::move(biases));
    if (!bias.ok()) return error_at(at, "{}: {}", wanted.bias, bias.error().message);
    pair.bias = *std::move(bias);
  }
  return std::optional<Pair>(std::move(pair));
}

Result<CheckpointBinding::Pair> CheckpointBinding::leaf(const Wanted& wanted, const std::string& name,
                                                        const CheckpointFacts::Logical& logical,
                                                        const std::vector<const Transform*>& transforms,
                                                        const Dims& shape) {
  auto through = [&](Recipe recipe, const Dims& declared) -> Result<Recipe> {
    for (const Transform* transform : transforms) {
      RecipeStep::Kind kind = kind_of(*transform);
      // The bias follows what moves rows, and nothing else.
      if (recipe.bias && (kind == RecipeStep::Kind::transpose || kind >= RecipeStep::Kind::add)) continue;
      TRY(RecipeStep taken, step(wanted, *transform, recipe.shape, declared));
      auto after = shape_after(taken, recipe.shape);
      if (!after.ok())
        return error_at(transform->at, "{}, made of {} {}: {}", wanted.tensor, name, join_shape(recipe.shape),
                        after.error().message);
      recipe.shape = *std::move(after);
      recipe.steps.push_back(std::move(taken));
    }
    return recipe;
  };
  if (transforms.size() > kMostTransforms)
    return error_at(wanted.declaration.row.name.at, "more than {} transforms", kMostTransforms);
  Recipe weight;
  weight.tensor = name;
  weight.shape = logical.shape;
  TRY(weight, through(std::move(weight), shape));
  Pair pair{std::move(weight), std::nullopt};
  if (wanted.bias.empty()) return pair;
  TRY(auto stored_bias, facts_.bias(name));
  if (!stored_bias) return pair;
  Recipe bias;
  bias.tensor = name;
  bias.bias = true;
  bias.shape = stored_bias->shape;
  Dims outputs = shape;
  if (!outputs.empty()) outputs.pop_back();
  TRY(pair.bias, through(std::move(bias), outputs));
  return pair;
}

Result<RecipeStep> CheckpointBinding::step(const Wanted& wanted, const Transform& transform, const Dims& now,
                                           const Dims& declared) {
  RecipeStep step{kind_of(transform)};
  if (step.kind == RecipeStep::Kind::slice) {
    TRY(step.cuts, cuts(wanted, transform.parts, now));
    return step;
  }
  if (step.kind == RecipeStep::Kind::reshape) {
    step.numbers = declared;
    return step;
  }
  for (const ExprPtr& operand : transform.operands) {
    TRY(std::optional<Item> item, evaluate_keys(*operand, wanted.layer));
    if (!item) return error_at(operand->at, "config.json does not have what {} is made with", wanted.tensor);
    auto list = item->as<List>();
    if (list && step.arithmetic()) {
      for (const Item& element : *list->items) step.factors.push_back(element.number().value_or(NAN));
      continue;
    }
    auto number = item->number();
    if (!number) return error_at(operand->at, "a number is expected; this is {}", item->describe());
    if (step.arithmetic()) {
      step.factors.push_back(*number);
      continue;
    }
    if (*number != std::floor(*number) || std::abs(*number) > 0x1p40)
      return error_at(operand->at, "a size must be a whole number; it is {}", *number);
    step.numbers.push_back(static_cast<int64_t>(*number));
  }
  for (double factor : step.factors) {
    if (!std::isfinite(factor) || (step.kind == RecipeStep::Kind::divide && factor == 0))
      return error_at(transform.at, "{} cannot be computed with {}", wanted.tensor, factor);
  }
  return step;
}

Result<std::vector<RecipeStep::Cut>> CheckpointBinding::cuts(const Wanted& wanted,
                                                             const std::vector<SlicePart>& parts,
                                                             const Dims& now) {
  std::vector<RecipeStep::Cut> all;
  // A bias has fewer dimensions and takes as many of the parts.
  for (size_t i = 0; i < std::min(parts.size(), now.size()); ++i) {
    const SlicePart& part = parts[i];
    auto bound = [&](const ExprPtr& expr, int64_t otherwise) -> Result<int64_t> {
      if (!expr) return otherwise;
      TRY(Item item, config_.evaluate_in(*expr, wanted.layer));
      auto number = item.number();
      if (!number || *number != std::floor(*number) || std::abs(*number) > 0x1p40)
        return error_at(expr->at, "a place must be a whole number; it is {}", item.describe());
      auto place = static_cast<int64_t>(*number);
      return place < 0 ? place + now[i] : place;
    };
    RecipeStep::Cut cut;
    TRY(cut.first, bound(part.first, 0));
    cut.index = !part.range;
    if (part.range) {
      TRY(int64_t last, bound(part.last, now[i]));
      TRY(cut.step, bound(part.step, 1));
      if (cut.step < 1) return error_at(part.step->at, "a step must be positive; it is {}", cut.step);
      cut.count = last > cut.first ? (last - cut.first - 1) / cut.step + 1 : 0;
    }
    all.push_back(cut);
  }
  return all;
}

Result<std::optional<Recipe>> CheckpointBinding::compute(const Wanted& wanted, const Expr& expr) {
  TRY(std::optional<Item> item, evaluate_keys(expr, wanted.layer));
  if (!item || item->none()) return std::optional<Recipe>();
  Recipe recipe;
  recipe.kind = Recipe::Kind::computed;
  if (auto* list = item->as<List>()) {
    for (const Item& element : *list->items) {
      auto number = element.number();
      if (!number) return error_at(expr.at, "a list of numbers is expected; this is {}", item->describe());
      recipe.numbers.push_back(*number);
    }
  } else if (auto number = item->number()) {
    recipe.numbers.push_back(*number);
  } else {
    return error_at(expr.at, "numbers are expected; this is {}", item->describe());
  }
  recipe.shape = {static_cast<int64_t>(recipe.numbers.size())};
  return std::optional<Recipe>(std::move(recipe));
}

void CheckpointBinding::take(const Recipe& recipe) {
  for (const Recipe& part : recipe.parts) take(part);
  if (recipe.kind != Recipe::Kind::stored) return;
  auto logical = recipe.bias ? facts_.bias(recipe.tensor) : facts_.tensor(recipe.tensor);
  if (logical.ok() && *logical) taken_.insert((*logical)->stored.begin(), (*logical)->stored.end());
}

std::string CheckpointBinding::missing(const Wanted& wanted) const {
  std::vector<std::string> names;
  for (const Origin& origin : wanted.declaration.row.origins) {
    for (const TensorName& name : origin.names) {
      auto full = full_name(wanted, name.name.text);
      names.push_back(full.ok() ? *full : name.name.text);
    }
  }
  if (names.empty())
    return fmt::format("{} is not in the checkpoint, which has no place for it", wanted.tensor);
  return fmt::format("{} is not in the checkpoint (looked for {})", wanted.tensor, fmt::join(names, ", "));
}

std::string CheckpointBinding::missing_bias(const Wanted& wanted) const {
  std::string beside;
  for (const Origin& origin : wanted.declaration.row.origins) {
    if (beside.empty() && !origin.names.empty()) {
      auto full = full_name(wanted, origin.names.front().name.text);
      if (full.ok()) beside = *full;
    }
  }
  return fmt::format("{}: no bias beside {}", wanted.tensor, beside);
}

std::vector<std::string> CheckpointBinding::undeclared() const {
  std::vector<std::string> patterns;
  for (const IgnoredTensor& ignored : architecture_.ignored_tensors) {
    bool bare = ignored.prefix.empty() || ignored.prefix == "-";
    patterns.push_back(bare ? ignored.name.text : fmt::format("{}.{}", ignored.prefix, ignored.name.text));
  }
  auto layers = config_.layers("", {});
  std::set<std::string, std::less<>> taken = taken_;
  for (const std::string& name : keys_ ? keys_->numbers_read() : std::set<std::string>()) {
    auto logical = facts_.tensor(name);
    if (logical.ok() && *logical) taken.insert((*logical)->stored.begin(), (*logical)->stored.end());
  }
  std::vector<std::string> names;
  for (std::string_view name : facts_.stored()) {
    bool known =
        taken.contains(name) || std::any_of(patterns.begin(), patterns.end(), [&](const std::string& p) {
          return matches(p, name, layers.ok() ? *layers : INT64_MAX);
        });
    if (!known) names.emplace_back(name);
  }
  return names;
}

std::vector<Made> CheckpointBinding::made() const {
  std::vector<Made> all;
  for (const WeightInfo& weight : weights_) {
    all.push_back({weight.name, weight.shape, recipes_.at(weight.name)});
    if (!weight.bias.empty()) all.push_back({weight.bias, weight.bias_shape, recipes_.at(weight.bias)});
  }
  return all;
}

}  // namespace hearth::arch
