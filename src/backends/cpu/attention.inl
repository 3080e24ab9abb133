namespace hearth::HEARTH_SIMD {

using cpu::AttendCall;
using cpu::AttendKernels;
using cpu::kBlock;
using cpu::Keys;
using cpu::kQueries;
using cpu::Task;

// What a head's page of keys is made of, and where a token's bytes of a row of them go.
inline void keep(const AttendCall& call, const KeptKernels& keys_of, const KeptKernels& values_of,
                 const Task& task) {
  auto [begin, end] = task.rows(Rows::tokens);
  auto* packed = task.scratch;
  const int unit = keys_of.unit;
  for (int64_t t = begin; t < end; ++t) {
    Keys keys(call, task.frame, t);
    const cpu::Pages& pages = *keys.pages;
    int64_t u = keys.place(t), at = u % pages.page_tokens(), stride = pages.key_stride();
    int32_t page = keys.page(u / pages.page_tokens());
    if (call.within_keys) {
      const int64_t row = pages.value_bytes(call.state);
      for (int64_t h = 0; h < call.k.heads; ++h)
        keys_of.pack(call.k.at(t, h), pages.values(call.state, page, h) + at * row, call.k.width);
      continue;
    }
    for (int64_t h = 0; h < call.k.heads; ++h) {
      keys_of.pack(call.k.at(t, h), packed, call.k.width);
      std::byte* to = pages.keys(call.state, page, h);
      const std::byte* from = packed;
      for (int64_t i = 0; i < call.k.width; i += keys_of.group) {
        std::memcpy(to + at * unit, from, static_cast<size_t>(unit));
        for (int j = unit; j < keys_of.bytes; ++j) to[j * stride + at] = from[j];
        to += stride * keys_of.bytes, from += keys_of.bytes;
      }
    }
    for (int64_t h = 0; h < call.v.heads; ++h) {
      values_of.pack(call.v.at(t, h), pages.values(call.state, page, h) + at * pages.value_bytes(call.state),
                     call.v.width);
    }
  }
}

inline constexpr float kUnseen = -__builtin_inff();

// What is added to the scores of keys from the place `first` on.
HEARTH_INLINE void add_bias(const AttendCall& call, const Query& query, int64_t first) {
  int64_t lists = call.both ? 2 : 1;
  for (int j = query.from; j < query.to; ++j) {
    int64_t d = query.t - (first + j), away = d < 0 ? -d : d;
    if (call.slopes) {
      query.scores[j] -= call.slopes[query.head] * static_cast<float>(away);
    } else {
      const float* list = call.bias + query.head * lists * (call.reach + 1);
      if (d < 0 && call.both) list += call.reach + 1;
      int64_t entry = d < 0 && !call.both ? 0 : away;
      query.scores[j] += list[entry < call.reach ? entry : call.reach];
    }
  }
}

// Which keys a query sees by their places.
HEARTH_INLINE void find_sight(const AttendCall& call, const Keys& keys, Query& query) {
  int64_t low = 0, high = call.causal ? query.t + 1 : keys.count;
  if (call.window > 0 && call.causal) low = query.t - call.window + 1;
  if (call.window > 0 && !call.causal) {
    low = query.t - call.window / 2;
    high = query.t + call.window / 2 + 1;
  }
  if (call.chunk > 0) {
    int64_t start = (query.t + keys.zero) / call.chunk * call.chunk - keys.zero;
    low = low < start ? start : low;
    high = high < start + call.chunk ? high : start + call.chunk;
  }
  bool labels = call.together || call.groups;
  query.near = low < 0 ? 0 : low;
  query.far = high < keys.count ? high : keys.count;
  query.low = labels && keys.past < query.near ? keys.past : query.near;
  query.high = labels ? keys.count : query.far;
}

// Takes out what labels hide, and what only labels could have shown. Tokens before the batch have none.
HEARTH_INLINE void hide_by_labels(const AttendCall& call, const Keys& keys, const Query& query,
                                  int64_t first) {
  const int64_t row = keys.first - keys.past;
  for (int j = query.from; j < query.to; ++j) {
    int64_t u = first + j;
    bool seen = query.near <= u && u < query.far;
    if (call.together && u >= keys.past) {
      float label = *call.together.at(row + query.t, 0);
      seen = seen || (label > 0 && label == *call.together.at(row + u, 0));
    }
    if (call.groups) seen = seen && *call.groups.at(row + query.t, 0) == *call.groups.at(row + u, 0);
    if (!seen) query.scores[j] = kUnseen;
  }
}

// The next places of a choice, as far as they lie in the block; the part of the block becomes no larger than they
// need.
HEARTH_INLINE void find_chosen(Query& query, int64_t first) {
  while (query.chosen < query.chosen_end && *query.chosen >= 0 && *query.chosen < first + query.from)
    ++query.chosen;
  query.kept = 0;
  while (query.chosen + query.kept < query.chosen_end && query.chosen[query.kept] >= 0 &&
         query.chosen[query.kept] < first + kBlock) {
    ++query.kept;
  }
  if (query.kept == 0) return;
  query.from = static_cast<int>(query.chosen[0] - first);
  int last = static_cast<int>(query.chosen[query.kept - 1] - first) + 1;
  query.to = last < query.to ? last : query.to;
}

HEARTH_INLINE void hide_unchosen(const Query& query, int64_t first) {
  int j = query.from;
  for (int n = 0; n < query.kept; ++n) {
    int place = static_cast<int>(query.chosen[n] - first);
    for (; j < place && j < query.to; ++j) query.scores[j] = kUnseen;
    j = place + 1;
  }
}

// e^x of x up to 0, of which what is far below nothing is nothing.
HEARTH_INLINE F weight_of(F x) {
  F a = max(set(-87.0f), x);
  I n = nearest(a * set(0x1.715476p0f));
  F count = to_float(n);
  F r = fma(count, set(0x1.bd0106p-13f), fma(count, set(-0x1.63p-1f), a));  // ln 2 in two parts
  F q = polynomial(r, 0.0001979117144f, 0.001394478432f, 0.0083334963f, 0.04166629327f, 0.1666666587f,
                   0.5000000068f);
  F p = fma(q, r * r, r) + set(1.0f);
  return select(x < set(-87.0f), set(0.0f), from_bits(bits(p) + left<23>(n)));
}

// What changes scores beyond their scale.
HEARTH_INLINE void change_scores(const AttendCall& call, const Keys& keys, const Query& query, int64_t first,
                                 int begin, int end) {
  float* s = query.scores;
  for (int j = begin; j < end; j += kLanes) {
    F v = load(s + j) * set(call.scale);
    if (call.cap != 0) v = set(call.cap) * tanh(v / set(call.cap));
    store(s + j, v);
  }
  if (call.bias || call.slopes) add_bias(call, query, first);
  for (int j = begin; j < query.from; ++j) s[j] = kUnseen;
  for (int j = query.to; j < end; ++j) s[j] = kUnseen;
  if (call.together || call.groups) hide_by_labels(call, keys, query, first);
  if (query.chosen) hide_unchosen(query, first);
}

// Scores become weights relative to the largest score so far. Vectors of which nothing is seen stay as they are.
HEARTH_INLINE void weigh(const AttendCall& call, const Keys& keys, Query& query, int64_t first) {
  float* s = query.scores;
  const int begin = query.from / kLanes * kLanes, end = (query.to + kLanes - 1) / kLanes * kLanes;
  const bool plain = call.cap == 0 && !call.bias && !call.slopes && !call.together && !call.groups &&
                     !query.chosen && begin == query.from && end == query.to;
  if (!plain) change_scores(call, keys, query, first, begin, end);
  const F scale = set(plain ? call.scale : 1.0f);
  F most = set(query.most);
  for (int j = begin; j < end; j += kLanes) most = max(most, load(s + j) * scale);
  const float before = query.most, after = largest(most);
  // While nothing is seen there is no largest score, and any number stands for it.
  const F middle = set(after == kUnseen ? 0.0f : after);
  query.most = after;
  query.fade = 1;
  if (before != after) {
    float fade[kLanes];
    store(fade, weight_of(set(before) - middle));
    query.fade = fade[0];
  }
  F total = set(0.0f);
  for (int j = begin; j < end; j += kLanes) {
    F p = weight_of(load(s + j) * scale - middle);
    store(s + j, p);
    total = total + p;
  }
  query.sum = query.sum * query.fade + sum(total);
}

// A head's keys and values, page by page.
struct KeptHead {
  const AttendCall& call;
  const Keys& keys;
  int64_t key_head, value_head;

  // From token u of the sequence to the page's end or to `end`; `first` is where the block begins.
  Segment at(int64_t u, int64_t end, int64_t first) const {
    const cpu::Pages& pages = *keys.pages;
    const int64_t tokens = pages.page_tokens(), place = u % tokens;
    const int32_t page = keys.page(u / tokens);
    const int64_t count = tokens - place < end - u ? tokens - place : end - u;
    const std::byte* values = call.v.heads == 0 ? nullptr
                                                : pages.values(call.state, page, value_head) +
                                                      place * pages.value_bytes(call.state);
    return {pages.keys(call.state, page, key_head), values, static_cast<int>(place),
            static_cast<int>(u - first), static_cast<int>(count)};
  }

  // What scores of tokens [u, end) read, in pieces; how many.
  int find_pieces(int64_t u, int64_t end, std::span<const std::byte>* pieces) const {
    int n = 0;
    for (Segment segment; u < end; u += segment.count) {
      segment = at(u, end, u);
      pieces[n++] = call.within_keys ? values_of(segment) : keys_of(segment);
    }
    return n;
  }
  std::span<const std::byte> keys_of(const Segment& segment) const {
    return {segment.keys, static_cast<size_t>(keys.pages->key_head_bytes(call.state))};
  }
  std::span<const std::byte> values_of(const Segment& segment) const {
    return {segment.values, static_cast<size_t>(segment.count * keys.pages->value_bytes(call.state))};
  }
};

// The queries that see something of the block from `first` on, and what they see of it.
inline int find_seeing(Query* queries, int count, int64_t first, Query** seeing) {
  int n = 0;
  for (int l = 0; l < count; ++l) {
    Query& query = queries[l];
    if (query.low >= first + kBlock || query.high <= first) continue;
    query.from = query.low > first ? static_cast<int>(query.low - first) : 0;
    query.to = query.high < first + kBlock ? static_cast<int>(query.high - first) : kBlock;
    if (query.chosen) {
      find_chosen(query, first);
      if (query.kept == 0) continue;
    }
    seeing[n++] = &query;
  }
  return n;
}

// Heads [head, head + heads) of rows [begin, end), which belong to one sequence.
inline void attend_rows(const AttendCall& call, const KeptKernels& keys_of, const KeptKernels& values_of,
                        const Task& task, int64_t begin, int64_t end, int64_t head, int64_t heads) {
  Keys keys(call, task.frame, task.frame.token(call.out.rows, begin));
  const cpu::Pages& pages = *keys.pages;
  const int64_t room = (call.v.width + 31) / 32 * 32;
  const int count = static_cast<int>((end - begin) * heads);
  Query queries[kQueries];
  auto* floats = reinterpret_cast<float*>(task.scratch);
  int64_t low = keys.count, high = 0;
  for (int l = 0; l < count; ++l) {
    Query& query = queries[l];
    int64_t r = begin + l / heads;
    query.head = head + l % heads;
    query.q = call.q.at(r, query.head);
    query.t = keys.place(task.frame.token(call.out.rows, r));
    find_sight(call, keys, query);
    query.chosen = call.chosen ? call.chosen.at(r, 0) : nullptr;
    query.chosen_end = query.chosen + (call.chosen ? call.chosen.width : 0);
    if (low > query.low) low = query.low;
    if (high < query.high) high = query.high;
    query.most = call.sinks ? call.sinks[query.head] : kUnseen;
    query.sum = call.sinks ? 1.0f : 0.0f;
    query.scores = floats + l * cpu::kBlockRoom;
    query.out = floats + kQueries * cpu::kBlockRoom + l * room;
    std::memset(query.out, 0, static_cast<size_t>(room) * sizeof(float));
  }

  const KeptHead kept{call, keys, head * call.k.heads / call.q.heads, head * call.v.heads / call.q.heads};
  // Here, since each block would clear them again.
  Segment segments[kBlock];
  std::span<const std::byte> ahead[kBlock];
  for (int64_t first = low / kBlock * kBlock; first < high; first += kBlock) {
    Query* seeing[kQueries];
    const int seen = find_seeing(queries, count, first, seeing);
    if (seen == 0) continue;
    int from = kBlock, to = 0;
    for (int l = 0; l < seen; ++l) {
      if (from > seeing[l]->from) from = seeing[l]->from;
      if (to < seeing[l]->to) to = seeing[l]->to;
    }
    // Whole vectors: what no query sees of them counts for nothing.
    from = from / kLanes * kLanes;
    int n = 0;
    for (int64_t u = first + from; u < first + to; u += segments[n++].count)
      segments[n] = kept.at(u, first + to, first);
    for (int i = 0; i < n; ++i) {
      if (call.within_keys) {
        keys_of.score_rows(seeing, seen, segments[i], pages.value_bytes(call.state), call.k.width);
        continue;
      }
      segments[i].after = kept.values_of(segments[i]);
      keys_of.score(seeing, seen, segments[i], pages.key_stride(), call.k.width);
    }
    for (int l = 0; l < seen; ++l) weigh(call, keys, *seeing[l], first);
    const int64_t next = first + kBlock;
    int pieces = kept.find_pieces(next, next + kBlock < high ? next + kBlock : high, ahead);
    // Queries that see the same part of the block read its values together.
    for (int l = 0, same; l < seen; l += same) {
      for (same = 1; l + same < seen; ++same) {
        if (seeing[l + same]->from != seeing[l]->from || seeing[l + same]->to != seeing[l]->to) break;
      }
      values_of.gather(seeing + l, same, {segments, static_cast<size_t>(n)}, pages.value_bytes(call.state),
                       call.v.width, {ahead, static_cast<size_t>(pieces)});
      pieces = 0;
    }
  }
  for (int l = 0; l < count; ++l) {
    const Query& query = queries[l];
    float* out = call.out.at(begin + l / heads, 0) + query.head * call.v.width;
    float by = query.sum == 0 ? 0 : 1 / query.sum;
    for (int64_t i = 0; i < call.v.width; ++i) out[i] = query.out[i] * by;
  }
}

inline void attend(const AttendCall& call, const KeptKernels& keys, const KeptKernels& values,
                   const Task& task) {
  const int64_t rows = task.frame.count(call.out.rows);
  // As many heads and rows at once as share well, but enough pieces for all threads.
  int64_t heads = call.heads_at_once;
  while (heads % 2 == 0 && rows * (call.q.heads / heads) < task.worker.count) heads /= 2;
  const int64_t groups = call.q.heads / heads;
  int64_t at_once = kQueries / heads;
  while (at_once > 1 && (rows + at_once - 1) / at_once * groups < 4 * task.worker.count) at_once /= 2;
  const int64_t pieces = (rows + at_once - 1) / at_once;
  for (Worker::Range r; task.take(pieces * groups, 1, r);) {
    // From the end: later rows see more, and what takes longest should not begin last.
    int64_t piece = pieces - 1 - r.begin / groups, head = r.begin % groups * heads;
    int64_t end = (piece + 1) * at_once < rows ? (piece + 1) * at_once : rows;
    for (int64_t begin = piece * at_once, next; begin < end; begin = next) {
      int32_t run = task.frame.run_of_token[task.frame.token(call.out.rows, begin)];
      for (next = begin + 1; next < end; ++next) {
        if (task.frame.run_of_token[task.frame.token(call.out.rows, next)] != run) break;
      }
      attend_rows(call, keys, values, task, begin, next, head, heads);
    }
  }
}

// Scores of all keys that a row sees, of which it keeps the best.
inline void choose(const cpu::IndexerCall& call, const KeptKernels& keys_of, const Task& task) {
  const int64_t most = call.best.width;
  auto* scores = reinterpret_cast<float*>(task.scratch);
  auto* heap = reinterpret_cast<cpu::ScoredKey*>(scores + kQueries * cpu::kBlockRoom);
  for (Worker::Range r; task.take(task.frame.count(call.out.rows), 1, r);) {
    const int64_t token = task.frame.token(call.out.rows, r.begin);
    Keys keys(call, task.frame, token);
    const KeptHead kept{call, keys, 0, 0};
    const float* weights = call.weights.at(r.begin, 0);
    int64_t found = 0;
    for (int64_t u = 0, end = keys.place(token) + 1; u < end;) {
      const Segment segment = kept.at(u, u + kBlock < end ? u + kBlock : end, u);
      F totals[kBlock / kLanes];
      for (F& total : totals) total = set(0.0f);
      for (int64_t h = 0; h < call.q.heads; h += kQueries) {
        Query queries[kQueries];
        Query* some[kQueries];
        const int n = static_cast<int>(call.q.heads - h < kQueries ? call.q.heads - h : kQueries);
        for (int l = 0; l < n; ++l) {
          some[l] = &queries[l];
          queries[l].q = call.q.at(r.begin, h + l);
          queries[l].scores = scores + l * cpu::kBlockRoom;
        }
        keys_of.score(some, n, segment, keys.pages->key_stride(), call.k.width);
        for (int l = 0; l < n; ++l) {
          for (int j = 0; j < segment.count; j += kLanes) {
            F& total = totals[j / kLanes];
            total = fma(set(weights[h + l]), max(load(queries[l].scores + j), set(0.0f)), total);
          }
        }
      }
      for (int j = 0; j < segment.count; j += kLanes) store(scores + j, totals[j / kLanes]);
      for (int j = 0; j < segment.count; ++j) {
        // Of keys with one score the first stays, so a later one must be better.
        if (found == most && !(scores[j] > heap[0].score)) continue;
        found = cpu::keep_better(heap, found, most, {scores[j], static_cast<int32_t>(u + j)});
      }
      u += segment.count;
    }
    cpu::write_places(heap, found, call.best.at(r.begin, 0), most);
  }
}

inline AttendKernels attention() { return {kept, keep, attend, choose}; }

}  // namespace hearth::HEARTH_SIMD
