// Attention: one query at a time, every key it sees, a softmax in two passes.
#include <algorithm>
#include <cmath>

#include "ops/reference_kernels.h"

namespace hearth::reference {

namespace {

// What is added to the score of a query at t and a key at u by head h of `heads`.
double bias_of(const ScoreBias& bias, const Weight* table, int64_t t, int64_t u, int64_t h, int64_t heads) {
  if (bias.kind == ScoreBias::alibi) {
    if (bias.steep == 0) return 0;
    int64_t n = 1;  // the largest power of 2 up to the heads
    while (2 * n <= heads) n *= 2;
    double exponent = h < n ? bias.steep * (h + 1) / n : bias.steep * (2 * (h - n) + 1) / (2 * n);
    return -std::exp2(-exponent) * std::abs(t - u);
  }
  int64_t n = table->shape[0], bucket = 0, d = std::max<int64_t>(t - u, 0);
  if (bias.both) {
    n /= 2;
    d = std::abs(t - u);
    if (u > t) bucket = n;
  }
  int64_t m = n / 2;
  if (d < m) {
    bucket += d;
  } else {
    // In this order of operations: at the borders of buckets the rounding decides.
    double far = m + std::log(static_cast<double>(d) / m) * (n - m) / std::log(bias.reach / m);
    bucket += static_cast<int64_t>(std::min(n - 1.0, std::floor(far)));
  }
  return table->numbers[bucket * heads + h];
}

struct Sight {
  int64_t window, chunk;
  bool causal;
  const Argument &together, &groups;

