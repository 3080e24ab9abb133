// Expressions as sizes and shapes, calls as the operators' shape rules.
#include <algorithm>

#include "graph/expressions.h"
#include "graph/shape_checker.h"

namespace hearth::arch {

Known ShapeChecker::evaluate(const Expr& expr) {
  if (stopped_ || ++steps_ > kMostSteps || depth_ == kMostDepth) return {};
  ++depth_;
  Known value = evaluate_parts(expr);
  --depth_;
  return value;
}

Known ShapeChecker::evaluate_parts(const Expr& expr) {
  switch (expr.kind) {
    case ExprKind::number: {
      const auto whole = static_cast<int64_t>(std::clamp(expr.number, -1e15, 1e15));
      return Known::of_number(static_cast<double>(whole) == expr.number ? std::optional(Dim(whole))
                                                                        : std::nullopt);
    }
    case ExprKind::boolean: return Known::of_number(Dim(expr.number != 0 ? 1 : 0));
    case ExprKind::string: return Known::of_text(expr.text);
    case ExprKind::none: return {.kind = Known::none};
    case ExprKind::name: return name(expr.text);
    case ExprKind::list: return {};
    case ExprKind::unary:
      if (expr.op == Op::not_) return Known::of_number(std::nullopt);
      return negate(evaluate(*expr.operands[0]));
    case ExprKind::binary: return binary(expr);
    case ExprKind::conditional: {
      const auto chosen = condition(*expr.operands[1]);
      return chosen ? evaluate(*expr.operands[*chosen ? 0 : 2]) : Known();
    }
    case ExprKind::call: return call(expr);
    case ExprKind::index: return element(expr);
    case ExprKind::slice: return part(expr);
  }
  return {};
}

Known ShapeChecker::negate(Known value) {
  if (value.kind == Known::number)
    return Known::of_number(value.size ? std::optional(Dim(0) - *value.size) : std::nullopt);
  return value;
}

Known ShapeChecker::binary(const Expr& expr) {
  if (expr.op == Op::and_ || expr.op == Op::or_) {
    const auto first = condition(*expr.operands[0]);
    if (!first) return {};
    return evaluate(*expr.operands[*first == (expr.op == Op::or_) ? 0 : 1]);
  }
  if (expr.op < Op::add) return Known::of_number(std::nullopt);
  static constexpr std::pair<Op, ::hearth::Op> kOps[] = {
      {Op::add, ::hearth::Op::add},      {Op::subtract, ::hearth::Op::sub},
      {Op::multiply, ::hearth::Op::mul}, {Op::divide, ::hearth::Op::div},
      {Op::power, ::hearth::Op::pow},    {Op::floor_divide, ::hearth::Op::floor_div},
      {Op::modulo, ::hearth::Op::mod},
  };
  const Known a = evaluate(*expr.operands[0]), b = evaluate(*expr.operands[1]);
  for (const auto& [op, operation] : kOps)
    if (op == expr.op) return arithmetic(operation, a, b, expr.at);
  return {};
}

std::optional<Dim> ShapeChecker::compute(::hearth::Op op, const Dim& a, const Dim& b) {
  switch (op) {
    case ::hearth::Op::add: return a + b;
    case ::hearth::Op::sub: return a - b;
    case ::hearth::Op::mul: return a * b;
    case ::hearth::Op::div: return b.is(0) ? std::nullopt : std::optional(a / b);
    case ::hearth::Op::floor_div: return b.is(0) ? std::nullopt : std::optional(a.floor_div(b));
    case ::hearth::Op::mod: return b.is(0) ? std::nullopt : std::optional(a.mod(b));
    default: break;
  }
  const auto exponent = b.whole();
  constexpr int64_t kMostFactors = 8;
  if (!exponent || *exponent < 0 || *exponent > kMostFactors) return std::nullopt;
  Dim power(1);
  for (int64_t i = 0; i < *exponent; ++i) power = power * a;
  return power;
}

Known ShapeChecker::arithmetic(::hearth::Op op, const Known& a, const Known& b, Position use) {
  if (a.kind == Known::number && b.kind == Known::number)
    return Known::of_number(a.size && b.size ? compute(op, *a.size, *b.size) : std::nullopt);
  for (const Known* side : {&a, &b})
    if (side->kind != Known::tensor && side->kind != Known::weight && side->kind != Known::number) return {};
  return apply(op, "", {a, b}, use);
}

Known ShapeChecker::call(const Expr& expr) {
  const Expr& callee = *expr.operands[0];
  if (callee.kind == ExprKind::name && !local(callee.text) && !earlier_.count(callee.text) &&
      !weight(callee.text, stack_)) {
    if (const Definition* called = definition(callee.text)) return call_definition(expr, *called);
    return call_operator(expr);
  }
  const Known map = evaluate(callee);
  std::vector<Known> arguments;
  for (size_t i = 1; i < expr.operands.size(); ++i) arguments.push_back(evaluate(*expr.operands[i]));
  if (arguments.size() != 1) return {};
  return apply_map(map, std::move(arguments[0]), expr.at);
}

Known ShapeChecker::apply_map(Known map, Known x, Position use) {
  if (map.kind == Known::experts) {
    Known ids = map.items[0];
    map.kind = Known::weight;
    const std::string name = map.declared->name;
    return apply(::hearth::Op::experts, name, {std::move(map), std::move(ids), std::move(x)}, use);
  }
  if (map.kind == Known::tensor) {
    error(use, "a tensor cannot be called");
    return {};
  }
  if (map.kind != Known::weight) return {};
  const std::string name = map.declared->name;
  const size_t rank = map.shape.dims.size();
  if (rank != 2 && rank != 3) {
    error(use, "`{}` is {} and no linear map", word_of(name), map.shape.to_string());
    return {};
  }
  // What no key records fits what it meets.
  Dim& inputs = map.shape.dims.back();
  if (x.kind == Known::tensor && inputs.to_string()[0] == kAnySize) inputs = x.shape.width();
  return apply(rank == 2 ? ::hearth::Op::linear : ::hearth::Op::linears, name, {std::move(map), std::move(x)},
               use);
}

Known ShapeChecker::call_definition(const Expr& expr, const Definition& called) {
  std::vector<Known> arguments;
  for (size_t i = 1; i < expr.operands.size(); ++i) arguments.push_back(evaluate(*expr.operands[i]));
  if (stopped_) return {};
  Outside outside(*this);
  const Case* chosen = nullptr;
  for (const Case& one : called.cases) {
    if (!one.when) continue;
    const auto truth = condition(*one.when);
    if (truth.value_or(false)) {
      chosen = &one;
      break;
    }
  }
  for (const Case& one : called.cases)
    if (!chosen && !one.when) chosen = &one;
  if (!chosen) {
    stopped_ = true;  // such a model is refused, and has no shapes
    return {};
  }
  Locals locals;
  for (size_t i = 0; i < chosen->params.size(); ++i) locals[chosen->params[i].text] = std::move(arguments[i]);
  block(chosen->body, locals);
  locals_ = &locals;
  std::vector<Known> values;
  for (const ExprPtr& value : chosen->body.back().values) values.push_back(evaluate(*value));
  return values.size() == 1 ? std::move(values[0]) : Known::of_tuple(std::move(values));
}

Known ShapeChecker::call_operator(const Expr& expr) {
  const Operator* row = operator_named(expr.operands[0]->text);
  std::vector<Known> positional;
  std::vector<std::pair<std::string_view, Known>> keywords;
  for (size_t i = 1; i < expr.operands.size(); ++i) {
    Known value = evaluate(*expr.operands[i]);
    const std::string& keyword = expr.keywords[i - 1].text;
    if (keyword.empty())
      positional.push_back(std::move(value));
    else
      keywords.push_back({keyword, std::move(value)});
  }
  if (!row) return {};
  const auto& wanted = parameters(*row);
  std::vector<Known> given(wanted.size(), Known{.kind = Known::none});
  for (size_t i = 0; i < positional.size(); ++i) {
    if (i < given.size())
      given[i] = std::move(positional[i]);
    else
      given.push_back(std::move(positional[i]));
  }
  for (auto& [keyword, value] : keywords)
    for (size_t i = 0; i < wanted.size(); ++i)
      if (wanted[i].name == keyword) given[i] = std::move(value);
  // What may be left out does not decide the shape.
  for (size_t i = 0; i < wanted.size(); ++i)
    if (given[i].kind == Known::unknown && (wanted[i].optional || !wanted[i].fallback.empty()))
      given[i] = {.kind = Known::none};

  using enum ::hearth::Op;
  switch (row->op) {
    case media:
    case deepen:
    case softcap: return given[0];
    case count:
      return given[0].kind == Known::weight ? Known::of_number(given[0].shape.dims[0])
                                            : Known::of_number(std::nullopt);
    case rope_factors:
    case alibi:
    case relative: return {};
    default: break;
  }
  const bool flows = std::any_of(given.begin(), given.end(), [](const Known& value) {
    return value.kind == Known::tensor || value.kind == Known::weight || value.kind == Known::unknown;
  });
  if (!flows) return Known::of_number(std::nullopt);
  return apply(row->op, row->name, std::move(given), expr.at);
}

Known ShapeChecker::apply(::hearth::Op op, std::string_view label, std::vector<Known> items, Position use) {
  const Operator& row = row_of(op);
  if (!row.rule || stopped_) return {};
  bool vague = false;
  std::vector<ShapeArgument> arguments;
  for (const Known& item : items) {
    ShapeArgument argument;
    switch (item.kind) {
      case Known::unknown: return {};
      case Known::none: break;
      case Known::number:
        argument.kind = ShapeArgument::number;
        argument.size = item.size ? item.size : Dim::symbol(std::string(1, kAnySize));
        break;
      case Known::tensor:
      case Known::weight:
        argument.kind = item.kind == Known::tensor ? ShapeArgument::value : ShapeArgument::weight;
        argument.shape = item.shape;
        vague |= item.shape.to_string().find(kAnySize) != std::string::npos;
        break;
      default: argument.kind = ShapeArgument::other;
    }
    arguments.push_back(std::move(argument));
  }
  auto shapes = row.rule(arguments);
  if (!shapes.ok()) {
    if (!vague && shapes.error().message.find(kAnySize) == std::string::npos) {
      const std::string_view who = word_of(label);
      error(use, "{}{}{}", who, who.empty() ? "" : ": ", shapes.error().message);
    }
    return {};
  }
  std::vector<Known> results;
  for (Shape& shape : *shapes) results.push_back(Known::of_tensor(std::move(shape)));
  if (op == ::hearth::Op::pick) results[0].ids = true;
  if (results.size() == 1) return std::move(results[0]);
  return Known::of_tuple(std::move(results));
}

Known ShapeChecker::element(const Expr& expr) {
  Known of = evaluate(*expr.operands[0]);
  const Known index = evaluate(*expr.operands[1]);
  const auto place = index.size ? index.size->whole() : std::nullopt;
  switch (of.kind) {
    case Known::tuple: {
      const auto count = static_cast<int64_t>(of.items.size());
      if (!place) return {};
      if (*place < 0 || *place >= count) {
        error(expr.at, "there are {} values; number {} is asked for", count, *place);
        return {};
      }
      return of.items[static_cast<size_t>(*place)];
    }
    case Known::weight: return weight_element(std::move(of), index, expr.at);
    case Known::tensor: {
      if (index.kind != Known::number || !index.size) return {};
      Known head =
          apply(::hearth::Op::heads, "", {of, index, Known::of_number(*index.size + Dim(1))}, expr.at);
      return head.kind == Known::tensor ? apply(::hearth::Op::merge, "", {head}, expr.at) : Known();
    }
    default: return {};
  }
}

Known ShapeChecker::weight_element(Known of, const Known& index, Position use) {
  if (index.kind == Known::number) {  // a row, itself a weight
    if (of.shape.dims.size() < 2) return {};
    of.shape.dims.erase(of.shape.dims.begin());
    return of;
  }
  if (index.kind != Known::tensor) return {};
  const bool chosen = !index.shape.dims.empty();
  if (chosen && of.shape.dims.size() == 3) {
    of.kind = Known::experts;
    of.items = {index};
    return of;
  }
  const std::string name = of.declared->name;
  return apply(chosen ? ::hearth::Op::entries : ::hearth::Op::rows, name, {std::move(of), index}, use);
}

Known ShapeChecker::part(const Expr& expr) {
  const Known of = evaluate(*expr.operands[0]);
  Known bounds[2] = {Known::of_number(Dim(0)), {}};
  for (size_t i : {0, 1})
    if (expr.operands[i + 1]) bounds[i] = evaluate(*expr.operands[i + 1]);
  if (of.kind == Known::weight && of.shape.dims.size() == 2)  // a run of rows, one for each row of a value
    return Known::of_tensor({{tokens_rows()}, {of.shape.dims[1]}});
  if (of.kind != Known::tensor) return {};
  if (!expr.operands[2]) bounds[1] = Known::of_number(of.shape.heads());
  return apply(::hearth::Op::heads, "", {of, bounds[0], bounds[1]}, expr.at);
}

}  // namespace hearth::arch
