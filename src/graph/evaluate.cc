#include "graph/evaluate.h"

#include <cmath>

namespace hearth::arch {

namespace {

constexpr double kLargestSize = 0x1p48;

const char* spelling(Op op) {
  switch (op) {
#define X(name, text, binding) \
  case Op::name: return text;
    HEARTH_ARCH_BINARY(X) HEARTH_ARCH_UNARY(X)
#undef X
  }
  return "?";
}

bool divides_by_zero(Op op, double b) {
  return b == 0 && (op == Op::divide || op == Op::floor_divide || op == Op::modulo);
}

double compute(Op op, double a, double b) {
  switch (op) {
    case Op::add: return a + b;
    case Op::subtract: return a - b;
    case Op::multiply: return a * b;
    case Op::divide: return a / b;
    case Op::floor_divide: return std::floor(a / b);
    case Op::modulo: return a - std::floor(a / b) * b;
    default: return std::pow(a, b);
  }
}

bool compares(Op op, double a, double b) {
  switch (op) {
    case Op::less: return a < b;
    case Op::less_equal: return a <= b;
    case Op::greater: return a > b;
    default: return a >= b;
  }
}

}  // namespace

Result<Item> Evaluator::evaluate(const Expr& expr) {
  switch (expr.kind) {
    case ExprKind::number: return Item(expr.number);
    case ExprKind::string: return Item(expr.text);
    case ExprKind::boolean: return Item(expr.number != 0);
    case ExprKind::none: return Item();
    case ExprKind::name: return name(expr);
    case ExprKind::list: {
      std::vector<Item> items;
      for (const ExprPtr& operand : expr.operands) {
        TRY(Item item, evaluate(*operand));
        items.push_back(std::move(item));
      }
      return list_of(std::move(items));
    }
    case ExprKind::unary: {
      if (expr.op == Op::not_) {
        TRY(bool truth, condition(*expr.operands[0]));
        return Item(!truth);
      }
      TRY(Item a, evaluate(*expr.operands[0]));
      return negate(expr, a);
    }
    case ExprKind::binary: return binary(expr);
    case ExprKind::conditional: {
      TRY(bool truth, condition(*expr.operands[1]));
      return evaluate(*expr.operands[truth ? 0 : 2]);
    }
    case ExprKind::call: return call(expr);
    case ExprKind::index: {
      TRY(Item of, evaluate(*expr.operands[0]));
      TRY(Item index, evaluate(*expr.operands[1]));
      return element(expr, of, index);
    }
    case ExprKind::slice: {
      TRY(Item of, evaluate(*expr.operands[0]));
      Item bounds[2];
      for (size_t i : {0, 1}) {
        if (!expr.operands[i + 1]) continue;
        TRY(bounds[i], evaluate(*expr.operands[i + 1]));
      }
      return part(expr, of, bounds[0], bounds[1]);
    }
  }
  return error_at(expr.at, "cannot read this");
}

Result<Item> Evaluator::binary(const Expr& expr) {
  if (expr.op == Op::and_ || expr.op == Op::or_) {
    auto left = evaluate(*expr.operands[0]);
    if (!left.ok() && (expr.op == Op::and_ || !recover())) return left;
    Item a = left.ok() ? *std::move(left) : Item();
    auto truth = a.truth();
    if (!truth)
      return error_at(expr.operands[0]->at, "a condition must be known before the model runs; this is {}",
                      a.describe());
    // As in Python: the value that decided.
    if (*truth == (expr.op == Op::or_)) return a;
    return evaluate(*expr.operands[1]);
  }
  TRY(Item a, evaluate(*expr.operands[0]));
  TRY(Item b, evaluate(*expr.operands[1]));
  switch (expr.op) {
    case Op::equal:
    case Op::unequal:
      if (!a.constant() || !b.constant()) break;
      return Item(equal(a, b) == (expr.op == Op::equal));
    case Op::in:
    case Op::not_in: {
      auto* list = b.as<List>();
      if (!list)
        return error_at(expr.operands[1]->at, "`{}` asks a list; this is {}", spelling(expr.op),
                        b.describe());
      bool found = false;
      for (const Item& item : *list->items) found = found || equal(a, item);
      return Item(found == (expr.op == Op::in));
    }
    case Op::less:
    case Op::less_equal:
    case Op::greater:
    case Op::greater_equal: {
      auto x = a.number(), y = b.number();
      if (!x || !y) break;
      return Item(compares(expr.op, *x, *y));
    }
    default: return arithmetic(expr, a, b);
  }
  return error_at(expr.at, "cannot compare {} and {}", a.describe(), b.describe());
}

Result<Item> Evaluator::arithmetic(const Expr& expr, const Item& a, const Item& b) {
  auto x = a.number(), y = b.number();
  if (x && y) {
    if (divides_by_zero(expr.op, *y)) return error_at(expr.at, "division by zero");
    return Item(compute(expr.op, *x, *y));
  }
  if (auto* p = a.as<List>(), *q = b.as<List>(); p && q && expr.op == Op::add) {
    std::vector<Item> items = *p->items;
    items.insert(items.end(), q->items->begin(), q->items->end());
    return list_of(std::move(items));
  }
  return error_at(expr.at, "`{}` takes numbers or tensors; here are {} and {}", spelling(expr.op),
                  a.describe(), b.describe());
}

Result<Item> Evaluator::negate(const Expr& expr, const Item& a) {
  if (auto x = a.number()) return Item(-*x);
  return error_at(expr.at, "`-` takes a number or a tensor; here is {}", a.describe());
}

Result<Item> Evaluator::element(const Expr& expr, const Item& of, const Item& index) {
  const Items* items = nullptr;
  Items letters;
  if (auto* text = of.as<std::string>()) {
    std::vector<Item> each;
    for (char c : *text) each.emplace_back(std::string(1, c));
    letters = std::make_shared<const std::vector<Item>>(std::move(each));
    items = &letters;
  }
  if (auto* list = of.as<List>()) items = &list->items;
  if (auto* tuple = of.as<Tuple>()) items = &tuple->items;
  auto at = index.number();
  if (!items || !at) return error_at(expr.at, "{} has no element {}", of.describe(), index.describe());
  auto count = static_cast<double>((*items)->size());
  double place = *at < 0 ? *at + count : *at;
  if (!(place >= 0 && place < count) || place != std::floor(place)) {
    const Expr& list = *expr.operands[0];
    return error_at(expr.at, "{} {} values; number {} is asked for",
                    list.kind == ExprKind::name ? fmt::format("`{}` has", list.text) : "there are", count,
                    *at);
  }
  return (**items)[static_cast<size_t>(place)];
}

Result<Item> Evaluator::part(const Expr& expr, const Item& of, const Item&, const Item&) {
  return error_at(expr.at, "{} has no parts", of.describe());
}

Result<Item> Evaluator::call(const Expr& expr) {
  const Expr& callee = *expr.operands[0];
  std::vector<Item> arguments;
  for (size_t i = 1; i < expr.operands.size(); ++i) {
    TRY(Item item, evaluate(*expr.operands[i]));
    arguments.push_back(std::move(item));
  }
  if (callee.kind == ExprKind::name) {
    if (auto result = number_function(expr, callee.text, arguments)) return *std::move(result);
  }
  return error_at(expr.at, "`{}` is no function of numbers", callee.text);
}

Result<bool> Evaluator::condition(const Expr& expr) {
  TRY(Item item, evaluate(expr));
  if (auto truth = item.truth()) return *truth;
  return error_at(expr.at, "a condition must be known before the model runs; this is {}", item.describe());
}

Result<double> Evaluator::number(const Expr& expr) {
  TRY(Item item, evaluate(expr));
  if (auto value = item.number()) return *value;
  return error_at(expr.at, "a number is expected; this is {}", item.describe());
}

Result<int64_t> Evaluator::whole(const Expr& expr, std::string_view what) {
  TRY(double value, number(expr));
  if (value != std::floor(value) || std::abs(value) > kLargestSize) {
    return error_at(expr.at, "{} must be a whole number; it is {}", what, value);
  }
  return static_cast<int64_t>(value);
}

std::optional<Result<Item>> number_function(const Expr& call, std::string_view name,
                                            const std::vector<Item>& arguments) {
  if (name == "count" && arguments.size() == 1) {
    if (auto* list = arguments[0].as<List>()) return Item(static_cast<double>(list->items->size()));
    if (auto n = arguments[0].number()) return Item(*n);
    return std::nullopt;
  }
  std::vector<double> x;
  for (const Item& argument : arguments) {
    auto n = argument.number();
    if (!n) return std::nullopt;
    x.push_back(*n);
  }
  struct Unary {
    std::string_view name;
    double (*function)(double);
  };
  static constexpr Unary kUnary[] = {
      {"sigmoid", [](double v) { return 1 / (1 + std::exp(-v)); }},
      {"tanh", [](double v) { return std::tanh(v); }},
      {"exp", [](double v) { return std::exp(v); }},
      {"log", [](double v) { return std::log(v); }},
      {"sqrt", [](double v) { return std::sqrt(v); }},
      {"floor", [](double v) { return std::floor(v); }},
      {"relu", [](double v) { return v > 0 ? v : 0; }},
      {"silu", [](double v) { return v / (1 + std::exp(-v)); }},
      {"softplus", [](double v) { return std::log1p(std::exp(-std::abs(v))) + (v > 0 ? v : 0); }},
      {"gelu",
       [](double v) { return v / 2 * (1 + std::tanh(std::sqrt(2 / M_PI) * (v + 0.044715 * v * v * v))); }},
      {"gelu_erf", [](double v) { return v / 2 * (1 + std::erf(v / std::sqrt(2.0))); }},
      {"gelu_quick", [](double v) { return v / (1 + std::exp(-1.702 * v)); }},
  };
  for (const Unary& row : kUnary) {
    if (row.name != name) continue;
    if (x.size() != 1) return error_at(call.at, "`{}` takes one value, not {}", name, x.size());
    return Item(row.function(x[0]));
  }
  if (name == "clamp" && x.size() == 3) return Item(std::min(std::max(x[0], x[1]), x[2]));
  if (name == "round_up" && x.size() == 2) {
    if (!(x[1] > 0)) return error_at(call.at, "`round_up` takes a positive step; it is {}", x[1]);
    return Item(std::ceil(std::floor(x[0]) / x[1]) * x[1]);
  }
  return std::nullopt;
}

}  // namespace hearth::arch
