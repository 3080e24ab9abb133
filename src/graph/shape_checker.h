// The check of shapes. A graph is walked with the entries of config as symbols, once for each way in which its
// conditions may turn out; conditions that are about the same thing turn out alike. What cannot be known has an
// unknown shape, and nothing is said of it.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "graph/checker.h"
#include "graph/graph_kinds.h"

namespace hearth::arch {

// What is known of a value.
struct Known {
  enum Kind { unknown, none, number, text, tensor, weight, experts, tuple };
  Kind kind = unknown;
  std::optional<Dim> size{};         // of a number, if it is a size
  std::string word{};                // of a text
  Shape shape{};                     // of a tensor or weight; of experts, the weight's
  const Weight* declared = nullptr;  // of a weight or experts
  bool ids = false;                  // a tensor of whole numbers that rows are looked up by
  std::vector<Known> items{};        // of a tuple; of experts, the ids

  static Known of_number(std::optional<Dim> size) { return {.kind = number, .size = std::move(size)}; }
  static Known of_tensor(Shape shape, bool ids = false) {
    return {.kind = tensor, .shape = std::move(shape), .ids = ids};
  }
  static Known of_text(std::string word) { return {.kind = text, .word = std::move(word)}; }
  static Known of_tuple(std::vector<Known> items) { return {.kind = tuple, .items = std::move(items)}; }
};

// Sizes that no key records (`_`) are symbols that begin so; they fit whatever they meet.
constexpr char kAnySize = '?';

// A hostile text may have very many ways through it, and defs may call each other in more ways still.
constexpr size_t kMostPaths = 300;  // through a graph
constexpr size_t kMostSteps = 1'000'000;
constexpr int kMostDepth = 500;  // of expressions inside each other, through calls

class ShapeChecker : private Checker {
 public:
  ShapeChecker(const Architecture& architecture, const Operators& operators, std::vector<Finding>& findings);
  void run();

 private:
  using Locals = std::map<std::string_view, Known>;

  // While it lives, the names of graphs and defs are not seen: expressions of config and weights.
  class Outside {
   public:
    explicit Outside(ShapeChecker& checker)
        : checker_(checker), locals_(std::exchange(checker.locals_, nullptr)) {}
    ~Outside() { checker_.locals_ = locals_; }
    Outside(const Outside&) = delete;
    Outside& operator=(const Outside&) = delete;

   private:
    ShapeChecker& checker_;
    Locals* locals_;
  };

  // ---- ways through

  // Decides what is asked for the first time on this path as the script says, and true beyond the script.
  // Nothing if it is undecided and only what is decided already is asked for.
  std::optional<bool> decide(std::string key);
  static std::optional<bool> negated(std::optional<bool> truth);
  void walk_path(const GraphKind& kind, const Graph& graph);
  void walk_graph(const GraphKind& kind, const Graph& graph);

  // ---- statements

  void block(const std::vector<Statement>& statements, Locals& locals);
  void assign(const Statement& statement, Locals& locals);

  // ---- names

  // Entries that may have a value for each layer, as far as the text shows.
  void find_layered();
  // `require a == b * c` says what a is.
  void find_equal();
  bool depends_on_layer(const Expr& expr) const;
  const Known* local(std::string_view name) const;
  bool is_input(std::string_view name) const;
  static Known input(std::string_view name);
  Known name(const std::string& name);
  // What is computed from other entries, or required to equal what is, is written out; all else is a symbol.
  Known entry_value(const Entry& entry);
  static bool is_arithmetic(const Expr& expr);

  // ---- weights

  const Weight& behind_alias(const Weight& weight) const;
  // The declaration that counts on this path; null if none does, or if that is not decided.
  const Declaration* declaration(const Weight& weight);
  Known weight_value(const Weight& named);
  Shape declared_shape(const Declaration& declaration);
  std::optional<bool> present(const Weight& named);

  // ---- conditions

  std::optional<bool> condition(const Expr& expr);
  // A fact about the text `what`, which is another one in another layer if it depends on the layer.
  std::optional<bool> fact(const std::string& what, const Expr& about);
  // Sizes are not negative, so that `n == 0` and `n > 0` are the two sides of one fact.
  std::optional<bool> positive(const Dim& size, const Expr& about);
  std::optional<bool> holds(const Expr& expr);
  std::optional<bool> parts_hold(const Expr& expr);
  std::optional<bool> name_holds(const Expr& expr);
  std::optional<bool> is_true(const Known& value, const Expr& expr);
  std::optional<bool> compare(const Expr& expr);

  // ---- values

  Known evaluate(const Expr& expr);
  Known evaluate_parts(const Expr& expr);
  static Known negate(Known value);
  Known binary(const Expr& expr);
  static std::optional<Dim> compute(::hearth::Op op, const Dim& a, const Dim& b);
  Known arithmetic(::hearth::Op op, const Known& a, const Known& b, Position use);

  // ---- calls

  Known call(const Expr& expr);
  Known apply_map(Known map, Known x, Position use);
  Known call_definition(const Expr& expr, const Definition& called);
  Known call_operator(const Expr& expr);
  // The results' shapes by the operator's own rule; unknown if an argument is, or if the rule may only be
  // broken by a size that is not known.
  Known apply(::hearth::Op op, std::string_view label, std::vector<Known> items, Position use);

  // ---- subscripts

  Known element(const Expr& expr);
  Known weight_element(Known of, const Known& index, Position use);
  Known part(const Expr& expr);

  std::set<std::string_view> layered_;  // entries that may be by layer
  std::map<const Entry*, const Expr*> equal_to_;
  std::map<const Entry*, Known> entries_known_;
  std::map<const Declaration*, Shape> shapes_known_;

  // The path: what was decided, in which order choices were made, which of them are to be made otherwise.
  std::vector<bool> script_;
  std::map<std::string, bool> decided_;
  size_t next_ = 0;
  bool only_decided_ = false;
  bool stopped_ = false;  // nothing more is to be learnt on this path
  size_t steps_ = 0;

  // Where on it.
  const GraphKind* kind_ = nullptr;
  Locals earlier_;
  Locals* locals_ = nullptr;
  const std::string* stack_ = nullptr;
  int pass_ = 0;
  int depth_ = 0;
};

}  // namespace hearth::arch
