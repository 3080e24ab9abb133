// The evaluator that notes nodes: trace.cc has its statements, names and calls, lower.cc its operators.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "graph/config.h"
#include "graph/evaluate.h"
#include "graph/gguf_binding.h"
#include "graph/graph_kinds.h"

namespace hearth::arch {

class Tracer : private Evaluator {
 public:
  Tracer(const Architecture& architecture, Config& config, GgufBinding& binding)
      : architecture_(architecture), config_(config), binding_(binding) {}

  Status run(const Graph& graph);
  Result<std::vector<::hearth::Graph>> finish();
  Result<int64_t> count_layers(const Graph& graph);  // that its loop names

 private:
  using Locals = std::map<std::string, Item, std::less<>>;
  struct Arguments {
    std::vector<Item> positional;
    std::vector<std::pair<Word, Item>> keywords;
  };
  // An operator's arguments by parameter, defaults and ambient names filled in.
  using Matched = std::vector<Item>;

  Status block(const std::vector<Statement>& statements, Locals& locals);
  Status statement(const Statement& statement, Locals& locals);
  Status assign(const Statement& statement, Locals& locals);
  Status each(const Statement& statement, Locals& locals);

  Result<Item> name(const Expr& expr) override;
  Result<Item> call(const Expr& expr) override;
  Result<Item> arithmetic(const Expr& expr, const Item& a, const Item& b) override;
  Result<Item> negate(const Expr& expr, const Item& a) override;
  Result<Item> element(const Expr& expr, const Item& of, const Item& index) override;
  Result<Item> part(const Expr& expr, const Item& of, const Item& first, const Item& last) override;

  Result<std::optional<Item>> find(std::string_view name, Position use);
  Result<std::optional<Item>> ambient(std::string_view name, Position use);
  Item input(ValueId& id);
  bool made_by_encoder(ValueId id) const;
  Status connect(size_t stage, std::vector<int32_t>& stage_of_value);
  std::string where() const;

  Result<Item> call_definition(const Expr& expr, const Definition& definition, const Arguments& arguments);
  Result<Item> call_operator(const Expr& expr, const Operator& row, const Arguments& arguments);
  Result<Matched> match(const Expr& expr, const Operator& row, const Arguments& arguments);
  Result<Item> lower_rope(const Matched& given, Position use);
  Result<Item> lower_attend(const Matched& given, Position use);
  Result<Item> lower_recurrence(const Operator& row, Matched given, Position use);
  Result<Item> lower_cut(const Matched& given, Position use);
  Result<std::vector<double>> factors(const Item& item, int64_t pairs, Position use);
  std::shared_ptr<const Rotation> shared(Rotation rotation);
  bool begins_with(ValueId keys, ValueId values) const;
  int32_t attention_state(ValueId keys, ValueId values, int64_t window, int64_t chunk);
  Result<Item> lower_indexer(Matched given, Position use);
  Result<int32_t> source_state(ValueId keys, ValueId values, Position use);
  ::hearth::Graph& stage() { return stages_.back(); }
  void put(Node node);                                  // notes one, in the stage that it belongs to
  Node& last() { return stages_[last_].nodes.back(); }  // that was noted

  Result<Item> compute(::hearth::Op op, const Item& a, const Item& b, Position use);
  // Notes one node and gives its result, or a tuple of them.
  Result<Item> note(::hearth::Op op, std::vector<Item> items, Position use);
  ShapeArgument shape_argument(const Item& item) const;
  std::string label(::hearth::Op op, const std::vector<Item>& items) const;
  static bool flows(const Item& item);

  const Architecture& architecture_;
  Config& config_;
  GgufBinding& binding_;
  ::hearth::Graph out_;                  // the values and states of all stages
  std::vector<::hearth::Graph> stages_;  // the nodes, inputs and outputs of each
  const GraphKind* kind_ = nullptr;      // of the graph that is traced
  size_t last_ = 0;                      // the stage that got the last node
  int64_t drafts_ = 0;                   // draft graphs so far
  Locals* locals_ = nullptr;
  Locals earlier_;  // what earlier graphs assigned
  std::optional<int64_t> layer_;
  const std::string* stack_ = nullptr;
  std::vector<const Definition*> running_;
  std::vector<std::shared_ptr<const Rotation>> rotations_;
  std::map<std::pair<ValueId, ValueId>, int32_t> attention_states_;
  std::map<ValueId, ValueId> shifts_;
};

}  // namespace hearth::arch
