// A parsed template: a tree that evaluates itself. It does not change once parsed, so that any number of renders may
// read it at the same time; what a render knows is in its Machine.
#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "chat/jinja/value.h"

namespace hearth::jinja {

class Machine;
struct Builtin;

// A name of the template: its place in Program::symbols.
using Symbol = uint32_t;

enum KnownSymbol : Symbol { kLoop, kCaller, kVarargs, kKwargs, kKnownSymbols };

struct Expr {
  Position at;
  uint32_t depth = 1;  // of the tree below, itself included

  virtual ~Expr() = default;
  // Counts a step and a level of nesting around eval().
  Value operator()(Machine& m) const;

 protected:
  virtual Value eval(Machine& m) const = 0;
};
using ExprPtr = std::unique_ptr<const Expr>;

enum class Flow : uint8_t { next, break_loop, continue_loop };  // next also when the render has failed

struct Statement {
  Position at;
  virtual ~Statement() = default;
  virtual Flow run(Machine& m) const = 0;
};
using StatementPtr = std::unique_ptr<const Statement>;

struct Body {
  std::vector<StatementPtr> statements;
  Flow run(Machine& m) const;
};

// Expressions.

struct Literal : Expr {
  std::string bytes;  // of a text
  Text text;
  Value value;

  Value eval(Machine&) const override { return value; }
};

struct Name : Expr {
  Symbol symbol = 0;
  Value eval(Machine& m) const override;
};

struct Sequence : Expr {
  Kind kind = Kind::list;  // or tuple
  std::vector<ExprPtr> items;
  Value eval(Machine& m) const override;
};

struct DictLiteral : Expr {
  std::vector<std::pair<ExprPtr, ExprPtr>> entries;
  Value eval(Machine& m) const override;
};

struct Not : Expr {
  ExprPtr operand;
  Value eval(Machine& m) const override;
};

struct Sign : Expr {
  bool negative = false;
  ExprPtr operand;
  Value eval(Machine& m) const override;
};

struct Logic : Expr {
  bool is_and = false;
  ExprPtr left, right;
  Value eval(Machine& m) const override;
};

using Operator = Value (*)(Machine& m, const Value& a, const Value& b);

struct Binary : Expr {
  Operator apply = nullptr;
  ExprPtr left, right;
  Value eval(Machine& m) const override;
};

// a < b <= c
struct Comparison : Expr {
  ExprPtr first;
  std::vector<std::pair<Operator, ExprPtr>> rest;
  Value eval(Machine& m) const override;
};

// a ~ b ~ c
struct Concat : Expr {
  std::vector<ExprPtr> parts;
  Value eval(Machine& m) const override;
};

struct Conditional : Expr {
  ExprPtr condition, yes, no;  // no: may be absent
  Value eval(Machine& m) const override;
};

struct Attribute : Expr {
  ExprPtr object;
  Text name;
  Value key;  // the name as a value
  Value eval(Machine& m) const override;
};

struct Subscript : Expr {
  ExprPtr object, key;
  Value eval(Machine& m) const override;
};

struct Slice : Expr {
  ExprPtr object, start, stop, step;  // the last three may be absent
  Value eval(Machine& m) const override;
};

struct Arguments {
  std::vector<ExprPtr> values;
  std::vector<std::pair<Text, ExprPtr>> named;
  ExprPtr more_values, more_named;  // *x and **x; may be absent
};

struct CallExpr : Expr {
  ExprPtr callee;
  Arguments arguments;
  Value eval(Machine& m) const override;
};

// `value | filter(...)` and `value is test(...)`. An unknown name is an error only if it is evaluated, where it stands
// behind a condition; `builtin` is then null.
struct Apply : Expr {
  ExprPtr operand;
  std::string_view name;
  const Builtin* builtin = nullptr;
  bool is_test = false;
  Arguments arguments;
  Value eval(Machine& m) const override;
};

// What a filter block, or a set block with a filter, has captured.
struct Captured : Expr {
  Value eval(Machine& m) const override;
};

// Statements.

// What a value is assigned to.
struct Target {
  struct Attribute {
    Symbol space;
    Text name;
  };
  std::variant<Symbol, Attribute, std::vector<Target>> to;
};

struct Data : Statement {
  Text text;
  Flow run(Machine& m) const override;
};

struct Print : Statement {
  ExprPtr value;
  Flow run(Machine& m) const override;
};

struct If : Statement {
  std::vector<std::pair<ExprPtr, Body>> branches;
  Body otherwise;
  Flow run(Machine& m) const override;
};

struct For : Statement {
  Target target;
  ExprPtr iterable;
  ExprPtr filter;  // may be absent
  bool recursive = false;
  Body body, otherwise;
  Flow run(Machine& m) const override;
};

struct Break : Statement {
  Flow run(Machine&) const override { return Flow::break_loop; }
};

struct Continue : Statement {
  Flow run(Machine&) const override { return Flow::continue_loop; }
};

struct Set : Statement {
  Target target;
  ExprPtr value;
  Flow run(Machine& m) const override;
};

struct SetBlock : Statement {
  Target target;
  Body body;
  ExprPtr filter;  // applied to Captured; may be absent
  Flow run(Machine& m) const override;
};

struct FilterBlock : Statement {
  Body body;
  ExprPtr filter;  // applied to Captured
  Flow run(Machine& m) const override;
};

struct Parameter {
  Symbol symbol;
  ExprPtr fallback;  // may be absent
};

// What a macro and the body of a call block have in common.
struct Routine {
  std::string_view name;
  std::vector<Parameter> parameters;
  Body body;
  bool uses_caller = false, uses_varargs = false, uses_kwargs = false;
};

struct MacroStatement : Statement {
  Symbol symbol = 0;
  Routine routine;
  Flow run(Machine& m) const override;
};

struct CallBlock : Statement {
  std::unique_ptr<const CallExpr> call;
  Routine routine;
  Flow run(Machine& m) const override;
};

// `with`, and the blocks that only have a scope of their own.
struct With : Statement {
  std::vector<std::pair<Target, ExprPtr>> variables;
  Body body;
  Flow run(Machine& m) const override;
};

struct Program {
  std::string source;
  std::vector<std::string_view> symbols;
  Body body;
};

}  // namespace hearth::jinja