  // `t` and `u` are positions; `query` and `key` rows of the batch, `key` negative if it is not in it; `kept`
  // says whether the key is among those that were chosen, if any were.
  bool sees(int64_t t, int64_t u, int64_t query, int64_t key, bool kept) const {
    bool seen = kept && (!causal || u <= t);
    if (window > 0) seen = seen && (causal ? t - u < window : std::abs(t - u) <= window / 2);
    if (chunk > 0) seen = seen && t / chunk == u / chunk;
    if (together && key >= 0) {
      double mine = together.at(query, 0, 0);
      seen = seen || (mine > 0 && mine == together.at(key, 0, 0));
    }
    if (groups) seen = seen && groups.at(query, 0, 0) == groups.at(key, 0, 0);
    return seen;
  }
};

std::span<const float> row(const Tensor& x, int64_t t) {
  return std::span(x.cells).subspan(t * x.heads * x.width, x.heads * x.width);
}

Status attend(Call& call) {
  const Tensor& q = call.in[kAttendQ].value;
  const bool source = call.state && call.state->source;
  TRY_STATUS(fits(call, source != static_cast<bool>(call.in[kAttendK]) &&
                            source != static_cast<bool>(call.in[kAttendV])));
  const Tensor k = source ? Tensor(0, call.state->key_heads, call.state->key_width) : call.in[kAttendK].value,
               v = source ? Tensor(0, call.state->value_heads, call.state->value_width)
                          : call.in[kAttendV].value;
  const Argument &sinks = call.in[kAttendSinks], &keep = call.in[kAttendKeep];
  Tensor& out = call.out[0];
  const int64_t heads = q.heads, width = q.width;
  auto divides = [&](const Tensor& part) {
    return part.heads > 0 && part.heads <= heads && heads % part.heads == 0;
  };
  TRY_STATUS(fits(call, k.width == width && divides(k) && divides(v) && out.heads == 1 &&
                            out.width == heads * v.width && (!sinks || sinks.stretches_to(1, heads)) &&
                            (!keep || keep.value.heads == 1)));
  const bool within_keys = call.state && call.state->values_within_keys();
  if (call.state) {
    const bool values = within_keys
                            ? v.heads == k.heads && v.width <= k.width
                            : call.state->value_heads == v.heads && call.state->value_width == v.width;
    TRY_STATUS(fits(call, call.state->memory == Memory::keys_values && call.state->key_heads == k.heads &&
                              call.state->key_width == k.width && values));
  }
  if (call.step.bias && call.step.bias->kind == ScoreBias::relative) {
    TRY_STATUS(fits(call, call.table && call.table->shape.size() == 2 && call.table->shape[1] == heads));
    int64_t exact = call.table->shape[0] / (call.step.bias->both ? 4 : 2);
    if (exact < 1 || call.step.bias->reach <= exact) {
      return fail("{} buckets do not reach {} tokens back", call.table->shape[0], call.step.bias->reach);
    }
  }
  double scale = call.in[kAttendScale].number_or(1 / std::sqrt(static_cast<double>(width)));
  double cap = call.in[kAttendCap].number_or(0);
  Sight sight{static_cast<int64_t>(call.in[kAttendWindow].number_or(0)),
              static_cast<int64_t>(call.in[kAttendChunk].number_or(0)),
              call.in[kAttendCausal].number_or(1) != 0, call.in[kAttendTogether], call.in[kAttendGroups]};
  if (source) {  // all of it is seen, from wherever
    TRY_STATUS(fits(call, !sight.causal && sight.window == 0 && sight.chunk == 0 && !sight.together &&
                              !sight.groups && !keep && !call.step.bias));
  }

  for (const Batch::Run& run : call.batch.runs) {
    if (source) continue;
    if (run.past > 0 && (!sight.causal || sight.groups || !call.state)) {
      return fail("all tokens of a sequence are needed at once; {} came before", run.past);
    }
    for (int64_t i = 0; call.state && i < run.count; ++i) {
      call.memory->store(call.step.state, run, run.past + i, row(k, run.first + i), row(v, run.first + i));
    }
  }
  for (int64_t r = 0; r < out.rows; ++r) {
    int64_t query = call.token(r);
    const Batch::Run& run = call.run_of(query);
    int64_t keys = source ? run.source : run.past + run.count;
    int64_t zero = call.batch.positions[run.first] - run.past;  // the position of the sequence's first token
    int64_t t = zero + run.past + (query - run.first);
    std::vector<bool> kept(keys, !keep);
    for (int64_t i = 0; keep && i < keep.value.width; ++i) {
      int64_t u = keep.value.index(r, 0, i);
      if (u >= 0 && u < keys) kept[u] = true;
    }
    std::vector<int64_t> seen;
    for (int64_t u = 0; u < keys; ++u) {
      if (sight.sees(t, zero + u, query, u < run.past ? -1 : run.first + (u - run.past), kept[u]))
        seen.push_back(u);
    }
    const int64_t apart = within_keys ? k.width : v.width;
    for (int64_t h = 0; h < heads; ++h) {
      int64_t key_head = h * k.heads / heads, value_head = h * v.heads / heads;
      std::vector<double> scores;
      double most = sinks ? sinks.at(0, 0, h) : -INFINITY;
      for (int64_t u : seen) {
        auto key = call.state ? call.memory->keys(call.step.state, run, u) : row(k, run.first + u);
        double score = 0;
        for (int64_t i = 0; i < width; ++i) {
          score += static_cast<double>(q.at(r, h, i)) * key[key_head * width + i];
        }
        score *= scale;
        if (cap != 0) score = cap * std::tanh(score / cap);
        if (call.step.bias) score += bias_of(*call.step.bias, call.table, t, zero + u, h, heads);
        scores.push_back(score);
        most = std::max(most, score);
      }
      double sum = sinks ? std::exp(sinks.at(0, 0, h) - most) : 0;
      std::vector<double> mixed(v.width);
      for (size_t n = 0; n < seen.size(); ++n) {
        auto value = within_keys  ? call.memory->keys(call.step.state, run, seen[n])
                     : call.state ? call.memory->values(call.step.state, run, seen[n])
                                  : row(v, run.first + seen[n]);
        double weight = std::exp(scores[n] - most);
        sum += weight;
        for (int64_t i = 0; i < v.width; ++i) mixed[i] += weight * value[value_head * apart + i];
      }
      for (int64_t i = 0; i < v.width; ++i)
        out.at(r, 0, h * v.width + i) = static_cast<float>(mixed[i] / sum);
    }
  }
  return {};
}

// The keys and values of a source, for attention of another plan.
Status remember(Call& call) {
  const Tensor &k = call.in[0].value, &v = call.in[1].value;
  const State* state = call.state;
  TRY_STATUS(fits(call, state && state->source && state->key_heads == k.heads &&
                            state->key_width == k.width && state->value_heads == v.heads &&
                            state->value_width == v.width));
  for (const Batch::Run& run : call.batch.runs) {
    for (int64_t i = 0; i < run.count; ++i) {
      call.memory->store(call.step.state, run, run.past + i, row(k, run.first + i), row(v, run.first + i));
    }
  }
  return {};
}

// Every key up to the query's is scored; the `n` best are told by their places.
Status indexer(Call& call) {
  const Tensor &q = call.in[0].value, &k = call.in[1].value, &w = call.in[2].value;
  Tensor& out = call.out[0];
  TRY_STATUS(fits(call, k.heads == 1 && k.width == q.width && w.heads == 1 && w.width == q.heads &&
                            out.heads == 1 && call.in[3].number == static_cast<double>(out.width) &&
                            call.state && call.state->memory == Memory::keys && call.state->key_heads == 1 &&
                            call.state->key_width == k.width));
  for (const Batch::Run& run : call.batch.runs) {
    for (int64_t i = 0; i < run.count; ++i)
      call.memory->store(call.step.state, run, run.past + i, row(k, run.first + i), {});
  }
  for (int64_t r = 0; r < out.rows; ++r) {
    const int64_t token = call.token(r);
    const Batch::Run& run = call.run_of(token);
    std::vector<std::pair<double, int64_t>> scores;  // of each key, its sign changed: the best come first
    for (int64_t u = 0; u <= run.past + token - run.first; ++u) {
      auto key = call.memory->keys(call.step.state, run, u);
      double score = 0;
      for (int64_t h = 0; h < q.heads; ++h) {
        double product = 0;
        for (int64_t i = 0; i < q.width; ++i) product += static_cast<double>(q.at(r, h, i)) * key[i];
        score += w.at(r, 0, h) * std::max(product, 0.0);
      }
      scores.emplace_back(-score, u);
    }
    std::sort(scores.begin(), scores.end());
    std::vector<int32_t> chosen;
    for (int64_t n = 0; n < std::min<int64_t>(out.width, scores.size()); ++n)
      chosen.push_back(static_cast<int32_t>(scores[n].second));
    std::sort(chosen.begin(), chosen.end());
    chosen.resize(out.width, -1);
    for (int64_t n = 0; n < out.width; ++n) out.at(r, 0, n) = std::bit_cast<float>(chosen[n]);
  }
  return {};
}

constexpr KernelRow kAttentionKernels[] = {
    {Op::attend, "xx?x?n?n?n?n?n?-t?x?x?x?", 1, attend},
    {Op::remember, "xx", 0, remember},
    {Op::indexer, "xxxn", 1, indexer},
};

}  // namespace

std::span<const KernelRow> attention_kernels() { return kAttentionKernels; }

}  // namespace hearth::reference
