// The checks of graphs and defs. A def is looked at once for each situation that it is called in: from which
// graph, in the layers of which stack or in none.
#include <algorithm>
#include <deque>
#include <optional>

#include "graph/checker.h"
#include "graph/expressions.h"
#include "graph/graph_kinds.h"
#include "graph/source.h"

namespace hearth::arch {

namespace {

using Names = std::set<std::string_view>;

class Graphs : private Checker {
 public:
  using Checker::Checker;

  void run() {
    check_recursion();
    if (architecture_.graphs.empty())
      error(architecture_.name.at, "`{}` has no graph", architecture_.name.text);
    for (const Graph& graph : architecture_.graphs) check_graph(graph);
    while (!open_.empty()) {
      const auto [definition, situation] = open_.front();
      open_.pop_front();
      check_definition(*definition, situation);
    }
    check_unused();
  }

 private:
  struct Situation {
    const GraphKind* kind;
    const std::string* stack;  // null outside layers
    auto operator<=>(const Situation&) const = default;
  };
  // What an expression may name besides what the file declares.
  struct Scope {
    Situation situation;
    Names locals;
    const Names* later = nullptr;   // assigned further on in the same loop
    const Names* params = nullptr;  // of the def whose condition this is: not to be seen
  };

  // ---- graphs

  void check_graph(const Graph& graph) {
    const GraphKind* kind = graph_kind(graph.name.text);
    if (!kind) {
      std::string known;
      for (const GraphKind& each : kGraphKinds)
        if (!each.name.empty()) known += (known.empty() ? "" : ", ") + std::string(each.name);
      error(graph.name.at, "no graph is called `{}`; there may be {}", graph.name.text, known);
      return;
    }
    Names earlier;
    for (std::string_view name : kind->earlier)
      if (const Graph* before = architecture_.graph(name)) collect_assigned(before->body, earlier);
    earlier_[kind] = std::move(earlier);

    Scope scope{{kind, nullptr}, {}};
    check_block(graph.body, scope);
    const auto& results = kind->results;
    if (!results.empty() && std::none_of(results.begin(), results.end(), [&](std::string_view name) {
          return scope.locals.count(name) > 0;
        })) {
      error(graph.name.at, "the graph must assign {}", fmt::join(results, " or "));
    }
  }

  static void collect_assigned(const std::vector<Statement>& statements, Names& names) {
    for (const Statement& statement : statements) {
      for (const Word& name : statement.names) names.insert(name.text);
      collect_assigned(statement.body, names);
    }
  }

  void check_block(const std::vector<Statement>& statements, Scope& scope) {
    for (const Statement& statement : statements) {
      if (statement.kind == Statement::Kind::each) {
        check_each(statement, scope);
        continue;
      }
      for (const ExprPtr& value : statement.values) check_expression(*value, scope);
      if (statement.kind == Statement::Kind::add) {
        const Word& name = statement.names.front();
        if (!scope.locals.count(name.text)) no_value(name, scope);
      }
      if (statement.kind == Statement::Kind::assign) check_count(statement, scope);
      for (const Word& name : statement.names) scope.locals.insert(name.text);
    }
  }

  void check_each(const Statement& each, Scope& scope) {
    for (const ExprPtr& bound : {each.first, each.last})
      if (bound) check_expression(*bound, scope);
    const std::string count = each.stack.empty() ? "layers" : each.stack + "_layers";
    if (!entry(count))
      error(each.at, "how many such layers there are is not said: config has no `{}`", count);
    Names later;
    collect_assigned(each.body, later);
    scope.situation.stack = &each.stack;
    scope.later = &later;
    check_block(each.body, scope);
    scope.situation.stack = nullptr;
    scope.later = nullptr;
  }

  void no_value(const Word& name, const Scope& scope) {
    if (scope.later && scope.later->count(name.text))
      error(name.at, "`{}` is carried from layer to layer and has no value before the first", name.text);
    else
      error(name.at, "`{}` has no value here", name.text);
  }

  // ---- defs

  void call_later(const Definition& definition, const Situation& situation) {
    if (seen_.insert({&definition, situation}).second) open_.push_back({&definition, situation});
  }

