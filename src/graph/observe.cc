#include "graph/observe.h"

#include <map>
#include <string>

#include "graph/wanted.h"

namespace hearth {

namespace {

// Where a product has its matrices, its rows and what chooses among its matrices.
struct Places {
  size_t weight, input;
  std::optional<size_t> chosen;
};

std::optional<Places> places_of(Op op) {
  switch (op) {
    case Op::linear:
    case Op::linears: return Places{0, 1, std::nullopt};
    case Op::experts: return Places{0, 2, 1};
    default: return std::nullopt;
  }
}

class Observer {
 public:
  explicit Observer(Graph& graph) : graph_(graph) {}

  std::vector<ObservedProduct> run(const std::function<bool(WeightId)>& asked) {
    std::vector<ObservedProduct> products;
    graph_.outputs.clear();
    for (Node& node : std::exchange(graph_.nodes, {})) {
      auto places = places_of(node.op);
      if (places && asked(node.arguments[places->weight].id) && has_tokens(node, *places)) {
        ObservedProduct product{node.op, node.arguments[places->weight].id, show(node, places->input), {}};
        if (places->chosen) product.chosen = show(node, *places->chosen);
        products.push_back(product);
      }
      graph_.nodes.push_back(std::move(node));
    }
    drop_unused(graph_);
    return products;
  }

 private:
  bool has_tokens(const Node& node, const Places& places) const {
    const Value& x = graph_.values[static_cast<size_t>(node.arguments[places.input].id)];
    return x.shape.lead.size() == 1 && x.shape.lead[0] == tokens_rows();
  }

  // The output that has an argument's rows: a copy, so that outputs lie dense and what they were may be reused.
  size_t show(const Node& node, size_t argument) {
    ValueId id = node.arguments[argument].id;
    auto [at, fresh] = shown_.try_emplace(id, graph_.outputs.size());
    if (fresh) {
      Value value = graph_.values[static_cast<size_t>(id)];
      value.shape.lead = {wanted_rows()};
      ValueId copy = graph_.add_value(value.shape, value.index);
      graph_.nodes.push_back({Op::select,
                              {NodeArgument::of_value(id)},
                              {copy},
                              nullptr,
                              std::nullopt,
                              -1,
                              node.layer,
                              node.line});
      graph_.outputs.push_back({"input " + std::to_string(at->second), copy});
    }
    return at->second;
  }

  Graph& graph_;
  std::map<ValueId, size_t> shown_;
};

}  // namespace

std::vector<ObservedProduct> observe_products(Graph& graph, const std::function<bool(WeightId)>& asked) {
  return Observer(graph).run(asked);
}

}  // namespace hearth
