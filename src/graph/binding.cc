#include "graph/binding.h"

#include <algorithm>

#include "base/text.h"

namespace hearth::arch {

namespace {

constexpr size_t kNamedAtOnce = 5;  // undeclared tensors in one message

std::string join_shape(const std::vector<int64_t>& shape) {
  return fmt::format("({})", fmt::join(shape, ", "));
}

// May a file's shape be written as `declared`? Dimensions of 1 do not matter, and one of the file's may be
// written as its factors.
bool finer(const std::vector<int64_t>& declared, const std::vector<int64_t>& stored) {
  std::vector<int64_t> want, have;
  for (int64_t n : declared) {
    if (n != 1) want.push_back(n);
  }
  for (int64_t n : stored) {
    if (n != 1) have.push_back(n);
  }
  size_t i = 0;
  for (int64_t n : have) {
    int64_t product = 1;
    while (product < n && i < want.size() && want[i] > 0) product *= want[i++];
    if (product != n) return false;
  }
  return i == want.size();
}

// `#` is the layer's index.
std::string numbered(std::string_view prefix, std::optional<int64_t> layer) {
  std::string text;
  for (char c : prefix) {
    if (c == '#' && layer)
      text += std::to_string(*layer);
    else
      text += c;
  }
  return text;
}

// In an expression `.bias` and a final dot fall away.
std::string_view stem(std::string_view name) {
  if (name.ends_with(".bias")) return name.substr(0, name.size() - 5);
  if (name.ends_with('.')) return name.substr(0, name.size() - 1);
  return name;
}

// Guards see config and the optional weights declared above them.
class Guard : public Evaluator {
 public:
  Guard(const Architecture& architecture, Config& config, Binding& binding, const std::string* stack,
        std::optional<int64_t> layer)
      : architecture_(architecture), config_(config), binding_(binding), stack_(stack), layer_(layer) {}

 private:
  Result<Item> name(const Expr& expr) override {
    if (expr.text != "layer" && !architecture_.entry(expr.text)) {
      TRY(std::optional<Item> weight, binding_.find(expr.text, stack_, layer_, expr.at));
      if (weight) return *weight;
    }
    return config_.evaluate_in(expr, layer_);
  }

