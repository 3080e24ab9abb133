#include "backends/cpu/attention.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "backends/cpu/binder.h"
#include "simd/math.h"

#define HEARTH_BODY "backends/cpu/attention.inl"
#include "simd/each_isa.inl"

namespace hearth::cpu {

namespace {

constexpr PerIsa<AttendKernels (*)(Type, Type)> kAttention = HEARTH_PER_ISA(attention);

State state_of(const Step& step) {
  State state;
  state.memory = Memory::keys_values;
  const View &k = step.arguments[kAttendK].view, &v = step.arguments[kAttendV].view;
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

Status attend(Binder& binder) {
  AttendCall call;
  TRY(call.q, binder.dense_value(kAttendQ));
  TRY(call.k, binder.dense_value(kAttendK));
  TRY(call.v, binder.dense_value(kAttendV));
  TRY(call.out, binder.dense_result());
  const int64_t heads = call.q.heads;
  auto divides = [&](int64_t part) { return part <= heads && heads % part == 0; };
  TRY_STATUS(binder.fits(call.k.width == call.q.width && divides(call.k.heads) && divides(call.v.heads) &&
                         call.out.heads == 1 && call.out.width == heads * call.v.width));
  if (binder.given(kAttendKeep)) return fail("`keep` is not supported yet");
  for (auto [i, labels] : {std::pair{kAttendTogether, &call.together}, {kAttendGroups, &call.groups}}) {
    if (!binder.given(i)) continue;
    TRY(*labels, binder.value(i));
    TRY_STATUS(binder.fits(labels->heads == 1 && labels->width == 1));
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
  TRY_STATUS(bind_bias(binder, call));
  if (binder.given(kAttendSinks)) {
    TRY(Input sinks, binder.tensor(kAttendSinks));
    TRY_STATUS(binder.fits(sinks.row == 0 && sinks.heads * sinks.width == heads));
    call.sinks = sinks.data;
  }
  State shape = state_of(binder.step());
  const void* where = nullptr;  // stands for the state in what calls touch
  if (const State* state = binder.state()) {
    TRY_STATUS(binder.fits(state->memory == Memory::keys_values && same_shape(*state, shape)));
    call.state = binder.step().state;
    call.table = state->table;
    where = state;
  } else {
    std::vector<State> own = states_of_batches(binder.plan());
    auto at =
        std::find_if(own.begin(), own.end(), [&](const State& each) { return same_shape(each, shape); });
    call.state = static_cast<int32_t>(at - own.begin());
    call.remembered = false;
    where = &*std::find_if(binder.plan().steps.begin(), binder.plan().steps.end(), [&](const Step& step) {
      return remembers_nothing(step) && same_shape(state_of(step), shape);
    });
  }
  binder.need_scratch(kQueries * (kBlock + (call.v.width + 15) / 16 * 16) * int64_t{sizeof(float)});

  const auto* kept = binder.keep(call);
  auto kernels = kAttention[binder.isa()];
  auto chosen = [kept, kernels](const Task& task) {
    const MemoryOptions& options = (kept->remembered ? task.frame.memory : task.frame.own)->options();
    return kernels(options.key_type, options.value_type);
  };
  // Two calls with one state have the same keys and values, which are put there once.
  if (!call.remembered || binder.first_use_of_state()) {
    binder.add_alone(Split::rows, Rows::tokens,
                     [kept, chosen](const Task& task) { chosen(task).keep(*kept, task); },
                     {binder.touch_of_argument(kAttendK),
                      binder.touch_of_argument(kAttendV),
                      binder.touch(call.k, false),
                      binder.touch(call.v, false),
                      {where, 1, true}});
  }
  binder.add(Split::free, [kept, chosen](const Task& task) { chosen(task).attend(*kept, task); },
             {{where, 1, false}});
  return {};
}

constexpr KernelRow kAttentionKernels[] = {{Op::attend, attend}};

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

std::span<const KernelRow> attention_kernels() { return kAttentionKernels; }

}  // namespace hearth::cpu