  void check_definition(const Definition& definition, const Situation& situation) {
    for (const Case& one : definition.cases) {
      Names params;
      for (const Word& param : one.params) params.insert(param.text);
      if (one.when) {
        Scope outside{situation, {}};
        outside.params = &params;
        check_expression(*one.when, outside);
      }
      Scope scope{situation, std::move(params)};
      check_block(one.body, scope);
    }
  }

  // No def reaches itself. Every mention counts, whatever condition it stands under.
  void check_recursion() {
    std::map<const Definition*, std::vector<std::pair<const Definition*, Position>>> mentions;
    for (const Definition& from : architecture_.definitions) {
      for (const Case& one : from.cases) {
        const auto look = [&](const Expr& expr) {
          walk(expr, [&](const Expr& part) {
            if (part.kind != ExprKind::call || part.operands[0]->kind != ExprKind::name) return;
            if (const Definition* to = definition(part.operands[0]->text))
              mentions[&from].push_back({to, part.at});
          });
        };
        if (one.when) look(*one.when);
        for (const Statement& statement : one.body)
          for (const ExprPtr& value : statement.values) look(*value);
      }
    }
    std::set<const Definition*> done, busy;
    std::vector<std::pair<const Definition*, size_t>> path;
    for (const Definition& start : architecture_.definitions) {
      if (!done.insert(&start).second) continue;
      path.push_back({&start, 0});
      busy.insert(&start);
      while (!path.empty()) {
        const Definition* from = path.back().first;
        const auto& next = mentions[from];
        if (path.back().second == next.size()) {
          busy.erase(from);
          path.pop_back();
          continue;
        }
        const auto [to, at] = next[path.back().second++];
        if (busy.count(to)) {
          error(at, "`{}` calls itself", to->name.text);
        } else if (done.insert(to).second) {
          path.push_back({to, 0});
          busy.insert(to);
        }
      }
    }
  }

  // A def of this very file that nothing calls is likely a slip of the pen; an inherited one may be.
  void check_unused() {
    for (const Definition& definition : architecture_.definitions) {
      const bool own = definition.name.at.source == architecture_.sources.front().get();
      const bool used = std::any_of(seen_.begin(), seen_.end(),
                                    [&](const auto& reached) { return reached.first == &definition; });
      if (used) continue;
      if (own) warning(definition.name.at, "nothing calls `{}`", definition.name.text);
      // Its names are looked up all the same, wherever they could be meant.
      for (const Graph& graph : architecture_.graphs) {
        const GraphKind* kind = graph_kind(graph.name.text);
        if (!kind || !own) continue;
        for (const Stack& stack : architecture_.stacks) check_definition(definition, {kind, &stack.name});
        break;
      }
    }
  }

  // ---- values and names

  // How many values an expression has, where the text says it.
  std::optional<size_t> count_values(const Expr& expr, const Scope& scope) const {
    if (expr.kind != ExprKind::call || expr.operands[0]->kind != ExprKind::name) return std::nullopt;
    const std::string& name = expr.operands[0]->text;
    if (scope.locals.count(name)) return std::nullopt;
    const Definition* called = definition(name);
    if (!called) return std::nullopt;
    std::optional<size_t> count;
    for (const Case& one : called->cases) {
      const size_t values = one.body.back().values.size();
      if (values < 2 || (count && *count != values)) return std::nullopt;
      count = values;
    }
    return count;
  }

  void check_count(const Statement& statement, const Scope& scope) {
    if (statement.values.size() != 1 || statement.names.size() < 2) return;
    const auto count = count_values(*statement.values[0], scope);
    if (count && *count != statement.names.size())
      error(statement.at, "{} values for {} names", *count, statement.names.size());
  }

  void check_expression(const Expr& expr, const Scope& scope) {
    switch (expr.kind) {
      case ExprKind::name: check_name(expr, scope); return;
      case ExprKind::call: check_call(expr, scope); return;
      default:
        for (const ExprPtr& operand : expr.operands)
          if (operand) check_expression(*operand, scope);
    }
  }

  bool is_input(std::string_view name, const Scope& scope) const {
    const auto& inputs = scope.situation.kind->inputs;
    return std::find(inputs.begin(), inputs.end(), name) != inputs.end();
  }

