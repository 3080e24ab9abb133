#include "backends/cpu/attention.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "backends/cpu/binder.h"
#include "quant/encoders.h"
#include "quant/q4_0/q4_0.h"
#include "quant/q8_0/q8_0.h"
#include "simd/math.h"

#define HEARTH_BODY "backends/cpu/kept.inl"
#include "simd/each_isa.inl"

#define HEARTH_BODY "backends/cpu/attention.inl"
#include "simd/each_isa.inl"

namespace hearth::cpu {

namespace {

constexpr PerIsa<AttendKernels (*)()> kAttention = HEARTH_PER_ISA(attention);

State state_of(const Step& step) {
  State state;
  state.memory = Memory::keys_values;
  const View &k = step.arguments[step.op == Op::attend ? kAttendK : 0].view,
             &v = step.arguments[step.op == Op::attend ? kAttendV : 1].view;
  state.key_heads = k.heads;
  state.key_width = k.width;
  state.value_heads = v.heads;
  state.value_width = v.width;
  return state;
}

bool same_shape(const State& a, const State& b) {
  return a.key_heads == b.key_heads && a.key_width == b.key_width && a.value_heads == b.value_heads &&
         a.value_width == b.value_width;
}

// As a state has it, whose values may lie within its keys.
bool fits_state(const State& state, const State& shape) {
  if (!state.values_within_keys()) return same_shape(state, shape);
  return state.key_heads == shape.key_heads && state.key_width == shape.key_width &&
         shape.value_heads == shape.key_heads && shape.value_width <= shape.key_width;
}

bool remembers_nothing(const Step& step) { return step.op == Op::attend && step.state < 0; }

// Slopes fall with the head; those beyond the last power of two lie between the first ones.
std::vector<float> alibi_slopes(double steep, int64_t heads) {
  std::vector<float> slopes;
  int64_t n = 1;
  while (2 * n <= heads) n *= 2;
  for (int64_t h = 0; h < heads; ++h) {
    double exponent = h < n ? steep * static_cast<double>(h + 1) / static_cast<double>(n)
                            : steep * static_cast<double>(2 * (h - n) + 1) / static_cast<double>(2 * n);
    slopes.push_back(static_cast<float>(std::exp2(-exponent)));
  }
  return slopes;
}

// Each head's numbers by distance, from the table [buckets, heads]: for keys before the query and, with `both`,
// for those behind it.
std::vector<float> by_distance(const float* table, int64_t buckets, int64_t heads, const ScoreBias& bias,
                               int64_t reach) {
  int64_t n = bias.both ? buckets / 2 : buckets, m = n / 2;
  std::vector<float> lists;
  for (int64_t h = 0; h < heads; ++h) {
    for (int64_t side = 0; side < (bias.both ? 2 : 1); ++side) {
      for (int64_t d = 0; d <= reach; ++d) {
        int64_t bucket = d;
        if (d >= m) {
          // In this order of operations: at the borders of buckets the rounding decides.
          double far = static_cast<double>(m) + std::log(static_cast<double>(d) / static_cast<double>(m)) *
                                                    static_cast<double>(n - m) /
                                                    std::log(bias.reach / static_cast<double>(m));
          bucket = static_cast<int64_t>(std::min(static_cast<double>(n - 1), std::floor(far)));
        }
        lists.push_back(table[(side * n + bucket) * heads + h]);
      }
    }
  }
  return lists;
}

Status bind_bias(Binder& binder, AttendCall& call) {
  const auto& bias = binder.step().bias;
  if (!bias) return {};
  if (bias->kind == ScoreBias::alibi) {
    if (bias->steep != 0) call.slopes = binder.keep(alibi_slopes(bias->steep, call.q.heads))->data();
    return {};
  }
  const std::vector<int64_t>& shape = binder.shape_of(bias->table);
  TRY_STATUS(binder.fits(shape.size() == 2 && shape[1] == call.q.heads));
  int64_t exact = shape[0] / (bias->both ? 4 : 2);
  constexpr double kFarthest = 1 << 20;
  if (exact < 1 || !(bias->reach > static_cast<double>(exact)) || bias->reach > kFarthest) {
    return fail("{} buckets do not reach {} tokens back", shape[0], bias->reach);
  }
  TRY(const float* table, binder.numbers(bias->table));
  // From `reach` on all distances share the last bucket.
  call.reach = static_cast<int64_t>(std::ceil(bias->reach));
  call.both = bias->both;
  call.bias = binder.keep(by_distance(table, shape[0], call.q.heads, *bias, call.reach))->data();
  return {};
}

const Pages& memory_of(const AttendCall& call, const Task& task) {
  return call.remembered ? *task.frame.memory : *task.frame.own;
}

// The memory's types are known when a batch comes.
KeptKernels kept_keys(const AttendKernels& kernels, const AttendCall& call, const Task& task) {
  return kernels.kept(memory_of(call, task).options().key_type);
}

KeptKernels kept_values(const AttendKernels& kernels, const AttendCall& call, const Task& task) {
  const MemoryOptions& memory = memory_of(call, task).options();
  return kernels.kept(call.within_keys ? memory.key_type : memory.value_type);
}

std::function<void(const Task&)> keep(const AttendKernels& kernels, const AttendCall* call) {
  return [kernels, call](const Task& task) {
    kernels.keep(*call, kept_keys(kernels, *call, task), kept_values(kernels, *call, task), task);
  };
}

// A token's numbers of a head, packed.
int64_t keep_scratch(const AttendCall& call) { return (call.k.width + 64) * int64_t{sizeof(float)}; }

Status attend(Binder& binder) {
  AttendCall call;
  TRY(call.q, binder.dense_value(kAttendQ));
  const State* state = binder.state();
  call.source = state && state->source;
  call.within_keys = state && !call.source && state->values_within_keys();
  if (call.source) {
    TRY_STATUS(binder.fits(!binder.given(kAttendK) && !binder.given(kAttendV)));
    call.k.heads = state->key_heads;
    call.k.width = state->key_width;
    call.v.heads = state->value_heads;
    call.v.width = state->value_width;
  } else {
    TRY(call.k, binder.dense_value(kAttendK));
    if (call.within_keys) {
      const State shape = state_of(binder.step());
      call.v.heads = shape.value_heads;
      call.v.width = shape.value_width;
    } else {
      TRY(call.v, binder.dense_value(kAttendV));
    }
  }
  TRY(call.out, binder.dense_result());
  const int64_t heads = call.q.heads;
  auto divides = [&](int64_t part) { return part > 0 && part <= heads && heads % part == 0; };
  TRY_STATUS(binder.fits(call.k.width == call.q.width && divides(call.k.heads) && divides(call.v.heads) &&
                         call.out.heads == 1 && call.out.width == heads * call.v.width));
  if (binder.given(kAttendKeep)) {
    TRY(call.chosen, binder.indices(kAttendKeep));
    TRY_STATUS(binder.fits(call.chosen.heads == 1 && call.chosen.step == 1));
  }
  for (auto [i, labels] : {std::pair{kAttendTogether, &call.together}, {kAttendGroups, &call.groups}}) {
    if (!binder.given(i)) continue;
    TRY(*labels, binder.value(i));
    TRY_STATUS(binder.fits(labels->heads == 1 && labels->width == 1 && !call.chosen));
  }
  // Heads that have both their keys and their values in common, as many as are computed at once.
  int64_t sharing = std::gcd(heads / call.k.heads, heads / call.v.heads);
  for (int64_t n = 1; n <= std::min(sharing, kQueries); ++n) {
    if (sharing % n == 0) call.heads_at_once = n;
  }
  call.scale =
      static_cast<float>(binder.number_or(kAttendScale, 1 / std::sqrt(static_cast<double>(call.q.width))));
  call.cap = static_cast<float>(binder.number_or(kAttendCap, 0));
  call.window = static_cast<int64_t>(binder.number_or(kAttendWindow, 0));
  call.chunk = static_cast<int64_t>(binder.number_or(kAttendChunk, 0));
  call.causal = binder.number_or(kAttendCausal, 1) != 0;
  if (call.source) {  // all of it is seen, from wherever
    TRY_STATUS(binder.fits(!call.causal && call.window == 0 && call.chunk == 0 && !call.together &&
                           !call.groups && !call.chosen && !binder.step().bias));
  }
  TRY_STATUS(bind_bias(binder, call));
  if (binder.given(kAttendSinks)) {
    TRY(Input sinks, binder.tensor(kAttendSinks));
    TRY_STATUS(binder.fits(sinks.row == 0 && sinks.heads * sinks.width == heads));
    call.sinks = sinks.data;
  }
  const void* where = nullptr;  // stands for the state in what calls touch
  if (state) {
    TRY_STATUS(binder.fits(state->memory == Memory::keys_values &&
                           (call.source || fits_state(*state, state_of(binder.step())))));
    call.state = binder.step().state;
    call.table = state->table;
    where = state;
  } else {
    State shape = state_of(binder.step());
    std::vector<State> own = states_of_batches(binder.plan());
    auto at =
        std::find_if(own.begin(), own.end(), [&](const State& each) { return same_shape(each, shape); });
    call.state = static_cast<int32_t>(at - own.begin());
    call.remembered = false;
    where = &*std::find_if(binder.plan().steps.begin(), binder.plan().steps.end(), [&](const Step& step) {
      return remembers_nothing(step) && same_shape(state_of(step), shape);
    });
  }
  binder.need_scratch(kQueries * (kBlockRoom + (call.v.width + 31) / 32 * 32) * int64_t{sizeof(float)});
  binder.need_scratch(keep_scratch(call));

  const auto* kept = binder.keep(call);
  const AttendKernels kernels = kAttention[binder.isa()]();
  // Two calls with one state have the same keys and values, which are put there once.
  if (!call.source && (!call.remembered || binder.first_use_of_state())) {
    std::vector<Touch> touches = {
        binder.touch_of_argument(kAttendK), binder.touch(call.k, false), {where, 1, true}};
    if (!call.within_keys) {
      touches.push_back(binder.touch_of_argument(kAttendV));
      touches.push_back(binder.touch(call.v, false));
    }
    binder.add_alone(Split::rows, Rows::tokens, keep(kernels, kept), std::move(touches));
  }
  auto attend = [kept, kernels](const Task& task) {
    kernels.attend(*kept, kept_keys(kernels, *kept, task), kept_values(kernels, *kept, task), task);
  };
  binder.add(Split::free, attend, {{where, 1, false}});
  return {};
}

Status remember(Binder& binder) {
  AttendCall call;
  TRY(call.k, binder.dense_value(0));
  TRY(call.v, binder.dense_value(1));
  const State* state = binder.state();
  TRY_STATUS(binder.fits(state && state->source && same_shape(*state, state_of(binder.step()))));
  call.state = binder.step().state;
  call.table = state->table;
  binder.need_scratch(keep_scratch(call));
  binder.add_alone(Split::rows, Rows::tokens, keep(kAttention[binder.isa()](), binder.keep(call)),
                   {binder.touch_of_argument(0),
                    binder.touch_of_argument(1),
                    binder.touch(call.k, false),
                    binder.touch(call.v, false),
                    {state, 1, true}});
  return {};
}

Status indexer(Binder& binder) {
  IndexerCall call;
  TRY(call.q, binder.dense_value(0));
  TRY(call.k, binder.dense_value(1));
  TRY(call.weights, binder.dense_value(2));
  TRY(call.out, binder.dense_result());
  const State* state = binder.state();
  TRY_STATUS(binder.fits(state && state->memory == Memory::keys && state->key_heads == 1 &&
                         state->key_width == call.k.width && call.k.heads == 1 &&
                         call.k.width == call.q.width && call.weights.heads == 1 &&
                         call.weights.width == call.q.heads && call.out.heads == 1 &&
                         binder.number_or(3, 0) == static_cast<double>(call.out.width)));
  call.best = {reinterpret_cast<int32_t*>(call.out.data),
               call.out.rows,
               1,
               call.out.width,
               call.out.row,
               call.out.head,
               1};
  call.v.heads = 0;
  call.state = binder.step().state;
  call.table = state->table;
  binder.need_scratch(kQueries * kBlockRoom * int64_t{sizeof(float)} +
                      call.out.width * int64_t{sizeof(ScoredKey)});
  binder.need_scratch(keep_scratch(call));
  const auto* kept = binder.keep(call);
  const AttendKernels kernels = kAttention[binder.isa()]();
  binder.add_alone(Split::rows, Rows::tokens, keep(kernels, kept),
                   {binder.touch_of_argument(1), binder.touch(call.k, false), {state, 1, true}});
  binder.add(Split::free,
             [kept, kernels](const Task& task) {
               kernels.choose(*kept, kernels.kept(task.frame.memory->options().key_type), task);
             },
             {{state, 1, false}});
  return {};
}

constexpr KernelRow kAttentionKernels[] = {
    {Op::attend, attend}, {Op::remember, remember}, {Op::indexer, indexer}};

}  // namespace

std::vector<State> states_of_batches(const Plan& plan) {
  std::vector<State> states;
  for (const Step& step : plan.steps) {
    if (!remembers_nothing(step)) continue;
    State shape = state_of(step);
    bool known =
        std::any_of(states.begin(), states.end(), [&](const State& each) { return same_shape(each, shape); });
    if (!known) states.push_back(shape);
  }
  return states;
}

namespace {
bool better(const ScoredKey& a, const ScoredKey& b) {
  return a.score > b.score || (a.score == b.score && a.place < b.place);
}
}  // namespace

int64_t keep_better(ScoredKey* heap, int64_t count, int64_t most, ScoredKey key) {
  if (count == most) std::pop_heap(heap, heap + count--, better);
  heap[count++] = key;
  std::push_heap(heap, heap + count, better);
  return count;
}

void write_places(const ScoredKey* heap, int64_t count, int32_t* places, int64_t most) {
  for (int64_t n = 0; n < most; ++n) places[n] = n < count ? heap[n].place : -1;
  std::sort(places, places + count);
}

std::span<const KernelRow> attention_kernels() { return kAttentionKernels; }

}  // namespace hearth::cpu
