// A graph laid out to run: a list of steps over buffers whose places are fixed. Made once for a model; only
// the number of rows differs from batch to batch, so all sizes are for one row.
#pragma once

#include <array>

#include "ops/graph.h"

namespace hearth {

// What a buffer has a row for.
enum class Rows : uint8_t { tokens, wanted, sequences };
inline constexpr size_t kRowKinds = 3;

// Some numbers of a buffer: rows of [heads, width]. With room for `capacity` rows, the buffer begins at
// place * capacity in the arena of its kind of rows, and element (t, h, i) of the view lies
// offset + t*row_stride + h*head_stride + i*step floats further. Strides of 0 repeat.
struct View {
  int32_t buffer = -1;  // index into Plan::buffers, or one of the inputs below
  Rows rows = Rows::tokens;
  int64_t offset = 0;
  int64_t heads = 1, width = 1;
  int64_t row_stride = 0, head_stride = 0, step = 1;

  bool dense() const {
    return step == 1 && (heads == 1 || head_stride == width) && row_stride == heads * width;
  }
};
// Buffers that the batch brings: int32 each, one for a token.
inline constexpr int32_t kTokensInput = -2, kPositionsInput = -3;

struct StepArgument {
  ArgumentKind kind = ArgumentKind::absent;
  View view;             // value
  WeightId weight = -1;  // weight
  double number = 0;     // number
};

// Values have the rows of the step's results, but for what is gathered: select and pool read tokens, and so
// does attend but for its queries. Where an operator stretches 1s, its values come stretched; weights do not.
struct Step {
  Op op;
  std::vector<StepArgument> arguments;  // as in Node
  std::vector<View> results;
  std::shared_ptr<const Rotation> rotation;
  std::optional<ScoreBias> bias;
  int32_t state = -1;
  int32_t layer = -1;
  int line = 0;
};

struct Buffer {
  Rows rows = Rows::tokens;
  int64_t floats = 0;  // of a row
  int64_t place = 0;   // in its arena, in floats of a row: the buffer begins at place * capacity
};

// Which pages hold a sequence's keys and values: one list for all layers that see equally far, since what no
// layer sees any more need not stay.
struct PageTable {
  int64_t reach = 0;    // a token sees itself and so many before it, less one; 0: all
  bool source = false;  // of what an encoder read

  // The first token of a sequence of `length` that the next one still sees.
  int64_t first_seen(int64_t length) const { return reach > 0 && length >= reach ? length + 1 - reach : 0; }
};

struct Plan {
  std::vector<Step> steps;
  std::vector<Buffer> buffers;
  std::array<int64_t, kRowKinds> arena_floats{};  // of a row, for each kind of rows
  std::vector<State> states;
  std::vector<PageTable> tables;
  struct Output {
    std::string name;
    View view;
  };
  std::vector<Output> outputs;
  std::vector<View> inputs;  // dense, with rows for tokens: the batch brings their numbers
  bool encodes = false;      // its tokens are a source's: only tables of sources are touched
};

// Whether a sequence's tokens must all be in one batch: attention that looks both ways leaves nothing behind.
bool reads_whole(const Plan& plan);

// Gives each state the page table of those that are seen as far back.
void assign_tables(Plan& plan);

}  // namespace hearth