  const Architecture& architecture_;
  Config& config_;
  Binding& binding_;
  const std::string* stack_;
  std::optional<int64_t> layer_;
};

}  // namespace

Result<std::optional<Item>> Binding::find(std::string_view word, const std::string* stack,
                                          std::optional<int64_t> layer, Position use) {
  const Weight* weight = architecture_.weight(word, stack);
  if (!weight) return std::optional<Item>();
  TRY(Item item, bind(*weight, stack, layer, use));
  return std::optional<Item>(std::move(item));
}

Result<Item> Binding::bind(const Weight& weight, const std::string* stack, std::optional<int64_t> layer,
                           Position use) {
  if (!weight.layers) {
    stack = nullptr;
    layer = std::nullopt;
  }
  auto key = std::pair(&weight, layer.value_or(-1));
  if (auto at = bound_.find(key); at != bound_.end()) return at->second;
  if (std::find(busy_.begin(), busy_.end(), &weight) != busy_.end()) {
    return error_at(use, "whether `{}` exists depends on itself", weight.name);
  }
  busy_.push_back(&weight);
  auto item = [&]() -> Result<Item> {
    for (const Declaration& declaration : weight.declarations) {
      if (declaration.when) {
        TRY(bool here, holds(*declaration.when, stack, layer));
        if (!here) continue;
      }
      return take(weight, declaration, stack, layer);
    }
    return Item(AbsentWeight{weight.name});
  }();
  busy_.pop_back();
  if (item.ok()) bound_.emplace(key, *item);
  return item;
}

Result<bool> Binding::holds(const Expr& guard, const std::string* stack, std::optional<int64_t> layer) {
  return Guard(architecture_, config_, *this, stack, layer).condition(guard);
}

Result<Item> Binding::take(const Weight& weight, const Declaration& declaration, const std::string* stack,
                           std::optional<int64_t> layer) {
  const Row& row = declaration.row;
  auto other = [&](const std::string& name) -> Result<Item> {
    const Weight* target = architecture_.weight(stem(name), stack);
    if (!target)
      return error_at(row.name.at, "`{}` stands for `{}`, which is not declared", weight.name, name);
    return bind(*target, stack, layer, row.name.at);
  };
  if (!row.alias.text.empty()) return other(row.alias.text);

  std::string prefix = declaration.gguf_prefix.empty() ? "" : numbered(declaration.gguf_prefix, layer) + ".";
  std::string full = prefix + std::string(row.name.text);
  std::string tensor = full;
  if (full.ends_with('.'))
    tensor.pop_back();
  else if (!full.ends_with(".bias"))
    tensor += ".weight";

  const std::vector<int64_t>* stored = facts_.shape(tensor);
  if (!stored) {
    for (const Origin& origin : row.origins) {
      if (origin.kind == Origin::Kind::tie) return other(origin.weight);
    }
    if (row.optional) return Item(AbsentWeight{weight.name});
    return error_at(row.name.at, "{} is not in the file", tensor);
  }
  TRY(std::vector<int64_t> shape, declared_shape(declaration, tensor, layer));
  if (shape.empty() && !row.shape.empty()) shape = *stored;  // all of it `_`
  if (!finer(shape, *stored)) {
    return error_at(row.name.at, "{} is {} in the file, {} here", tensor, join_shape(*stored),
                    join_shape(shape));
  }
  taken_.insert(tensor);

  WeightInfo info{tensor, shape, "", {}};
  std::string bias = std::string(stem(full)) + ".bias";
  if (row.bias != Bias::none) {
    if (const std::vector<int64_t>* found = facts_.shape(bias)) {
      taken_.insert(bias);
      info.bias = bias;
      // A map's bias has its outputs' shape, that is the weight's without the inputs; a norm's has its own.
      info.bias_shape = shape;
      if (shape.size() > 1) info.bias_shape.pop_back();
      if (!finer(info.bias_shape, *found)) {
        // A norm by head: both are [heads, width].
        info.bias_shape = shape;
        if (!finer(info.bias_shape, *found)) {
          return error_at(row.name.at, "{} is {} in the file, {} here", bias, join_shape(*found),
                          join_shape(shape));
        }
      }
    } else if (row.bias == Bias::must) {
      return error_at(row.name.at, "{} is not in the file", bias);
    }
  }
  weights_.push_back(std::move(info));
  return Item(WeightItem{static_cast<WeightId>(weights_.size() - 1)});
}

Result<std::vector<int64_t>> Binding::declared_shape(const Declaration& declaration,
                                                     const std::string& tensor,
                                                     std::optional<int64_t> layer) {
  const Row& row = declaration.row;
  const std::vector<int64_t>& stored = *facts_.shape(tensor);
  std::vector<int64_t> shape;
  for (size_t i = 0; i < row.shape.size(); ++i) {
    if (!row.shape[i]) {
      // `_` accepts what the file has at this place, which then must have as many dimensions.
      if (stored.size() != row.shape.size()) {
        return error_at(row.name.at, "{} is {} in the file; {} dimensions are expected", tensor,
                        join_shape(stored), row.shape.size());
      }
      shape.push_back(stored[i]);
      continue;
    }
    TRY(Item item, config_.evaluate_in(*row.shape[i], layer));
    auto size = item.number();
    if (!size || *size != static_cast<double>(static_cast<int64_t>(*size)) || *size < 1 || *size > 0x1p40) {
      return error_at(row.shape[i]->at, "a size must be a positive whole number; it is {}", item.describe());
    }
    shape.push_back(static_cast<int64_t>(*size));
  }
  return shape;
}

Status Binding::check() {
  for (const Weight& weight : architecture_.weights) {
    if (!weight.layers) {
      TRY_STATUS(bind(weight, nullptr, std::nullopt, {}));
      continue;
    }
    TRY(int64_t count, config_.layers(weight.stack, weight.declarations.front().row.name.at));
    for (int64_t layer = 0; layer < count; ++layer) TRY_STATUS(bind(weight, &weight.stack, layer, {}));
  }
  std::vector<std::string> undeclared;
  size_t more = 0;
  for (std::string_view tensor : facts_.tensors()) {
    if (taken_.contains(tensor)) continue;
    if (undeclared.size() < kNamedAtOnce)
      undeclared.push_back(escape(tensor));
    else
      ++more;
  }
  if (undeclared.empty()) return {};
  return fail("not declared by {}: {}{}", architecture_.sources.front()->name, fmt::join(undeclared, ", "),
              more ? fmt::format(" and {} more", more) : "");
}

Result<WeightId> Binding::row_of(WeightId weight, int64_t row, Position use) {
  const WeightInfo& whole = weights_[static_cast<size_t>(weight)];
  if (whole.shape.empty() || row < 0 || row >= whole.shape[0]) {
    return error_at(use, "{} has {} rows; row {} is asked for", whole.name,
                    whole.shape.empty() ? 0 : whole.shape[0], row);
  }
  if (!whole.bias.empty())
    return error_at(use, "{} has a bias, so that a row of it is no weight", whole.name);
  WeightInfo info{whole.name, {whole.shape.begin() + 1, whole.shape.end()}, "", {}, weight, row};
  weights_.push_back(std::move(info));
  return static_cast<WeightId>(weights_.size() - 1);
}

}  // namespace hearth::arch
