// The architecture language as trees: a Document is one file as written, an Architecture is what it means
// once `like` is expanded. Both are plain data, made by parse() and expand() and never changed afterwards.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hearth::arch {

// One text, kept for as long as anything points into it.
struct Source {
  std::string name;  // as messages call it: "llama.arch"
  std::string text;
  std::vector<size_t> starts;  // of each line of the text

  std::string_view line(int number) const;  // from 1; empty if there is none
};

// A place in a source; an inherited row keeps the place in its parent's. Valid while the Document or the
// Architecture that it belongs to is.
struct Position {
  const Source* source = nullptr;
  int line = 0, column = 0;  // from 1; columns count bytes
};

struct Word {
  Position at{};
  std::string text{};
};

// ---- expressions

enum class ExprKind {
  number,       // number; text is its spelling
  string,       // text
  boolean,      // number is 1 or 0
  none,         //
  name,         // text, dots included
  list,         // operands
  unary,        // op (negate, not_), operands[0]
  binary,       // op, operands[0] op operands[1]: arithmetic, comparisons, in, and, or
  conditional,  // operands[0] if operands[1] else operands[2]
  call,         // operands[0](operands[1], ...); keywords[i] is the keyword of operands[i + 1], empty if none
  index,        // operands[0][operands[1]]
  slice,        // operands[0][operands[1] : operands[2]]; either bound may be null
};

// One row each: enumerator, spelling, how tightly it binds.
#define HEARTH_ARCH_BINARY(X) \
  X(or_, "or", 2)             \
  X(and_, "and", 3)           \
  X(equal, "==", 5)           \
  X(unequal, "!=", 5)         \
  X(less, "<", 5)             \
  X(less_equal, "<=", 5)      \
  X(greater, ">", 5)          \
  X(greater_equal, ">=", 5)   \
  X(in, "in", 5)              \
  X(not_in, "not in", 5)      \
  X(add, "+", 6)              \
  X(subtract, "-", 6)         \
  X(multiply, "*", 7)         \
  X(divide, "/", 7)           \
  X(floor_divide, "//", 7)    \
  X(modulo, "%", 7)           \
  X(power, "**", 9)
#define HEARTH_ARCH_UNARY(X) \
  X(not_, "not ", 4)         \
  X(negate, "-", 8)

enum class Op {
#define X(name, spelling, binding) name,
  HEARTH_ARCH_BINARY(X) HEARTH_ARCH_UNARY(X)
#undef X
};

struct Expr;
using ExprPtr = std::shared_ptr<const Expr>;  // shared between a parent's rows and its children's

struct Expr {
  ExprKind kind;
  Position at{};  // of an operator's sign, a call's callee, else of the first character
  Op op = Op::or_;
  int depth = 1;  // of the tree; bounded by the parser, so that walks may recurse
  double number = 0;
  std::string text{};
  std::vector<ExprPtr> operands{};
  std::vector<Word> keywords{};
};

// ---- config

struct Entry {
  Word name{};
  bool whole = false;     // NAME[]: a list that is not by layer
  bool constant = false;  // NAME = default, without columns
  std::string gguf{};     // as written: a key under the architecture's name, or `.KEY`, whole; empty for `-`
  Position gguf_at{};
  std::string hf_path{};  // a path in config.json; or
  ExprPtr hf{};           // an expression over entries and paths; neither for `-`
  Position hf_at{};
  ExprPtr value{};  // the default, or the constant; null if there is none. A lone word: see is_word()
};

struct Require {
  Position at{};
  ExprPtr condition{};
  std::string text{};  // as written
};

// ---- weights

// A part of a subscript of a stored tensor: an index, or first:last:step with any of them null.
struct SlicePart {
  bool range = false;
  ExprPtr first{}, last{}, step{};
};

struct Transform {
  enum class Kind { slice, add, subtract, multiply, divide, call };
  Position at{};
  Kind kind = Kind::call;
  std::string name{};               // of a call
  std::vector<ExprPtr> operands{};  // of a call; the one of an arithmetic transform
  std::vector<SlicePart> parts{};   // of a slice
};

struct TensorName {
  Word name{};                     // with `#` and `{a,b}` as written
  std::vector<SlicePart> parts{};  // its slice; empty if none
};

struct Origin {
  enum class Kind {
    nowhere,   // `-`
    computed,  // `= expr`
    tie,       // another weight of the file; told from `stored` by expand()
    stored,    // names of safetensors, joined along the first dimension
  };
  Position at{};
  Kind kind = Kind::stored;
  ExprPtr computed{};
  std::string weight{};             // of a tie
  std::vector<TensorName> names{};  // of stored
  std::vector<Transform> transforms{};
};

