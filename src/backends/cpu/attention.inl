namespace hearth::HEARTH_SIMD {

using cpu::AttendCall;
using cpu::AttendKernels;
using cpu::kBlock;
using cpu::Keys;
using cpu::kQueries;
using cpu::Task;

// How keys and values are kept.
struct KeptF32 {
  static constexpr int kBytes = 4;
  static HEARTH_INLINE F at(const std::byte* p) { return load(p); }
  static HEARTH_INLINE void pack(std::byte* to, const float* x, int n) { std::memcpy(to, x, 4 * n); }
};
struct KeptF16 {
  static constexpr int kBytes = 2;
  static HEARTH_INLINE F at(const std::byte* p) { return load_f16(p); }
  static HEARTH_INLINE void pack(std::byte* to, const float* x, int n) { store_f16(to, load_up_to(x, n)); }
};
struct KeptBf16 {
  static constexpr int kBytes = 2;
  static HEARTH_INLINE F at(const std::byte* p) { return load_bf16(p); }
  static HEARTH_INLINE void pack(std::byte* to, const float* x, int n) {
    for (int i = 0; i < n; ++i) {
      uint16_t half = bf16_from_f32(x[i]);
      std::memcpy(to + 2 * i, &half, 2);
    }
  }
};

template <class K, class V>
void keep(const AttendCall& call, const Task& task) {
  auto [begin, end] = task.rows(Rows::tokens);
  for (int64_t t = begin; t < end; ++t) {
    Keys keys(call, task.frame, t);
    const cpu::Pages& pages = *keys.pages;
    int64_t u = keys.place(t), at = u % pages.page_tokens(), stride = pages.key_stride();
    int32_t page = keys.page(u / pages.page_tokens());
    std::byte packed[4 * kLanes];
    for (int64_t h = 0; h < call.k.heads; ++h) {
      std::byte* to = pages.keys(call.state, page, h) + at * K::kBytes;
      for (int64_t i = 0; i < call.k.width; i += kLanes) {
        int n = lanes_at(i, call.k.width);
        K::pack(packed, call.k.at(t, h) + i, n);
        for (int j = 0; j < n; ++j)
          std::memcpy(to + (i + j) * stride * K::kBytes, packed + j * K::kBytes, K::kBytes);
      }
    }
    for (int64_t h = 0; h < call.v.heads; ++h) {
      std::byte* to = pages.values(call.state, page, h) + at * pages.value_stride(call.state) * V::kBytes;
      for (int64_t i = 0; i < call.v.width; i += kLanes) {
        int n = lanes_at(i, call.v.width);
        V::pack(packed, call.v.at(t, h) + i, n);
        std::memcpy(to + i * V::kBytes, packed, n * V::kBytes);
      }
    }
  }
}

inline constexpr float kUnseen = -__builtin_inff();

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

// Scores of n queries with `vectors` vectors of keys, all widths one after the other.
template <class K, int n, int vectors>
HEARTH_INLINE void score_tile(Query* const* queries, const std::byte* keys, int64_t stride, int64_t width,
                              int at) {
  F acc[n][vectors];
  for (int l = 0; l < n; ++l) {
    for (int v = 0; v < vectors; ++v) acc[l][v] = set(0.0f);
  }
  for (int64_t i = 0; i < width; ++i, keys += stride * K::kBytes) {
    F k[vectors];
    for (int v = 0; v < vectors; ++v) k[v] = K::at(keys + (at + v * kLanes) * K::kBytes);
    for (int l = 0; l < n; ++l) {
      F q = set(queries[l]->q[i]);
      for (int v = 0; v < vectors; ++v) acc[l][v] = fma(q, k[v], acc[l][v]);
    }
  }
  for (int l = 0; l < n; ++l) {
    for (int v = 0; v < vectors; ++v) store(queries[l]->scores + at + v * kLanes, acc[l][v]);
  }
}

template <class K, int n>
void score_tiles(int count, Query* const* queries, const std::byte* keys, int64_t stride, int64_t width,
                 int length) {
  if constexpr (n > 1) {
    if (count < n) return score_tiles<K, n - 1>(count, queries, keys, stride, width, length);
  }
  int at = 0;
  for (; at + kLanes < length; at += 2 * kLanes) score_tile<K, n, 2>(queries, keys, stride, width, at);
  if (at < length) score_tile<K, n, 1>(queries, keys, stride, width, at);
}

// The sums of n queries, faded, plus the values of keys [from, to) weighed by what scores have become.
template <class V, int n, int vectors>
HEARTH_INLINE void value_tile(Query* const* queries, const std::byte* values, int64_t stride, int from,
                              int to, int64_t at) {
  F acc[n][vectors];
  for (int l = 0; l < n; ++l) {
    for (int v = 0; v < vectors; ++v)
      acc[l][v] = load(queries[l]->out + at + v * kLanes) * set(queries[l]->fade);
  }
  values += (from * stride + at) * V::kBytes;
  for (int u = from; u < to; ++u, values += stride * V::kBytes) {
    F x[vectors];
    for (int v = 0; v < vectors; ++v) x[v] = V::at(values + v * kLanes * V::kBytes);
    for (int l = 0; l < n; ++l) {
      F p = set(queries[l]->scores[u]);
      for (int v = 0; v < vectors; ++v) acc[l][v] = fma(p, x[v], acc[l][v]);
    }
  }
  for (int l = 0; l < n; ++l) {
    for (int v = 0; v < vectors; ++v) store(queries[l]->out + at + v * kLanes, acc[l][v]);
  }
}

template <class V, int n>
void value_tiles(int count, Query* const* queries, const std::byte* values, int64_t stride, int64_t width) {
  if constexpr (n > 1) {
    if (count < n) return value_tiles<V, n - 1>(count, queries, values, stride, width);
  }
  int from = queries[0]->from, to = queries[0]->to;
  int64_t at = 0;
  for (; at + kLanes < width; at += 2 * kLanes) value_tile<V, n, 2>(queries, values, stride, from, to, at);
  if (at < width) value_tile<V, n, 1>(queries, values, stride, from, to, at);
}

// What is added to the scores of keys from the place `first` on.
HEARTH_INLINE void add_bias(const AttendCall& call, const Query& query, int64_t first, int length) {
  int64_t lists = call.both ? 2 : 1;
  for (int j = 0; j < length; ++j) {
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
HEARTH_INLINE void hide_by_labels(const AttendCall& call, const Keys& keys, Query& query, int64_t first) {
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
HEARTH_INLINE void find_chosen(Query& query, int64_t first, int length) {
  while (query.chosen < query.chosen_end && *query.chosen >= 0 && *query.chosen < first + query.from)
    ++query.chosen;
  query.kept = 0;
  while (query.chosen + query.kept < query.chosen_end && query.chosen[query.kept] >= 0 &&
         query.chosen[query.kept] < first + length) {
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

// Scores become weights relative to the largest score so far.
HEARTH_INLINE void weigh(const AttendCall& call, const Keys& keys, Query& query, int64_t first, int length) {
  float* s = query.scores;
  for (int j = 0; j < length; j += kLanes) {
    F v = load(s + j) * set(call.scale);
    if (call.cap != 0) v = set(call.cap) * tanh(v / set(call.cap));
    store(s + j, v);
  }
  if (call.bias || call.slopes) add_bias(call, query, first, length);
  for (int j = 0; j < query.from; ++j) s[j] = kUnseen;
  for (int j = query.to; j < (length + kLanes - 1) / kLanes * kLanes; ++j) s[j] = kUnseen;
  if (call.together || call.groups) hide_by_labels(call, keys, query, first);
  if (query.chosen) hide_unchosen(query, first);
  F most = set(query.most);
  for (int j = 0; j < length; j += kLanes) most = max(most, load(s + j));
  float before = query.most, after = largest(most);
  // While nothing is seen there is no largest score, and any number stands for it.
  F middle = set(after == kUnseen ? 0.0f : after);
  float fade[kLanes];
  store(fade, exp(set(before) - middle));
  query.most = after;
  query.fade = before == after ? 1.0f : fade[0];
  F total = set(0.0f);
  for (int j = 0; j < length; j += kLanes) {
    F p = exp(load(s + j) - middle);
    store(s + j, p);
    total = total + p;
  }
  query.sum = query.sum * query.fade + sum(total);
}

// Heads [head, head + heads_at_once) of rows [begin, end), which belong to one sequence.
template <class K, class V>
void attend_rows(const AttendCall& call, const Task& task, int64_t begin, int64_t end, int64_t head) {
  constexpr int kTile = kRegisters >= 32 ? 6 : kRegisters >= 16 ? 4 : 1;
  Keys keys(call, task.frame, task.frame.token(call.out.rows, begin));
  const cpu::Pages& pages = *keys.pages;
  const int64_t heads = call.heads_at_once, value_stride = pages.value_stride(call.state);
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
    query.scores = floats + l * kBlock;
    query.out = floats + kQueries * kBlock + l * value_stride;
    std::memset(query.out, 0, static_cast<size_t>(value_stride) * sizeof(float));
  }

  const int64_t tokens = pages.page_tokens();
  const int64_t key_head = head * call.k.heads / call.q.heads,
                value_head = head * call.v.heads / call.q.heads;
  for (int64_t n = low / tokens; n * tokens < high; ++n) {
    for (int64_t at = 0; at < tokens; at += kBlock) {
      const int64_t first = n * tokens + at;
      const int length = static_cast<int>(tokens - at < kBlock ? tokens - at : kBlock);
      Query* seen[kQueries];
      int seeing = 0;
      for (int l = 0; l < count; ++l) {
        Query& query = queries[l];
        if (query.low >= first + length || query.high <= first) continue;
        query.from = query.low > first ? static_cast<int>(query.low - first) : 0;
        query.to = query.high < first + length ? static_cast<int>(query.high - first) : length;
        if (query.chosen) {
          find_chosen(query, first, length);
          if (query.kept == 0) continue;
        }
        seen[seeing++] = &query;
      }
      const std::byte* k = pages.keys(call.state, keys.page(n), key_head) + at * K::kBytes;
      const std::byte* v = pages.values(call.state, keys.page(n), value_head) + at * value_stride * V::kBytes;
      for (int l = 0; l < seeing; l += kTile) {
        score_tiles<K, kTile>(seeing - l, seen + l, k, pages.key_stride(), call.k.width, length);
      }
      for (int l = 0; l < seeing; ++l) weigh(call, keys, *seen[l], first, length);
      // Queries that see the same part of the block read its values together.
      for (int l = 0, same; l < seeing; l += same) {
        for (same = 1; same < kTile && l + same < seeing; ++same) {
          if (seen[l + same]->from != seen[l]->from || seen[l + same]->to != seen[l]->to) break;
        }
        value_tiles<V, kTile>(same, seen + l, v, value_stride, call.v.width);
      }
    }
  }
  for (int l = 0; l < count; ++l) {
    const Query& query = queries[l];
    float* out = call.out.at(begin + l / heads, 0) + query.head * call.v.width;
    float by = query.sum == 0 ? 0 : 1 / query.sum;
    for (int64_t i = 0; i < call.v.width; ++i) out[i] = query.out[i] * by;
  }
}

template <class K, class V>
void attend(const AttendCall& call, const Task& task) {
  const int64_t rows = task.frame.count(call.out.rows), groups = call.q.heads / call.heads_at_once;
  // As many rows at once as share well, but enough pieces for all threads.
  int64_t at_once = kQueries / call.heads_at_once;
  while (at_once > 1 && (rows + at_once - 1) / at_once * groups < 4 * task.worker.count) at_once /= 2;
  const int64_t pieces = (rows + at_once - 1) / at_once;
  for (Worker::Range r; task.take(pieces * groups, 1, r);) {
    // From the end: later rows see more, and what takes longest should not begin last.
    int64_t piece = pieces - 1 - r.begin / groups, head = r.begin % groups * call.heads_at_once;
    int64_t end = (piece + 1) * at_once < rows ? (piece + 1) * at_once : rows;
    for (int64_t begin = piece * at_once, next; begin < end; begin = next) {
      int32_t run = task.frame.run_of_token[task.frame.token(call.out.rows, begin)];
      for (next = begin + 1; next < end; ++next) {
        if (task.frame.run_of_token[task.frame.token(call.out.rows, next)] != run) break;
      }
      attend_rows<K, V>(call, task, begin, next, head);
    }
  }
}

// Scores of all keys that a row sees, of which it keeps the best.
template <class K>
void choose(const cpu::IndexerCall& call, const Task& task) {
  const int64_t most = call.best.width;
  auto* scores = reinterpret_cast<float*>(task.scratch);
  auto* heap = reinterpret_cast<cpu::ScoredKey*>(scores + kBlock);
  for (Worker::Range r; task.take(task.frame.count(call.out.rows), 1, r);) {
    const int64_t token = task.frame.token(call.out.rows, r.begin);
    Keys keys(call, task.frame, token);
    const cpu::Pages& pages = *keys.pages;
    const int64_t count = keys.place(token) + 1, tokens = pages.page_tokens();
    const float* weights = call.weights.at(r.begin, 0);
    int64_t kept = 0;
    for (int64_t first = 0; first < count; first = (first / tokens + 1) * tokens) {
      for (int64_t at = 0; at < tokens && first + at < count; at += kLanes) {
        const std::byte* k = pages.keys(call.state, keys.page(first / tokens), 0) + at * K::kBytes;
        F total = set(0.0f);
        for (int64_t h = 0; h < call.q.heads; ++h) {
          const float* q = call.q.at(r.begin, h);
          F product = set(0.0f);
          for (int64_t i = 0; i < call.q.width; ++i)
            product = fma(set(q[i]), K::at(k + i * pages.key_stride() * K::kBytes), product);
          total = fma(set(weights[h]), max(product, set(0.0f)), total);
        }
        store(scores, total);
        for (int64_t j = 0; j < kLanes && at + j < tokens && first + at + j < count; ++j) {
          // Of keys with one score the first stays, so a later one must be better.
          if (kept == most && !(scores[j] > heap[0].score)) continue;
          kept = cpu::keep_better(heap, kept, most, {scores[j], static_cast<int32_t>(first + at + j)});
        }
      }
    }
    cpu::write_places(heap, kept, call.best.at(r.begin, 0), most);
  }
}

template <class K>
AttendKernels attention_over(Type values) {
  switch (values) {
    case Type::f16: return {keep<K, KeptF16>, attend<K, KeptF16>, choose<K>};
    case Type::bf16: return {keep<K, KeptBf16>, attend<K, KeptBf16>, choose<K>};
    default: return {keep<K, KeptF32>, attend<K, KeptF32>, choose<K>};
  }
}

inline AttendKernels attention(Type keys, Type values) {
  switch (keys) {
    case Type::f16: return attention_over<KeptF16>(values);
    case Type::bf16: return attention_over<KeptBf16>(values);
    default: return attention_over<KeptF32>(values);
  }
}

}  // namespace hearth::HEARTH_SIMD
