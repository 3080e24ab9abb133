// Attention over keys and values in pages.
#pragma once

#include <vector>

#include "backends/cpu/frame.h"
#include "backends/cpu/memory.h"
#include "ops/plan.h"

namespace hearth::cpu {

// Keys are taken in blocks that begin where a page does, or so many tokens behind. A query meets the blocks it
// sees in order, whatever else is computed at the time, so that its softmax is summed in one order.
inline constexpr int64_t kBlock = 64;
// Queries' heads that are computed together, sharing the keys they read.
inline constexpr int64_t kQueries = 24;

// Attention that no sequence remembers keeps its keys and values in pages of the program's own.
inline constexpr int32_t kOwnPageTokens = 32;
// Their layout: one state for each shape that occurs in the plan.
std::vector<State> states_of_batches(const Plan& plan);

struct AttendCall {
  Input q, k, v;
  Output out;
  int32_t state = -1, table = 0;
  bool remembered = true;     // `state` is one of the plan's; else of the batch's own
  bool source = false;        // what an encoder read: k and v have shapes only
  int64_t heads_at_once = 1;  // that share their keys and values, a divisor of all
  float scale = 1, cap = 0;
  int64_t window = 0, chunk = 0;
  bool causal = true;
  // What is added to a score, by head and distance: the query's position minus the key's from 0 to `reach`, and,
  // with `both`, another list for keys behind the query. Beyond `reach` the last counts. Null: nothing.
  const float* bias = nullptr;
  int64_t reach = 0;
  bool both = false;
  const float* slopes = nullptr;  // or: by head, times the distance
  const float* sinks = nullptr;   // by head
  Indices chosen;                 // places of the keys that each query sees, rising, -1 behind the last
  Input together, groups;         // labels of tokens: those alike see each other; those unlike do not
};
struct ScoredKey {
  float score;
  int32_t place;
};
// A heap of the best so far, whose root is the worst of them: adds one, in place of the root when there are `most`.
// Gives how many there are then.
int64_t keep_better(ScoredKey* heap, int64_t count, int64_t most, ScoredKey key);
// Their places in rising order, -1 behind the last.
void write_places(const ScoredKey* heap, int64_t count, int32_t* places, int64_t most);

// An indexer's queries, and keys without values.
struct IndexerCall : AttendCall {
  Input weights;  // of heads
  Array<int32_t> best;
};
using AttendKernel = void (*)(const AttendCall& call, const Task& task);

struct AttendKernels {
  AttendKernel keep;    // puts the batch's keys and values into their pages
  AttendKernel attend;  // after all have been put there
  void (*choose)(const IndexerCall& call, const Task& task);
};

// What the rows of one sequence attend to.
struct Keys {
  const Pages* pages;
  const int32_t* pages_of;  // page n of the sequence is pages_of[n]; null: first_page + n
  int32_t first_page;
  int64_t past;   // tokens before the batch's
  int64_t first;  // the batch's row of the token after them
  int64_t zero;   // the position of the sequence's first token
  int64_t count;  // of all its tokens

  Keys(const AttendCall& call, const Frame& frame, int64_t token)
      : pages(call.remembered ? frame.memory : frame.own),
        first_page(frame.own_pages[frame.run_of_token[token]]) {
    const Batch::Run& run = frame.run_of(token);
    pages_of = call.remembered ? run.tables[call.table].data() : nullptr;
    past = run.past;
    first = run.first;
    zero = int64_t{frame.batch->positions[run.first]} - run.past;
    count = call.source ? int64_t{run.source} : int64_t{run.past} + run.count;
  }
  int32_t page(int64_t n) const { return pages_of ? pages_of[n] : first_page + static_cast<int32_t>(n); }
  int64_t place(int64_t token) const { return past + token - first; }
};

}  // namespace hearth::cpu
