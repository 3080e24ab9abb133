#include "graph/adapt.h"

#include <algorithm>
#include <map>

#include "graph/layer_results.h"

namespace hearth {

namespace {

// Where a node has the matrix and what it makes something of.
struct Use {
  size_t input;
  bool of_rows;
};

std::optional<Use> use_of(Op op) {
  switch (op) {
    case Op::linear:
    case Op::linears: return Use{1, false};
    case Op::experts: return Use{2, false};
    case Op::rows: return Use{1, true};
    default: return std::nullopt;
  }
}

class Adapting {
 public:
  Adapting(Graph& graph, std::span<const LowRankTerm> terms, int32_t adapters)
      : graph_(graph), adapters_(adapters) {
    for (const LowRankTerm& term : terms) terms_[term.base].push_back(&term);
  }

  Status run() {
    scales_ = graph_.add_value({{tokens_rows()}, {Dim(adapters_)}});
    graph_.inputs.push_back(scales_);
    for (Node& node : std::exchange(graph_.nodes, {})) {
      auto use = use_of(node.op);
      auto found = use ? terms_.find(node.arguments[0].id) : terms_.end();
      if (found == terms_.end()) {
        graph_.nodes.push_back(std::move(node));
        continue;
      }
      add_terms(std::move(node), *use, found->second);
    }
    return {};
  }

 private:
  // The node's own result gets another number, so that who reads it reads the sum.
  void add_terms(Node node, const Use& use, const std::vector<const LowRankTerm*>& terms) {
    const ValueId result = node.results[0];
    ValueId sum = result;
    const Node plain = node;
    bool first = true;
    for (const LowRankTerm* term : terms) {
      if (term->of_rows != use.of_rows) continue;
      if (first) {
        sum = node.results[0] = like(result, {});
        graph_.nodes.push_back(std::move(node));
        first = false;
      }
      ValueId low = like(result, term->rank);
      put(plain, plain.op, low, term->down);
      low = scaled(plain, low, term->adapter);
      ValueId change = like(result, {});
      if (use.of_rows)
        note(plain, Op::linear, {NodeArgument::of_weight(term->up), NodeArgument::of_value(low)}, change);
      else
        put(plain, plain.op, change, term->up, low);
      ValueId next = term == last(terms, use) ? result : like(result, {});
      note(plain, Op::add, {NodeArgument::of_value(sum), NodeArgument::of_value(change)}, next);
      sum = next;
    }
    if (first) graph_.nodes.push_back(std::move(node));
  }

  static const LowRankTerm* last(const std::vector<const LowRankTerm*>& terms, const Use& use) {
    const LowRankTerm* found = nullptr;
    for (const LowRankTerm* term : terms) {
      if (term->of_rows == use.of_rows) found = term;
    }
    return found;
  }

  // A value of the same shape, but for the last dimension if a width is given.
  ValueId like(ValueId value, std::optional<int64_t> width) {
    Shape shape = graph_.values[static_cast<size_t>(value)].shape;
    if (width) shape.dims.back() = Dim(*width);
    return graph_.add_value(std::move(shape));
  }

  ValueId scaled(const Node& by, ValueId value, int32_t adapter) {
    const Shape& shape = graph_.values[static_cast<size_t>(value)].shape;
    ValueId scales = scales_;
    if (shape.lead != std::vector<Dim>{tokens_rows()}) {  // of a sequence, whose tokens all have the same
      scales = graph_.add_value({shape.lead, {Dim(adapters_)}});
      note(by, Op::pool, {NodeArgument::of_value(scales_), NodeArgument::of_number(2)}, scales);
    }
    ValueId scale = graph_.add_value({shape.lead, {Dim(1)}});
    note(by, Op::columns,
         {NodeArgument::of_value(scales), NodeArgument::of_number(adapter), NodeArgument::of_number(1)},
         scale);
    ValueId result = like(value, {});
    note(by, Op::mul, {NodeArgument::of_value(value), NodeArgument::of_value(scale)}, result);
    return result;
  }

  // The node again, with another matrix and perhaps another input.
  void put(const Node& node, Op op, ValueId result, WeightId weight, ValueId input = -1) {
    std::vector<NodeArgument> arguments = node.arguments;
    arguments[0] = NodeArgument::of_weight(weight);
    if (input >= 0) arguments[use_of(op)->input] = NodeArgument::of_value(input);
    note(node, op, std::move(arguments), result);
  }

  void note(const Node& by, Op op, std::vector<NodeArgument> arguments, ValueId result) {
    graph_.nodes.push_back(
        {op, std::move(arguments), {result}, nullptr, std::nullopt, -1, by.layer, by.line});
  }

  Graph& graph_;
  const int32_t adapters_;
  ValueId scales_ = -1;
  std::map<WeightId, std::vector<const LowRankTerm*>> terms_;
};

}  // namespace

Status add_terms(Graph& graph, std::span<const LowRankTerm> terms, int32_t adapters) {
  return Adapting(graph, terms, adapters).run();
}

Status push_layers(Graph& graph, std::span<const LayerPush> pushes) {
  std::vector<LayerResult> layers = layer_results(graph);
  // From the last one on, so that places of nodes before stay what they are.
  std::vector<LayerPush> sorted(pushes.begin(), pushes.end());
  std::sort(sorted.begin(), sorted.end(),
            [](const LayerPush& a, const LayerPush& b) { return a.layer > b.layer; });
  for (const LayerPush& push : sorted) {
    auto at = std::find_if(layers.begin(), layers.end(),
                           [&](const LayerResult& each) { return each.layer == push.layer; });
    if (at == layers.end()) return fail("there is no layer {} to push", push.layer);
    Shape shape = graph.values[static_cast<size_t>(at->value)].shape;
    if (shape.dims.size() != 1 || shape.width().whole() != push.width)
      return fail("a vector of {} numbers is for another model: layer {} leaves {}", push.width, push.layer,
                  shape.to_string());
    ValueId before = graph.add_value(shape);
    Node& maker = graph.nodes[at->node];
    std::replace(maker.results.begin(), maker.results.end(), at->value, before);
    Node add{Op::add,      {NodeArgument::of_value(before), NodeArgument::of_weight(push.vector)},
             {at->value},  nullptr,
             std::nullopt, -1,
             push.layer,   maker.line};
    graph.nodes.insert(graph.nodes.begin() + static_cast<std::ptrdiff_t>(at->node) + 1, std::move(add));
  }
  return {};
}

}  // namespace hearth