enum class Bias { none, must, may };

struct Row {
  Word name{};                   // as written: with its `.bias` or its final dot
  Word alias{};                  // NAME = ALIAS; then nothing below is set
  std::vector<ExprPtr> shape{};  // null for `_`
  std::vector<Origin> origins{};
  Bias bias = Bias::none;
  bool optional = false;
};

// Rows outside layers (layers is false), or those under one line `[stack] layer ...`.
struct RowBlock {
  Position at{};
  bool layers = false;
  std::string stack{};  // "" is the plain one
  ExprPtr when{};
  std::string gguf_prefix{}, hf_prefix{};  // as written on this line; empty if not
  std::vector<Row> rows{};
  std::vector<Word> ignores{};
};

// ---- graphs

struct Statement {
  enum class Kind { assign, add, each, give };
  Position at{};
  Kind kind = Kind::assign;
  std::vector<Word> names{};      // of assign and add
  std::vector<ExprPtr> values{};  // of assign, add and give (return)
  std::string stack{};            // of each; "" is the plain one
  ExprPtr first{}, last{};        // of each: its range, both or neither
  std::vector<Statement> body{};  // of each
};

struct Graph {
  Word name{};  // "" is the plain one
  std::vector<Statement> body{};
};

struct Case {
  Position at{};
  std::vector<Word> params{};
  ExprPtr when{};
  std::vector<Statement> body{};
};

struct Definition {
  Word name{};
  std::vector<Case> cases{};  // as written
};

// ---- files

struct GgufName {
  Word name{};  // general.architecture
  ExprPtr when{};
};

// What a file says besides `like`; the same in a Document and in an Architecture.
struct Header {
  std::string description{};  // the comment at the top
  std::vector<Word> hf{}, strip{};
  GgufName gguf{};  // empty in a Document that does not say; the file's own name in an Architecture
  std::vector<Word> unsure{};          // the lines so marked, as written
  Position config_at{}, weights_at{};  // of the sections' own lines
};

struct Document {
  std::shared_ptr<const Source> source{};
  Word name{}, parent{};  // parent is empty without `like`
  Header header{};
  std::vector<Entry> entries{};
  std::vector<Require> requires_{};
  std::vector<Word> ignores{}, config_drops{}, weight_drops{};
  std::vector<RowBlock> blocks{};
  std::vector<Graph> graphs{};
  std::vector<Definition> definitions{};
};

// ---- the expanded architecture

struct Stack {
  std::string name{};
  std::string gguf_prefix = "blk.#";
  std::string hf_prefix{};
};

struct Declaration {
  Row row{};
  ExprPtr when{};  // the block's guard
  std::string gguf_prefix,
      hf_prefix;  // of this row, its stack's unless its block has its own; empty outside layers
};

// A weight by its name as written. In expressions `.bias` and the final dot may fall away.
struct Weight {
  std::string name{};
  bool layers = false;
  std::string stack{};
  std::vector<Declaration> declarations{};  // the first whose guard holds counts
};

std::string_view word_of(std::string_view weight);  // its name without `.bias` and the final dot

struct IgnoredTensor {
  Word name{};  // a pattern: `#` is digits, `#+` those of a layer behind the last, `*` any rest
  bool layers = false;
  std::string prefix{};  // in a stack, what stands before it
};

struct Architecture {
  std::vector<std::shared_ptr<const Source>> sources{};  // this file's first, then its ancestors'
  Word name{};
  Header header{};
  std::vector<Entry> entries{};
  std::vector<Require> requires_{};
  std::vector<Word> ignores{};
  std::vector<Stack> stacks{};
  std::vector<Weight> weights{};
  std::vector<IgnoredTensor> ignored_tensors{};
  std::vector<Graph> graphs{};
  std::vector<Definition> definitions{};

  const Entry* entry(std::string_view name) const;
  const Stack* stack(std::string_view name) const;
  const Graph* graph(std::string_view name) const;
  const Definition* definition(std::string_view name) const;
  // The weight that `word` of an expression means, in a layer of `stack` or (null) outside layers: the
  // stack's first, then one outside.
  const Weight* weight(std::string_view word, const std::string* stack) const;
  // A default that is a lone word and no entry stands for itself.
  bool is_word(const Expr& value) const;
};

}  // namespace hearth::arch
