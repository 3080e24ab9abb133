// Every operator once: its name and parameters as the architecture language has them, its shape rule, and
// what passes over a graph must know of it. A word of the language is a row here, and there is no other list.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ops/shape.h"

namespace hearth {

// How the rows (tokens) of an operator's inputs and outputs belong together.
enum class Mixing : uint8_t {
  row,       // row t of the output needs row t of each input only
  sequence,  // it may need other rows of its sequence, past ones through a state
};

// What an operator remembers of a sequence between steps (section 12 of the language).
enum class Memory : uint8_t { none, keys_values, keys, slot };

enum class Op : uint8_t {
  // What the language writes without a name.
  linear,   // W(x)                 W [O, I], x [I] or [H, I]
  linears,  // W(x)                 W [H, O, I]: a matrix for each head
  experts,  // W[e](x)              W [N, O, I], e [K]
  rows,     // W[ids]               W [N, D], one id for each token
  entries,  // W[e]                 W [N], e [K]: a number for each
  add,
  sub,
  mul,
  div,
  pow,
  floor_div,
  mod,
  reshape,   // split, merge: the same numbers, other heads
  columns,   // one result of cut: part of the last dimension
  heads,     // x[a:b]: part of the heads
  select,    // the rows that are wanted
  number,    // a position or an id, as a number
  index,     // and back: a number as an id
  remember,  // keeps the keys and values of what an encoder read; no result
  // What the language names.
  split,
  merge,
  cut,
  cat,
  stack,
  tile,
  sigmoid,
  tanh,
  exp,
  log,
  sqrt,
  floor,
  relu,
  silu,
  softplus,
  gelu,
  gelu_erf,
  gelu_quick,
  clamp,
  softcap,
  lerp,
  swiglu_oai,
  xielu,
  rms,
  layernorm,
  l2,
  softmax,
  renorm,
  sum,
  mean,
  total,
  mix,
  pick,
  rope,
  alibi,
  relative,
  attend,
  indexer,
  shift,
  conv1d,
  scan,
  delta,
  wkv6,
  wkv7,
  pool,
  media,
  deepen,
  count,
  round_up,
  rope_factors,
};

// One argument, as far as shapes are concerned: a value or a weight has a shape, a number may have a size.
struct ShapeArgument {
  enum Kind : uint8_t { absent, value, weight, number, other } kind = absent;
  Shape shape;
  std::optional<Dim> size;
};

// The shapes of the results, or what is wrong with the arguments.
using ShapeRule = Result<std::vector<Shape>> (*)(std::span<const ShapeArgument> arguments);

struct Parameter {
  std::string name;
  bool optional = false;  // may be left out, and is then absent
  bool variadic = false;  // takes all further positional arguments
  std::string fallback;   // its value when left out, as the language would write it; empty if none
  std::string ambient;    // the config entry, weight or input that stands in when left out; empty if none
};

struct Operator {
  Op op;
  std::string_view name;  // empty where the language has no name for it
  // "x, w?, eps@eps": parameters in order. `?` may be left out; `= v` has a default; `...x` takes the rest;
  // `x@name` reads the ambient `name` when left out, which must be declared unless there is a default or `?`.
  std::string_view signature;
  ShapeRule rule;
  Mixing mixing = Mixing::row;
  Memory memory = Memory::none;
};

// What Op::index makes of a number: the id nearest to it, or -1 where there is none.
inline int32_t id_from_number(float number) {
  constexpr float kBeyond = 2147483648.0f;
  return number > -0.5f && number < kBeyond ? static_cast<int32_t>(static_cast<double>(number) + 0.5) : -1;
}

std::span<const Operator> operators();
const Operator& row_of(Op op);
const Operator* operator_named(std::string_view name);
// The parameters of `row`, parsed from its signature once.
const std::vector<Parameter>& parameters(const Operator& row);

}  // namespace hearth