  bool is_value(std::string_view name, const Scope& scope) {
    return scope.locals.count(name) || is_input(name, scope) || earlier_[scope.situation.kind].count(name);
  }

  void check_name(const Expr& expr, const Scope& scope) {
    const std::string& name = expr.text;
    if (scope.locals.count(name)) return;
    if (name == "layer") {
      if (!scope.situation.stack) error(expr.at, "`layer` has no value outside `each layer`");
      return;
    }
    if (is_value(name, scope) || entry(name) || is_member(name) || weight(name, scope.situation.stack))
      return;
    if (scope.later && scope.later->count(name)) {
      no_value({expr.at, name}, scope);
    } else if (scope.params && scope.params->count(name)) {
      error(expr.at, "a condition cannot look at the parameter `{}`", name);
    } else if (const Weight* elsewhere = weight_anywhere(name)) {
      const std::string layers = elsewhere->stack.empty() ? "layers" : elsewhere->stack + " layers";
      error(expr.at, "`{}` belongs to the {} and has no meaning here, {}", name, layers,
            scope.situation.stack ? "in others" : "outside of them");
    } else if (definition(name) || operators_(name)) {
      error(expr.at, "`{}` is called with values in parentheses", name);
    } else {
      error(expr.at, "unknown name `{}`{}", name, suggestion(name));
    }
  }

  void check_call(const Expr& call, const Scope& scope) {
    for (size_t i = 1; i < call.operands.size(); ++i) check_expression(*call.operands[i], scope);
    const Expr& callee = *call.operands[0];
    if (callee.kind == ExprKind::index || callee.kind == ExprKind::call) {  // W[e](x), transposed(W)(x)
      check_expression(callee, scope);
      check_map(call, "a weight");
      return;
    }
    if (callee.kind != ExprKind::name) {
      error(callee.at, "this cannot be called");
      return;
    }
    const std::string& name = callee.text;
    if (scope.locals.count(name) || earlier_[scope.situation.kind].count(name)) {
      check_map(call, name);  // a weight under a name of the graph's own, if anything
      return;
    }
    if (name == "layer" || is_input(name, scope) || entry(name) || is_member(name)) {
      error(callee.at, "`{}` cannot be called", name);
      return;
    }
    if (weight(name, scope.situation.stack)) {
      check_map(call, name);
      return;
    }
    if (const Definition* called = definition(name)) {
      check_definition_call(call, *called);
      call_later(*called, scope.situation);
      return;
    }
    if (const std::vector<Parameter>* parameters = operators_(name)) {
      check_arguments(call, *parameters, [&](std::string_view ambient) {
        return entry(ambient) || is_input(ambient, scope) || weight_anywhere(ambient);
      });
      return;
    }
    check_name(callee, scope);
  }

  // A weight is a linear map of one value.
  void check_map(const Expr& call, std::string_view name) {
    const bool keyword = std::any_of(call.keywords.begin(), call.keywords.end(),
                                     [](const Word& word) { return !word.text.empty(); });
    if (call.keywords.size() != 1 || keyword)
      error(call.at, "{} takes one value, by position",
            name == "a weight" ? std::string(name) : fmt::format("`{}`", name));
  }

  void check_definition_call(const Expr& call, const Definition& called) {
    for (const Word& keyword : call.keywords) {
      if (keyword.text.empty()) continue;
      error(keyword.at, "`{}` is a def and called by position", called.name.text);
      return;
    }
    for (const Case& one : called.cases) {
      if (one.params.size() == call.keywords.size()) continue;
      error(call.at, "`{}` takes {} value{}, not {}", called.name.text, one.params.size(),
            one.params.size() == 1 ? "" : "s", call.keywords.size());
      return;
    }
  }

  std::map<const GraphKind*, Names> earlier_;
  std::set<std::pair<const Definition*, Situation>> seen_;
  std::deque<std::pair<const Definition*, Situation>> open_;
};

}  // namespace

void check_graphs(const Architecture& architecture, const Operators& operators,
                  std::vector<Finding>& findings) {
  Graphs(architecture, operators, findings).run();
}

}  // namespace hearth::arch
