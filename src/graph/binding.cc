#include "graph/binding.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"

namespace hearth::arch {

namespace {

constexpr size_t kNamedAtOnce = 5;  // undeclared tensors in one message

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

std::string join_shape(const std::vector<int64_t>& shape) {
  return fmt::format("({})", fmt::join(shape, ", "));
}

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

  std::string bias = row.bias == Bias::none ? "" : std::string(stem(full)) + ".bias";

  Wanted wanted{declaration, stack, layer, tensor, bias};
  TRY(std::optional<Found> found, locate(wanted));
  if (!found) {
    for (const Origin& origin : row.origins) {
      if (origin.kind == Origin::Kind::tie) return other(origin.weight);
    }
    if (row.optional) return Item(AbsentWeight{weight.name});
    return error_at(row.name.at, "{}", missing(wanted));
  }
  TRY(std::vector<int64_t> shape, declared_shape(wanted));
  for (size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] >= 0) continue;
    // `_` accepts what the file has at this place, which then must have as many dimensions.
    if (found->shape.size() != shape.size()) {
      return error_at(row.name.at, "{} is {} in the file; {} dimensions are expected", tensor,
                      join_shape(found->shape), shape.size());
    }
    shape[i] = found->shape[i];
  }
  if (!finer(shape, found->shape)) {
    return error_at(row.name.at, "{} is {} in the file, {} here", tensor, join_shape(found->shape),
                    join_shape(shape));
  }

  WeightInfo info{tensor, shape, "", {}};
  if (found->bias) {
    info.bias = bias;
    // A map's bias has its outputs' shape, that is the weight's without the inputs; a norm's has its own.
    info.bias_shape = shape;
    if (shape.size() > 1) info.bias_shape.pop_back();
    if (!finer(info.bias_shape, *found->bias)) {
      // A norm by head: both are [heads, width].
      info.bias_shape = shape;
      if (!finer(info.bias_shape, *found->bias)) {
        return error_at(row.name.at, "{} is {} in the file, {} here", bias, join_shape(*found->bias),
                        join_shape(shape));
      }
    }
  } else if (row.bias == Bias::must) {
    return error_at(row.name.at, "{}", missing_bias(wanted));
  }
  weights_.push_back(std::move(info));
  wanted_.push_back(std::move(wanted));
  return Item(WeightItem{static_cast<WeightId>(weights_.size() - 1)});
}

Result<std::vector<int64_t>> Binding::declared_shape(const Wanted& wanted) {
  std::vector<int64_t> shape;
  for (const ExprPtr& dim : wanted.declaration.row.shape) {
    if (!dim) {
      shape.push_back(-1);
      continue;
    }
    TRY(Item item, config_.evaluate_in(*dim, wanted.layer));
    auto size = item.number();
    if (!size || *size != std::trunc(*size) || *size < 1 || *size > 0x1p40) {
      return error_at(dim->at, "a size must be a positive whole number; it is {}", item.describe());
    }
    shape.push_back(static_cast<int64_t>(*size));
  }
  return shape;
}

Status Binding::find_all() {
  for (const Weight& weight : architecture_.weights) {
    if (!weight.layers) TRY_STATUS(bind(weight, nullptr, std::nullopt, {}));
  }
  for (const Stack& stack : architecture_.stacks) {
    std::vector<const Weight*> rows;
    for (const Weight& weight : architecture_.weights) {
      if (weight.layers && weight.stack == stack.name) rows.push_back(&weight);
    }
    if (rows.empty()) continue;
    TRY(int64_t count, config_.layers(stack.name, rows.front()->declarations.front().row.name.at));
    for (int64_t layer = 0; layer < count; ++layer) {
      for (const Weight* weight : rows) TRY_STATUS(bind(*weight, &stack.name, layer, {}));
    }
  }
  return {};
}

Status Binding::check() {
  TRY_STATUS(find_all());
  std::vector<std::string> names = undeclared();
  if (names.empty()) return {};
  return undeclared_error(architecture_.sources.front()->name, std::move(names));
}

Error undeclared_error(std::string_view who, std::vector<std::string> names) {
  size_t shown = std::min(names.size(), kNamedAtOnce);
  for (size_t i = 0; i < shown; ++i) names[i] = escape(names[i]);
  return fail("not declared by {}: {}{}", who,
              fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(shown), ", "),
              names.size() > shown ? fmt::format(" and {} more", names.size() - shown) : "");
}

}  // namespace hearth::arch
