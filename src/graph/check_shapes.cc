// Ways through a graph, its statements and names, and the weights it meets.
#include <algorithm>
#include <deque>

#include "graph/expressions.h"
#include "graph/shape_checker.h"

namespace hearth::arch {

void check_shapes(const Architecture& architecture, const Operators& operators,
                  std::vector<Finding>& findings) {
  ShapeChecker(architecture, operators, findings).run();
}

ShapeChecker::ShapeChecker(const Architecture& architecture, const Operators& operators,
                           std::vector<Finding>& findings)
    : Checker(architecture, operators, findings) {
  find_layered();
  find_equal();
}

void ShapeChecker::run() {
  for (const Graph& graph : architecture_.graphs) {
    // Paths that differ in one choice from the first come before those that differ in more.
    std::deque<std::vector<bool>> scripts{{}};
    for (size_t path = 0; path < kMostPaths && !scripts.empty() && steps_ < kMostSteps; ++path) {
      script_ = std::move(scripts.front());
      scripts.pop_front();
      const size_t given = script_.size();
      walk_path(*graph_kind(graph.name.text), graph);
      for (size_t i = given; i < script_.size() && scripts.size() < kMostPaths; ++i) {
        scripts.emplace_back(script_.begin(), script_.begin() + static_cast<ptrdiff_t>(i));
        scripts.back().push_back(!script_[i]);
      }
    }
  }
}

std::optional<bool> ShapeChecker::decide(std::string key) {
  auto found = decided_.find(key);
  if (found != decided_.end()) return found->second;
  if (only_decided_) return std::nullopt;
  if (next_ == script_.size()) script_.push_back(true);
  const bool choice = script_[next_++];
  decided_.emplace(std::move(key), choice);
  return choice;
}

std::optional<bool> ShapeChecker::negated(std::optional<bool> truth) {
  return truth ? std::optional(!*truth) : truth;
}

void ShapeChecker::walk_path(const GraphKind& kind, const Graph& graph) {
  decided_.clear();
  next_ = 0;
  stopped_ = false;
  earlier_.clear();
  // The graphs whose names it reads have run before.
  for (const GraphKind& before : kGraphKinds) {
    if (std::find(kind.earlier.begin(), kind.earlier.end(), before.name) == kind.earlier.end()) continue;
    if (const Graph* earlier = architecture_.graph(before.name)) walk_graph(before, *earlier);
  }
  walk_graph(kind, graph);
}

void ShapeChecker::walk_graph(const GraphKind& kind, const Graph& graph) {
  kind_ = &kind;
  Locals locals;
  block(graph.body, locals);
  for (auto& [name, value] : locals) earlier_[name] = std::move(value);
}

void ShapeChecker::block(const std::vector<Statement>& statements, Locals& locals) {
  for (const Statement& statement : statements) {
    if (stopped_) return;
    locals_ = &locals;
    switch (statement.kind) {
      case Statement::Kind::assign: assign(statement, locals); break;
      case Statement::Kind::add: {
        const std::string& name = statement.names.front().text;
        const Known more = evaluate(*statement.values.front());
        locals[name] = arithmetic(::hearth::Op::add, locals[name], more, statement.at);
        break;
      }
      case Statement::Kind::each:
        // Twice: what one layer leaves is what the next one finds.
        stack_ = &statement.stack;
        for (pass_ = 1; pass_ <= 2; ++pass_) block(statement.body, locals);
        stack_ = nullptr;
        pass_ = 0;
        break;
      case Statement::Kind::give: break;
    }
  }
}

void ShapeChecker::assign(const Statement& statement, Locals& locals) {
  std::vector<Known> values;
  for (const ExprPtr& value : statement.values) values.push_back(evaluate(*value));
  const size_t wanted = statement.names.size();
  if (values.size() == 1 && wanted > 1) {
    Known only = std::move(values.front());
    if (only.kind == Known::tuple)
      values = std::move(only.items);
    else if (only.kind == Known::tensor)
      error(statement.at, "1 value for {} names", wanted);
  } else if (values.size() > 1 && wanted == 1) {
    values = {Known::of_tuple(std::move(values))};
  }
  if (values.size() != wanted) {
    if (values.size() > 1) error(statement.at, "{} values for {} names", values.size(), wanted);
    values.assign(wanted, {});
  }
  for (size_t i = 0; i < wanted; ++i) locals[statement.names[i].text] = std::move(values[i]);
}

void ShapeChecker::find_layered() {
  // Longer chains than this only make facts about layers coarser.
  constexpr int kMostRounds = 8;
  for (int round = 0; round < kMostRounds; ++round) {
    for (const Entry& entry : architecture_.entries)
      for (const ExprPtr& expr : {entry.hf, entry.value})
        if (expr && depends_on_layer(*expr)) layered_.insert(entry.name.text);
  }
}

void ShapeChecker::find_equal() {
  for (const Require& require : architecture_.requires_) {
    const Expr& condition = *require.condition;
    if (condition.kind != ExprKind::binary || condition.op != Op::equal) continue;
    const Expr &left = *condition.operands[0], &right = *condition.operands[1];
    if (left.kind == ExprKind::name && entry(left.text) && is_arithmetic(right) &&
        !mentions(right, left.text))
      equal_to_.emplace(entry(left.text), &right);
  }
}

bool ShapeChecker::depends_on_layer(const Expr& expr) const {
  bool found = false;
  walk(expr, [&](const Expr& part) {
    found |= part.kind == ExprKind::name && (part.text == "layer" || layered_.count(part.text));
  });
  return found;
}

const Known* ShapeChecker::local(std::string_view name) const {
  if (!locals_) return nullptr;
  auto at = locals_->find(name);
  return at == locals_->end() ? nullptr : &at->second;
}

bool ShapeChecker::is_input(std::string_view name) const {
  return std::find(kind_->inputs.begin(), kind_->inputs.end(), name) != kind_->inputs.end();
}

Known ShapeChecker::input(std::string_view name) {
  if (name == "tokens" || name == "positions") return Known::of_tensor({{tokens_rows()}, {}}, true);
  return {};
}

Known ShapeChecker::name(const std::string& name) {
  if (const Known* value = local(name)) return *value;
  if (name == "layer") return Known::of_number(Dim::symbol("layer"));
  if (is_input(name)) return input(name);
  if (auto at = earlier_.find(name); at != earlier_.end()) return at->second;
  if (const Entry* found = entry(name)) return entry_value(*found);
  if (is_member(name)) return Known::of_number(std::nullopt);
  if (const Weight* found = weight(name, stack_)) return weight_value(*found);
  return {};
}

Known ShapeChecker::entry_value(const Entry& entry) {
  if (entry.whole) return {};
  if (auto found = entries_known_.find(&entry); found != entries_known_.end()) return found->second;
  Known value = Known::of_number(Dim::symbol(entry.name.text));
  entries_known_.emplace(&entry, value);  // as which it stands in what it is computed from
  const Expr* computed = entry.constant ? entry.value.get() : nullptr;
  if (auto equal = equal_to_.find(&entry); equal != equal_to_.end()) computed = equal->second;
  if (computed && architecture_.is_word(*computed)) {
    value = Known::of_text(computed->text);
  } else if (computed && is_arithmetic(*computed)) {
    Outside outside(*this);
    if (Known result = evaluate(*computed); result.kind == Known::number && result.size) value = result;
  }
  return entries_known_[&entry] = value;
}

bool ShapeChecker::is_arithmetic(const Expr& expr) {
  bool only = true;
  walk(expr, [&](const Expr& part) {
    const bool computes = part.kind == ExprKind::binary && part.op >= Op::add;
    only &= computes || part.kind == ExprKind::number || part.kind == ExprKind::name;
  });
  return only;
}

const Weight& ShapeChecker::behind_alias(const Weight& weight) const {
  const std::string& alias = weight.declarations.front().row.alias.text;
  const Weight* other =
      alias.empty() ? nullptr : this->weight(alias, weight.layers ? &weight.stack : nullptr);
  return other ? *other : weight;
}

const Declaration* ShapeChecker::declaration(const Weight& weight) {
  for (const Declaration& each : weight.declarations) {
    if (!each.when) return &each;
    Outside outside(*this);
    // Where there is but one, whether its guard holds need not be known for its shape.
    const bool outer_only = std::exchange(only_decided_, only_decided_ || weight.declarations.size() == 1);
    const auto truth = holds(*each.when);
    only_decided_ = outer_only;
    if (truth.value_or(weight.declarations.size() == 1)) return &each;
    if (!truth) return nullptr;
  }
  return nullptr;
}

Known ShapeChecker::weight_value(const Weight& named) {
  const Weight& weight = behind_alias(named);
  const Declaration* found = declaration(weight);
  if (!found) return {};
  Known value{.kind = Known::weight, .declared = &weight};
  auto [shape, fresh] = shapes_known_.try_emplace(found);
  if (fresh) shape->second = declared_shape(*found);
  value.shape = shape->second;
  return value;
}

Shape ShapeChecker::declared_shape(const Declaration& declaration) {
  Shape shape;
  Outside outside(*this);
  for (const ExprPtr& dim : declaration.row.shape) {
    std::optional<Dim> size;
    if (dim) size = evaluate(*dim).size;
    // What cannot be computed from sizes is a size of its own.
    const std::string what =
        dim ? arch::to_string(*dim, Spacing::tight_products)
            : fmt::format("{}{}.{}", kAnySize, declaration.row.name.text, shape.dims.size());
    shape.dims.push_back(size ? *size : Dim::symbol(what));
  }
  return shape;
}

std::optional<bool> ShapeChecker::present(const Weight& named) {
  const Weight& weight = behind_alias(named);
  for (const Declaration& each : weight.declarations) {
    if (each.when) {
      Outside outside(*this);
      const auto truth = holds(*each.when);
      if (!truth) return std::nullopt;
      if (!*truth) continue;
    }
    if (!each.row.optional) return true;
    return decide(fmt::format("has {} {}", weight.stack, weight.name));
  }
  return false;
}

}  // namespace hearth::arch
