// A model's forward pass as a graph: what an architecture's text becomes when its numbers are known. Nodes
// are in the order of the text, which is an order that can be computed; a value is the result of one node.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ops/operators.h"
#include "ops/shape.h"

namespace hearth {

using ValueId = int32_t;
using WeightId = int32_t;

struct Value {
  Shape shape;
  bool index = false;  // holds int32 (tokens, positions, chosen experts) rather than f32
};

// A weight as the graphs of a model use it. `shape` is the declared one, outermost first; dimensions may be
// written finer than the file has them, the elements are in the same order.
struct WeightInfo {
  std::string name;  // of the tensor in GGUF, "blk.0.attn_q.weight"; the bias alone if there is no more
  std::vector<int64_t> shape;
  std::string bias;  // the bias tensor's name, or empty
  std::vector<int64_t> bias_shape;
  WeightId of = -1;  // a single row of another weight (W[3]), or -1
  int64_t row = 0;
};

enum class ArgumentKind : uint8_t { absent, value, weight, number };

// An operator's argument in a node: by position as the operator's row has its parameters, variadic ones last.
struct NodeArgument {
  ArgumentKind kind = ArgumentKind::absent;
  int32_t id = -1;  // of the value or weight
  double number = 0;

  static NodeArgument of_value(ValueId id) { return {ArgumentKind::value, id, 0}; }
  static NodeArgument of_weight(WeightId id) { return {ArgumentKind::weight, id, 0}; }
  static NodeArgument of_number(double number) { return {ArgumentKind::number, -1, number}; }
};

// Where a node's arguments are not those of the language: rope's rules are worked out when the graph is
// built.
//   rope     x, positions (or places, or angles, as `rotation` says)
//   attend   q, k, v, scale, cap, window, chunk, causal, -, sinks, keep, together, groups; `bias` beside it
//            k and v are absent where what the state holds is all: of what an encoder read
//   select   x, whose wanted rows are the result
//   columns  x, the first column, how many
enum AttendArgument : uint8_t {
  kAttendQ,
  kAttendK,
  kAttendV,
  kAttendScale,
  kAttendCap,
  kAttendWindow,
  kAttendChunk,
  kAttendCausal,
  kAttendBias,
  kAttendSinks,
  kAttendKeep,
  kAttendTogether,
  kAttendGroups,
};

// Of operators that look at other rows of a sequence, the arguments that belong to the row that looks.
inline bool is_of_query(Op op, size_t argument) {
  if (op == Op::attend) return argument == kAttendQ || argument == kAttendKeep;
  return op == Op::indexer && (argument == 0 || argument == 2);  // queries, and their heads' weights
}

// How rope turns: pair i of the first `dim` numbers by position * frequencies[i], cos and sin
// times `magnitude`.
struct Rotation {
  int64_t dim = 0;
  bool adjacent = false;            // pairs (2i, 2i+1), else (i, i + dim/2)
  std::vector<double> frequencies;  // double: at position 10^5 a float would turn by 0.006 too far
  float magnitude = 1;
  // For sequences that may grow beyond `original` positions (longrope); empty if there is no such choice.
  std::vector<double> long_frequencies;
  int64_t original = 0;
  // With three positions for a token: which one turns pair i. Empty: the token's position.
  std::vector<uint8_t> axis;
  bool angles = false;  // the second argument is the angles themselves, one for each pair

  bool operator==(const Rotation&) const = default;
};

// A term added to attention scores.
struct ScoreBias {
  enum Kind : uint8_t { alibi, relative } kind = alibi;
  double steep = 8;     // alibi
  WeightId table = -1;  // relative: [buckets, heads]
  bool both = false;
  double reach = 128;
};

struct Node {
  Op op;
  std::vector<NodeArgument> arguments;
  std::vector<ValueId> results;
  std::shared_ptr<const Rotation> rotation;  // rope
  std::optional<ScoreBias> bias;             // attend
  int32_t state = -1;                        // index into Graph::states
  int32_t layer = -1;
  int line = 0;  // of the text, for messages and profiles
};

// What a sequence keeps between steps for one node (or for several that share it).
struct State {
  Memory memory = Memory::none;
  int32_t layer = -1;
  // keys_values: keys are [key_heads, key_width], values [value_heads, value_width], for each token. No values: they
  // are the first numbers of each head's keys, and are kept as these.
  int64_t key_heads = 0, key_width = 0, value_heads = 0, value_width = 0;
  int64_t window = 0, chunk = 0;  // beyond these nothing is seen any more; 0: everything is
  bool source = false;            // of what an encoder read, rather than of the sequence's own tokens
  int32_t table = 0;              // keys_values, in a plan: which of its page tables says where they are
  int64_t slot_floats = 0;        // slot: so many numbers for each sequence

  bool values_within_keys() const { return memory == Memory::keys_values && value_width == 0; }
};

struct Graph {
  std::vector<Value> values;
  std::vector<Node> nodes;
  std::vector<State> states;
  ValueId tokens = -1, positions = -1;  // inputs that are used
  std::vector<ValueId> inputs;          // further ones: what another graph of the model gave, for each token
  struct Output {
    std::string name;
    ValueId value;
    bool all = false;  // of every token, whichever are wanted
  };
  std::vector<Output> outputs;  // logits, embeddings, ...
  bool encodes = false;         // its tokens are a source's, to be remembered for another graph

  ValueId add_value(Shape shape, bool index = false) {
    values.push_back({std::move(shape), index});
    return static_cast<ValueId>(values.size() - 1);
  }
};

}  // namespace hearth
