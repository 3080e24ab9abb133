// The checks of config and weights.
#include <algorithm>

#include "graph/checker.h"
#include "graph/expressions.h"
#include "graph/source.h"

namespace hearth::arch {

namespace {

// Functions of one place only: a number of the checkpoint, in a column of config; a vector, in a transform.
constexpr std::string_view kTensorNumber = "tensor";
constexpr std::string_view kStretch = "stretch";

class Declarations : private Checker {
 public:
  using Checker::Checker;

  void run() {
    check_names();
    check_config();
    check_weights();
  }

 private:
  // Where an expression stands decides what its names may be.
  struct Place {
    bool config_json = false;            // keys of config.json, too
    const std::string* stack = nullptr;  // in layers: `layer`, which by itself may be
    bool layer = true;
    bool weights = false;            // in a guard
    std::string_view function = "";  // besides operators
  };

  void check_expression(const Expr& expr, const Place& place) {
    if (expr.kind == ExprKind::name) {
      check_name(expr, place);
      return;
    }
    if (expr.kind == ExprKind::call) {
      check_call(expr, place);
      for (size_t i = 1; i < expr.operands.size(); ++i) check_expression(*expr.operands[i], place);
      return;
    }
    for (const ExprPtr& operand : expr.operands)
      if (operand) check_expression(*operand, place);
  }

  void check_name(const Expr& expr, const Place& place) {
    const std::string& name = expr.text;
    if (entry(name) || is_member(name)) return;
    if (name == "layer") {
      if (!place.layer) error(expr.at, "`layer` has no value here");
      return;
    }
    if (place.weights && weight(name, place.stack)) return;
    if (place.config_json) return;
    if (weight_anywhere(name)) {
      error(expr.at, "`{}` is a weight; {}", name,
            place.weights ? "these layers have none of that name" : "only config entries may stand here");
      return;
    }
    error(expr.at, "unknown name `{}`{}", name, suggestion(name));
  }

  void check_call(const Expr& call, const Place& place) {
    const Expr& callee = *call.operands[0];
    if (callee.kind != ExprKind::name) {
      error(callee.at, "this cannot be called");
      return;
    }
    if (!place.function.empty() && callee.text == place.function) return;
    const std::vector<Parameter>* parameters = operators_(callee.text);
    if (!parameters) {
      error(callee.at, "unknown function `{}`{}", callee.text, suggestion(callee.text));
      return;
    }
    check_arguments(call, *parameters, [&](std::string_view name) { return entry(name) != nullptr; });
  }

  // One name, one thing, among entries, weights, defs and operators.
  void check_names() {
    struct Meaning {
      std::string_view what;
      Position at;
    };
    std::map<std::string_view, Meaning> meanings;
    auto declare = [&](std::string_view name, std::string_view what, Position at) {
      if (operators_(name)) {
        error(at, "`{}` is an operator; {} needs another name", name, what);
        return;
      }
      auto [found, fresh] = meanings.try_emplace(name, Meaning{what, at});
      if (!fresh && found->second.what != what)
        error(at, "`{}` is {} already, in {}", name, found->second.what, where(found->second.at));
    };
    for (const Entry& entry : architecture_.entries) declare(entry.name.text, "an entry", entry.name.at);
    for (const Weight& weight : architecture_.weights)
      declare(word_of(weight.name), "a weight", weight.declarations.front().row.name.at);
    for (const Definition& definition : architecture_.definitions)
      declare(definition.name.text, "a def", definition.name.at);
  }

  void check_config() {
    const Place ours;
    const Place column{.config_json = true, .function = kTensorNumber};
    for (const Entry& entry : architecture_.entries) {
      if (entry.hf) check_expression(*entry.hf, column);
      if (entry.value && !architecture_.is_word(*entry.value)) check_expression(*entry.value, ours);
    }
    for (const Require& require : architecture_.requires_) check_expression(*require.condition, column);
    if (architecture_.header.gguf.when)
      check_expression(*architecture_.header.gguf.when, {.config_json = true, .layer = false});
    check_circles();
  }

