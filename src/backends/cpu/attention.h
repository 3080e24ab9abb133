// Attention over keys and values in pages.
#pragma once

#include <span>
#include <vector>

#include "backends/cpu/frame.h"
#include "backends/cpu/memory.h"
#include "ops/plan.h"

namespace hearth::cpu {

// Keys are taken in blocks that begin at multiples of so many tokens of a sequence, over as many pages as that
// takes. A query meets the blocks it sees in order, whatever else is computed at the time, so that its softmax is
// summed in one order.
inline constexpr int kBlock = 128;
// What follows a block's scores in memory: they are computed two vectors at a time.
inline constexpr int kBlockRoom = kBlock + 32;
// Queries' heads that are computed together, sharing the keys they read.
inline constexpr int64_t kQueries = 48;

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
  bool within_keys = false;   // the values are the first numbers of the keys, and v has a shape only
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

// One head of one query, and its softmax so far: the largest score, and sums relative to it.
struct Query {
  const float* q;
  int64_t head, t;        // t: its place in the sequence
  int64_t near, far;      // the keys that it sees by their places
  int64_t low, high;      // and those that it may see: all where labels of tokens have a say
  float most, sum, fade;  // fade: what the sums are multiplied by in this block
  float *scores, *out;
  int from, to;                        // the part of the block that it may see
  const int32_t *chosen, *chosen_end;  // places that are still to come; null: all are seen
  int kept;                            // so many of them lie in the block
};

// Some tokens of a block that lie in one page.
struct Segment {
  const std::byte *keys, *values;  // of the page's head; of the first token
  int at;                          // the first token's place in the page
  int first, count;                // its place in the block; how many
  // All of its values, if they are read after its keys.
  std::span<const std::byte> after = {};
};

// What is done with keys and values of one type where they lie.
struct KeptKernels {
  int unit, bytes,
      group;  // of keys: so many numbers in so many bytes, of which the first `unit` stay together
  // A token's numbers as they are kept, side by side.
  void (*pack)(const float* from, std::byte* to, int64_t width);
  // Scores of `count` queries with a segment's keys, from scores[first] on. What follows them is overwritten. What
  // is read after them is fetched on the way: pages are anywhere, so the processor would find the beginning of each
  // by itself, and wait for it.
  void (*score)(Query* const* queries, int count, const Segment& segment, int64_t stride, int64_t width);
  // The same of keys that lie in rows as values do, where segments have these.
  void (*score_rows)(Query* const* queries, int count, const Segment& segment, int64_t row_bytes,
                     int64_t width);
  // The sums of `count` queries that see the same part of a block: faded, plus its values weighed by the scores.
  // `ahead` is fetched on the way: the keys of the next block.
  void (*gather)(Query* const* queries, int count, std::span<const Segment> segments, int64_t row_bytes,
                 int64_t width, std::span<const std::span<const std::byte>> ahead);
};

struct AttendKernels {
  KeptKernels (*kept)(Type type);
  // Puts the batch's keys and values into their pages.
  void (*keep)(const AttendCall& call, const KeptKernels& keys, const KeptKernels& values, const Task& task);
  // After all have been put there.
  void (*attend)(const AttendCall& call, const KeptKernels& keys, const KeptKernels& values,
                 const Task& task);
  void (*choose)(const IndexerCall& call, const KeptKernels& keys, const Task& task);
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
