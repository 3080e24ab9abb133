// Expressions of a template, by how tightly their operators bind.
#pragma once

#include <map>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "chat/jinja/ast.h"
#include "chat/jinja/token_reader.h"

namespace hearth::jinja {

// Names that are values and can be nothing else.
bool is_constant_name(std::string_view name);

class ExpressionParser : protected TokenReader {
 protected:
  ExpressionParser(Program& program, std::vector<Token> tokens)
      : TokenReader(std::move(tokens)), program_(program) {}

  // `with_condition`: an `if` behind it is its own.
  Result<ExprPtr> expression(bool with_condition = true);
  // One expression, or several with commas between them, which are a tuple. `may_be_empty`: so may the tuple. It ends
  // before the name `end`, if there is one.
  Result<ExprPtr> tuple(bool with_condition, bool may_be_empty, std::string_view end = "");
  bool at_tuple_end() const;
  // A filter, and those behind it.
  Result<ExprPtr> filters(ExprPtr operand);

  Symbol symbol(std::string_view name) {
    auto [place, added] = symbols_.try_emplace(name, static_cast<Symbol>(program_.symbols.size()));
    if (added) program_.symbols.push_back(name);
    return place->second;
  }

  template <class Node>
  static std::unique_ptr<Node> make(Position at) {
    auto node = std::make_unique<Node>();
    node->at = at;
    return node;
  }

  // Counts what nests while it lives.
  struct Nesting {
    explicit Nesting(uint32_t& d) : depth(d) { ++depth; }
    ~Nesting() { --depth; }
    uint32_t& depth;
  };
  // An error where parentheses and blocks nest too deep.
  Status bounded() const;

  Program& program_;
  uint32_t depth_ = 0;
  // A filter or test that does not exist is an error of the template, unless it stands behind a condition, where it
  // may never be reached.
  bool behind_condition_ = false;
  std::vector<Routine*> routines_;  // around what is read
  std::vector<Error> unknown_;      // filters and tests that are not there and not behind a condition

 private:
  Result<ExprPtr> operation(int binding);
  Result<ExprPtr> negation();
  Result<ExprPtr> concat(ExprPtr first);
  // The comparison that stands here, `in` and `not in` among them, or null. Takes nothing.
  Operator comparison_here() const;
  Result<ExprPtr> comparison(ExprPtr first);
  Result<ExprPtr> unary(bool with_filters);
  Result<ExprPtr> primary();
  Result<ExprPtr> name(const Token& token);
  Result<ExprPtr> string();
  Result<ExprPtr> list();
  Result<ExprPtr> dict();
  Result<ExprPtr> postfix(ExprPtr value);
  Result<ExprPtr> attribute(ExprPtr object);
  Result<ExprPtr> subscript(ExprPtr object);
  Result<ExprPtr> rest_of_key(ExprPtr first);
  Result<std::unique_ptr<CallExpr>> call_node(ExprPtr callee);
  Result<ExprPtr> call(ExprPtr callee);
  Result<Arguments> arguments();
  Result<ExprPtr> applications(ExprPtr value);
  Result<ExprPtr> filter(ExprPtr operand);
  Result<ExprPtr> test(ExprPtr operand);
  // Whether what stands here is the one argument of a test, which needs no parentheses.
  bool test_operand_here() const;
  void note_unknown(const Apply& node);

  std::map<std::string_view, Symbol> symbols_;
};

}  // namespace hearth::jinja