  // An entry that can only be worked out from itself. One that a file may give breaks the circle, except that
  // no default can use its own entry.
  void check_circles() {
    std::map<const Entry*, std::vector<const Entry*>> always;
    for (const Entry& from : architecture_.entries) {
      auto uses = [&](const ExprPtr& expr, bool only_itself) {
        if (!expr) return;
        walk(*expr, [&](const Expr& part) {
          if (part.kind != ExprKind::name) return;
          const Entry* used = entry(part.text);
          if (!used) used = is_member(part.text) ? entry(head_of(part.text)) : nullptr;
          if (used && (!only_itself || used == &from)) always[&from].push_back(used);
        });
      };
      uses(from.hf, true);
      // A lone word in the default of its own entry is a word only if it is no entry.
      uses(from.value, !from.constant && !from.gguf.empty());
    }
    std::set<const Entry*> done, busy;
    std::vector<std::pair<const Entry*, size_t>> path;
    for (const Entry& start : architecture_.entries) {
      if (done.count(&start)) continue;
      path.push_back({&start, 0});
      busy.insert(&start);
      while (!path.empty()) {
        const Entry* from = path.back().first;
        const auto& next = always[from];
        if (path.back().second == next.size()) {
          busy.erase(from);
          done.insert(from);
          path.pop_back();
          continue;
        }
        const Entry* to = next[path.back().second++];
        if (busy.count(to)) {
          error(to->name.at, "`{}` is defined by itself", to->name.text);
        } else if (!done.count(to)) {
          path.push_back({to, 0});
          busy.insert(to);
        }
      }
    }
  }

  void check_weights() {
    for (const Stack& stack : architecture_.stacks) {
      const std::string count = stack.name.empty() ? "layers" : stack.name + "_layers";
      if (entry(count)) continue;
      for (const Weight& weight : architecture_.weights) {
        if (!weight.layers || weight.stack != stack.name) continue;
        error(weight.declarations.front().row.name.at,
              "how many such layers there are is not said: config has no `{}`", count);
        break;
      }
    }
    for (const Weight& weight : architecture_.weights)
      for (const Declaration& declaration : weight.declarations) check_declaration(weight, declaration);
    check_guards();
  }

  void check_declaration(const Weight& weight, const Declaration& declaration) {
    const Row& row = declaration.row;
    const std::string* stack = weight.layers ? &weight.stack : nullptr;
    if (declaration.when) check_expression(*declaration.when, {.stack = stack, .weights = true});
    if (!row.alias.text.empty()) {
      if (!this->weight(row.alias.text, stack))
        error(row.alias.at, "unknown weight `{}`{}", row.alias.text, suggestion(row.alias.text));
      else if (this->weight(row.alias.text, stack) == &weight)
        error(row.alias.at, "`{}` is another name for itself", weight.name);
      return;
    }
    const Place ours{.layer = weight.layers};
    const Place transform{.config_json = true, .layer = weight.layers, .function = kStretch};
    for (const ExprPtr& dim : row.shape)
      if (dim) check_expression(*dim, ours);
    for (const Origin& origin : row.origins) {
      if (origin.computed) check_expression(*origin.computed, stretches(*origin.computed) ? transform : ours);
      for (const TensorName& name : origin.names) check_parts(name.parts, ours);
      for (const Transform& each : origin.transforms) {
        check_parts(each.parts, ours);
        for (const ExprPtr& operand : each.operands) check_expression(*operand, transform);
      }
    }
  }

  // Such a list of numbers is a checkpoint's, and may be said in its words.
  static bool stretches(const Expr& expr) {
    return expr.kind == ExprKind::call && expr.operands.front()->text == kStretch;
  }

  void check_parts(const std::vector<SlicePart>& parts, const Place& place) {
    for (const SlicePart& part : parts)
      for (const ExprPtr& bound : {part.first, part.last, part.step})
        if (bound) check_expression(*bound, place);
  }

  // A guard that reaches the weight it guards.
  void check_guards() {
    std::map<const Weight*, std::set<const Weight*>> guards;
    for (const Weight& weight : architecture_.weights) {
      for (const Declaration& declaration : weight.declarations) {
        if (!declaration.when) continue;
        walk(*declaration.when, [&](const Expr& part) {
          if (part.kind != ExprKind::name || entry(part.text)) return;
          if (const Weight* guard = this->weight(part.text, &weight.stack)) guards[&weight].insert(guard);
        });
      }
    }
    for (const auto& [weight, direct] : guards) {
      std::set<const Weight*> reached(direct.begin(), direct.end());
      std::vector<const Weight*> open(direct.begin(), direct.end());
      while (!open.empty()) {
        const Weight* next = open.back();
        open.pop_back();
        auto found = guards.find(next);
        if (found == guards.end()) continue;
        for (const Weight* further : found->second)
          if (reached.insert(further).second) open.push_back(further);
      }
      if (reached.count(weight))
        error(weight->declarations.front().row.name.at, "whether there is `{}` depends on itself",
              weight->name);
    }
  }
};

}  // namespace

void check_declarations(const Architecture& architecture, const Operators& operators,
                        std::vector<Finding>& findings) {
  Declarations(architecture, operators, findings).run();
}

}  // namespace hearth::arch
