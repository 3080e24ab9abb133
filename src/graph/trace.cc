#include "graph/trace.h"

#include <cmath>

#include "graph/tracer.h"

namespace hearth::arch {

Result<std::vector<::hearth::Graph>> trace(const Architecture& architecture, Config& config,
                                           GgufBinding& binding, std::span<const std::string_view> names) {
  Tracer tracer(architecture, config, binding);
  for (std::string_view name : names) {
    const Graph* graph = architecture.graph(name);
    if (!graph) {
      return fail("{} has no graph{}{}", architecture.sources.front()->name, name.empty() ? "" : " ", name);
    }
    TRY_STATUS(tracer.run(*graph));
  }
  return tracer.finish();
}

Result<int64_t> count_drafts(const Architecture& architecture, Config& config, GgufBinding& binding) {
  const Graph* graph = architecture.graph("draft");
  return graph ? Tracer(architecture, config, binding).count_layers(*graph) : Result<int64_t>(0);
}

Result<int64_t> Tracer::count_layers(const Graph& graph) {
  for (const Statement& statement : graph.body) {
    if (statement.kind != Statement::Kind::each || !statement.first) continue;
    TRY(int64_t first, whole(*statement.first, "the first layer"));
    TRY(int64_t last, whole(*statement.last, "the end of the layers"));
    return last - first;
  }
  return error_at(graph.name.at, "a draft graph names its layers by a range: each layer [a : b]");
}

Status Tracer::run(const Graph& graph) {
  kind_ = graph_kind(graph.name.text);
  if (!kind_) return error_at(graph.name.at, "there is no graph {}", graph.name.text);
  if (kind_->run != GraphKind::continues || stages_.empty()) stages_.emplace_back();
  stage().encodes = kind_->run == GraphKind::source;
  Locals locals;
  TRY_STATUS(block(graph.body, locals));
  if (graph.name.text == "draft") ++drafts_;
  static constexpr std::string_view kOutputs[] = {"logits", "embeddings", "scores"};
  stage().outputs.clear();
  for (std::string_view output : kOutputs) {
    auto at = locals.find(output);
    if (at == locals.end()) continue;
    auto* tensor = at->second.as<TensorItem>();
    if (!tensor)
      return error_at(graph.name.at, "`{}` is {}; a tensor is expected", output, at->second.describe());
    stage().outputs.push_back({std::string(output), tensor->id});
  }
  if (stage().outputs.empty() && !stage().encodes) {
    return error_at(graph.name.at, "the graph must assign one of {}", fmt::join(kOutputs, ", "));
  }
  for (auto& [name, item] : locals) earlier_.insert_or_assign(name, std::move(item));
  return {};
}

// Each stage's graph with the values and states of all. What encoders made has their rows, which are tokens to
// themselves.
Result<std::vector<::hearth::Graph>> Tracer::finish() {
  std::vector<int32_t> stage_of_value(out_.values.size(), -1);
  for (size_t s = 0; s < stages_.size(); ++s) {
    const ::hearth::Graph& stage = stages_[s];
    for (ValueId input : {stage.tokens, stage.positions}) {
      if (input >= 0) stage_of_value[static_cast<size_t>(input)] = static_cast<int32_t>(s);
    }
    for (const Node& node : stage.nodes) {
      for (ValueId id : node.results) stage_of_value[static_cast<size_t>(id)] = static_cast<int32_t>(s);
    }
  }
  for (size_t s = 0; s < stages_.size(); ++s) TRY_STATUS(connect(s, stage_of_value));
  for (::hearth::Graph& stage : stages_) {
    stage.values = out_.values;
    stage.states = out_.states;
    if (!stage.encodes) continue;
    for (Value& value : stage.values) {
      if (value.shape.lead == std::vector<Dim>{source_rows()}) value.shape.lead = {tokens_rows()};
    }
  }
  return std::move(stages_);
}

// What a stage takes from an earlier one becomes an output there and an input here.
Status Tracer::connect(size_t stage, std::vector<int32_t>& stage_of_value) {
  ::hearth::Graph& to = stages_[stage];
  auto take = [&](ValueId id, int line) -> Status {
    auto from = static_cast<size_t>(stage_of_value[static_cast<size_t>(id)]);
    if (from == stage || std::find(to.inputs.begin(), to.inputs.end(), id) != to.inputs.end()) return {};
    const Value& value = out_.values[static_cast<size_t>(id)];
    if (made_by_encoder(id))
      return fail("line {}: what an encoder made is there for attention alone, as keys and values", line);
    if (value.index || value.shape.lead != std::vector<Dim>{tokens_rows()})
      return fail("line {}: only numbers of each token are handed from graph to graph", line);
    to.inputs.push_back(id);
    auto& outputs = stages_[from].outputs;
    bool known = std::any_of(outputs.begin(), outputs.end(),
                             [&](const auto& output) { return output.value == id && output.all; });
    if (!known) outputs.push_back({fmt::format("value {}", id), id, true});
    return {};
  };
  for (const Node& node : to.nodes) {
    for (const NodeArgument& argument : node.arguments) {
      if (argument.kind == ArgumentKind::value) TRY_STATUS(take(argument.id, node.line));
    }
  }
  for (const auto& output : std::vector(to.outputs)) TRY_STATUS(take(output.value, 0));
  return {};
}

bool Tracer::made_by_encoder(ValueId id) const {
  return out_.values[static_cast<size_t>(id)].shape.lead == std::vector<Dim>{source_rows()};
}

Status Tracer::block(const std::vector<Statement>& statements, Locals& locals) {
  for (const Statement& statement : statements) TRY_STATUS(this->statement(statement, locals));
  return {};
}

Status Tracer::statement(const Statement& statement, Locals& locals) {
  auto outer = std::exchange(locals_, &locals);
  auto status = [&]() -> Status {
    switch (statement.kind) {
      case Statement::Kind::assign: return assign(statement, locals);
      case Statement::Kind::add: {
        const Word& name = statement.names.front();
        auto at = locals.find(name.text);
        if (at == locals.end()) return error_at(name.at, "`{}` has no value yet", name.text);
        Item before = at->second;
        TRY(Item more, evaluate(*statement.values.front()));
        TRY(Item sum, compute(::hearth::Op::add, before, more, statement.at));
        locals.insert_or_assign(name.text, std::move(sum));
        return {};
      }
      case Statement::Kind::each: return each(statement, locals);
      case Statement::Kind::give: return error_at(statement.at, "`return` stands outside a def");
    }
    return {};
  }();
  locals_ = outer;
  return status;
}

Status Tracer::assign(const Statement& statement, Locals& locals) {
  std::vector<Item> items;
  for (const ExprPtr& value : statement.values) {
    TRY(Item item, evaluate(*value));
    items.push_back(std::move(item));
  }
  if (items.size() == 1 && statement.names.size() > 1) {
    if (auto* tuple = items.front().as<Tuple>()) items = std::vector<Item>(*tuple->items);
  }
  if (items.size() != statement.names.size()) {
    return error_at(statement.at, "{} values for {} names", items.size(), statement.names.size());
  }
  for (size_t i = 0; i < items.size(); ++i)
    locals.insert_or_assign(statement.names[i].text, std::move(items[i]));
  return {};
}

Status Tracer::each(const Statement& statement, Locals& locals) {
  if (layer_) return error_at(statement.at, "loops over layers do not nest");
  TRY(int64_t count, config_.layers(statement.stack, statement.at));
  int64_t first = 0, last = count;
  if (statement.first) {
    TRY(first, whole(*statement.first, "the first layer"));
    TRY(last, whole(*statement.last, "the end of the layers"));
    if (kind_->name == "draft") {  // each draft layer has a graph of its own
      first += drafts_;
      last = std::min(last, first + 1);
    }
    if (first < 0 || last > count || first > last) {
      return error_at(statement.at, "layers {} to {} are asked for; there are {}", first, last, count);
    }
  }
  for (int64_t layer = first; layer < last; ++layer) {
    layer_ = layer;
    stack_ = &statement.stack;
    TRY_STATUS(block(statement.body, locals));
  }
  layer_ = std::nullopt;
  stack_ = nullptr;
  return {};
}

// Parameters and local names first, then `layer`, inputs, config, weights, defs, operators (section 9).
Result<Item> Tracer::name(const Expr& expr) {
  TRY(std::optional<Item> item, find(expr.text, expr.at));
  if (item) return *std::move(item);
  if (const Definition* definition = architecture_.definition(expr.text))
    return Item(Callee{definition, nullptr});
  if (const Operator* row = operator_named(expr.text)) return Item(Callee{nullptr, row});
  return error_at(expr.at, "unknown name `{}`{}", expr.text, where());
}

Result<std::optional<Item>> Tracer::find(std::string_view name, Position use) {
  if (locals_) {
    if (auto at = locals_->find(name); at != locals_->end()) return std::optional<Item>(at->second);
  }
  return ambient(name, use);
}

Result<std::optional<Item>> Tracer::ambient(std::string_view name, Position use) {
  if (name == "layer") {
    if (!layer_) return error_at(use, "`layer` has no value outside the layers");
    return std::optional<Item>(Item(static_cast<double>(*layer_)));
  }
  if (name == "tokens") return std::optional<Item>(input(stage().tokens));
  if (name == "positions") return std::optional<Item>(input(stage().positions));
  if (auto at = earlier_.find(name); at != earlier_.end()) return std::optional<Item>(at->second);
  if (name == "pictures" || name == "places") return std::optional<Item>(Item());  // text alone
  if (const Entry* entry = architecture_.entry(name)) {
    TRY(Item item, config_.value(*entry, layer_, use));
    return std::optional<Item>(std::move(item));
  }
  if (!architecture_.weight(name, stack_)) {  // `nextn.eh_proj` is a weight, whatever `nextn` is
    TRY(std::optional<Item> member, config_.member(name, use));
    if (member) return member;
  }
  return binding_.find(name, stack_, layer_, use);
}

Item Tracer::input(ValueId& known) {
  if (known < 0) known = out_.add_value({{stage().encodes ? source_rows() : tokens_rows()}, {}}, true);
  return TensorItem{known};
}

std::string Tracer::where() const { return layer_ ? fmt::format(" in layer {}", *layer_) : ""; }

Result<Item> Tracer::call(const Expr& expr) {
  const Expr& callee_expr = *expr.operands[0];
  TRY(Item callee, evaluate(callee_expr));
  Arguments arguments;
  for (size_t i = 1; i < expr.operands.size(); ++i) {
    TRY(Item item, evaluate(*expr.operands[i]));
    const Word& keyword = expr.keywords[i - 1];
    if (!keyword.text.empty())
      arguments.keywords.push_back({keyword, std::move(item)});
    else
      arguments.positional.push_back(std::move(item));
  }
  if (auto* named = callee.as<Callee>()) {
    return named->definition ? call_definition(expr, *named->definition, arguments)
                             : call_operator(expr, *named->op, arguments);
  }
  // A weight is a linear map.
  if (arguments.positional.size() != 1 || !arguments.keywords.empty()) {
    return error_at(expr.at, "{} takes one value", callee.describe());
  }
  const Item& x = arguments.positional[0];
  if (auto* weight = callee.as<WeightItem>()) {
    size_t rank = binding_.weights()[static_cast<size_t>(weight->id)].shape.size();
    if (rank != 2 && rank != 3) {
      return error_at(expr.at, "{} has {} dimensions and is no linear map",
                      binding_.weights()[static_cast<size_t>(weight->id)].name, rank);
    }
    return note(rank == 2 ? ::hearth::Op::linear : ::hearth::Op::linears, {callee, x}, expr.at);
  }
  if (auto* experts = callee.as<ChosenExperts>()) {
    return note(::hearth::Op::experts, {WeightItem{experts->weight}, TensorItem{experts->ids}, x}, expr.at);
  }
  return error_at(expr.at, "{} cannot be called", callee.describe());
}

Result<Item> Tracer::call_definition(const Expr& expr, const Definition& definition,
                                     const Arguments& arguments) {
  if (!arguments.keywords.empty()) {
    return error_at(arguments.keywords[0].first.at, "`{}` is called by position", definition.name.text);
  }
  for (const Definition* running : running_) {
    if (running == &definition) return error_at(expr.at, "`{}` calls itself", definition.name.text);
  }
  running_.push_back(&definition);
  auto outer = std::exchange(locals_, nullptr);
  auto result = [&]() -> Result<Item> {
    const Case* chosen = nullptr;
    for (const Case& each : definition.cases) {
      if (!each.when) continue;
      TRY(bool holds, condition(*each.when));
      if (holds) {
        chosen = &each;
        break;
      }
    }
    for (const Case& each : definition.cases) {  // the last resort, wherever it stands
      if (!chosen && !each.when) chosen = &each;
    }
    if (!chosen) return error_at(expr.at, "no case of `{}` applies{}", definition.name.text, where());
    if (chosen->params.size() != arguments.positional.size()) {
      return error_at(expr.at, "`{}` takes {} values, not {}", definition.name.text, chosen->params.size(),
                      arguments.positional.size());
    }
    Locals locals;
    for (size_t i = 0; i < chosen->params.size(); ++i) {
      locals.insert_or_assign(chosen->params[i].text, arguments.positional[i]);
    }
    for (const Statement& each : chosen->body) {
      if (each.kind != Statement::Kind::give) {
        TRY_STATUS(statement(each, locals));
        continue;
      }
      locals_ = &locals;
      std::vector<Item> items;
      for (const ExprPtr& value : each.values) {
        TRY(Item item, evaluate(*value));
        items.push_back(std::move(item));
      }
      if (items.size() == 1) return std::move(items.front());
      return Item(Tuple{std::make_shared<const std::vector<Item>>(std::move(items))});
    }
    return error_at(chosen->at, "`{}` returns nothing", definition.name.text);
  }();
  locals_ = outer;
  running_.pop_back();
  return result;
}

Result<Item> Tracer::arithmetic(const Expr& expr, const Item& a, const Item& b) {
  if (!flows(a) && !flows(b)) return Evaluator::arithmetic(expr, a, b);
  switch (expr.op) {
    case Op::add: return compute(::hearth::Op::add, a, b, expr.at);
    case Op::subtract: return compute(::hearth::Op::sub, a, b, expr.at);
    case Op::multiply: return compute(::hearth::Op::mul, a, b, expr.at);
    case Op::divide: return compute(::hearth::Op::div, a, b, expr.at);
    case Op::power: return compute(::hearth::Op::pow, a, b, expr.at);
    case Op::floor_divide: return compute(::hearth::Op::floor_div, a, b, expr.at);
    case Op::modulo: return compute(::hearth::Op::mod, a, b, expr.at);
    default: return error_at(expr.at, "this does not work on tensors");
  }
}

Result<Item> Tracer::negate(const Expr& expr, const Item& a) {
  if (!flows(a)) return Evaluator::negate(expr, a);
  return compute(::hearth::Op::mul, a, Item(-1.0), expr.at);
}

Result<Item> Tracer::compute(::hearth::Op op, const Item& a, const Item& b, Position use) {
  if (auto x = a.number(), y = b.number(); x && y) return Item(*x + *y);  // `+=` on numbers
  for (const Item* side : {&a, &b}) {
    if (!flows(*side) && !side->number())
      return error_at(use, "arithmetic takes numbers or tensors, not {}", side->describe());
  }
  if (!a.as<TensorItem>() && !b.as<TensorItem>()) {
    return error_at(use, "arithmetic of weights alone; one side must depend on the tokens");
  }
  return note(op, {a, b}, use);
}

Result<Item> Tracer::element(const Expr& expr, const Item& of, const Item& index) {
  if (auto* weight = of.as<WeightItem>()) {
    const WeightInfo& info = binding_.weights()[static_cast<size_t>(weight->id)];
    if (auto n = index.number()) {
      TRY(WeightId row, binding_.row_of(weight->id, static_cast<int64_t>(*n), expr.at));
      return Item(WeightItem{row});
    }
    Item at = index;
    if (auto* numbers = index.as<TensorItem>(); numbers && info.shape.size() == 2) {
      // Ids that were computed with, `table[positions + 2]`, are numbers by now.
      const Value& value = out_.values[static_cast<size_t>(numbers->id)];
      if (!value.index && value.shape.dims.empty()) { TRY(at, note(::hearth::Op::index, {index}, expr.at)); }
    }
    auto* ids = at.as<TensorItem>();
    if (!ids || !out_.values[static_cast<size_t>(ids->id)].index) {
      return error_at(expr.at, "{} is subscripted by {}; a number, tokens or chosen experts are expected",
                      info.name, index.describe());
    }
    bool chosen = !out_.values[static_cast<size_t>(ids->id)].shape.dims.empty();
    if (chosen && info.shape.size() == 3) return Item(ChosenExperts{weight->id, ids->id});
    return note(chosen ? ::hearth::Op::entries : ::hearth::Op::rows, {of, at}, expr.at);
  }
  if (of.as<TensorItem>()) {
    auto n = index.number();
    if (!n) return error_at(expr.at, "a head is chosen by a number, not {}", index.describe());
    TRY(Item head, note(::hearth::Op::heads, {of, Item(*n), Item(*n + 1)}, expr.at));
    return note(::hearth::Op::merge, {head}, expr.at);
  }
  return Evaluator::element(expr, of, index);
}

Result<Item> Tracer::part(const Expr& expr, const Item& of, const Item& first, const Item& last) {
  auto* tensor = of.as<TensorItem>();
  if (!tensor) return Evaluator::part(expr, of, first, last);
  auto heads = out_.values[static_cast<size_t>(tensor->id)].shape.heads().whole();
  Item from = first.none() ? Item(0.0) : first;
  Item to = last.none() ? Item(static_cast<double>(heads.value_or(0))) : last;
  return note(::hearth::Op::heads, {of, from, to}, expr.at);
}

bool Tracer::flows(const Item& item) { return item.as<TensorItem>() || item.as<WeightItem>(); }

ShapeArgument Tracer::shape_argument(const Item& item) const {
  ShapeArgument argument;
  if (item.none() || item.as<AbsentWeight>()) return argument;
  argument.kind = ShapeArgument::other;
  if (auto* tensor = item.as<TensorItem>()) {
    argument.kind = ShapeArgument::value;
    argument.shape = out_.values[static_cast<size_t>(tensor->id)].shape;
  } else if (auto* weight = item.as<WeightItem>()) {
    argument.kind = ShapeArgument::weight;
    for (int64_t n : binding_.weights()[static_cast<size_t>(weight->id)].shape)
      argument.shape.dims.push_back(Dim(n));
  } else if (auto number = item.number()) {
    argument.kind = ShapeArgument::number;
    // Only sizes are wanted as such, and what is larger than any has no place in 64 bits.
    if (std::abs(*number) < 1e18 && *number == std::trunc(*number))
      argument.size = Dim(static_cast<int64_t>(*number));
  }
  return argument;
}

Result<Item> Tracer::note(::hearth::Op op, std::vector<Item> items, Position use) {
  const Operator& row = row_of(op);
  // Ids flow as numbers where they are computed with.
  bool wants_ids = op == ::hearth::Op::rows || op == ::hearth::Op::entries || op == ::hearth::Op::experts ||
                   op == ::hearth::Op::number || op == ::hearth::Op::rope;
  for (Item& item : items) {
    auto* tensor = item.as<TensorItem>();
    if (op == ::hearth::Op::attend && &item - items.data() == kAttendKeep) continue;
    if (!wants_ids && tensor && out_.values[static_cast<size_t>(tensor->id)].index) {
      TRY(item, note(::hearth::Op::number, {item}, use));
    }
  }
  std::vector<ShapeArgument> shapes;
  for (const Item& item : items) shapes.push_back(shape_argument(item));
  if (!row.rule) return error_at(use, "`{}` has no place here", row.name);
  auto results = row.rule(shapes);
  if (!results.ok()) return error_at(use, "{}{}{}", label(op, items), results.error().message, where());

  Node node{op, {}, {}, nullptr, std::nullopt, -1, static_cast<int32_t>(layer_.value_or(-1)), use.line};
  for (const Item& item : items) {
    if (auto* tensor = item.as<TensorItem>())
      node.arguments.push_back(NodeArgument::of_value(tensor->id));
    else if (auto* weight = item.as<WeightItem>())
      node.arguments.push_back(NodeArgument::of_weight(weight->id));
    else if (auto number = item.number())
      node.arguments.push_back(NodeArgument::of_number(*number));
    else
      node.arguments.push_back({});
  }
  std::vector<Item> made;
  for (size_t i = 0; i < results->size(); ++i) {
    bool index =
        (op == ::hearth::Op::pick && i == 0) || op == ::hearth::Op::index || op == ::hearth::Op::indexer;
    node.results.push_back(out_.add_value((*results)[i], index));
    made.push_back(TensorItem{node.results.back()});
  }
  put(std::move(node));
  if (made.size() == 1) return std::move(made.front());
  return Item(Tuple{std::make_shared<const std::vector<Item>>(std::move(made))});
}

// What depends on the encoder's tokens alone is computed with them.
void Tracer::put(Node node) {
  last_ = made_by_encoder(node.results[0]) ? 0 : stages_.size() - 1;
  stages_[last_].nodes.push_back(std::move(node));
}

// What a message calls the thing that was misused: a weight by its name, an operator by its.
std::string Tracer::label(::hearth::Op op, const std::vector<Item>& items) const {
  const Operator& row = row_of(op);
  if (!row.name.empty()) return fmt::format("{}: ", row.name);
  if (auto* weight = items.empty() ? nullptr : items.front().as<WeightItem>()) {
    return binding_.weights()[static_cast<size_t>(weight->id)].name + ": ";
  }
  return "";
}

}  // namespace hearth::arch
