#include "backends/cpu/mixture.h"

#include <cmath>
#include <cstring>

#include "backends/cpu/binder.h"
#include "simd/vocabulary.h"

#define HEARTH_BODY "backends/cpu/mixture.inl"
#include "simd/each_isa.inl"

namespace hearth::cpu {

namespace {

constexpr PerIsa<MixKernel> kMix = HEARTH_PER_ISA(mix);

Status add_mix(Binder& binder, const MixCall& call) {
  const auto* kept = binder.keep(call);
  MixKernel kernel = kMix[binder.isa()];
  binder.add(Split::rows, [kept, kernel](const Task& task) { kernel(*kept, task); });
  return {};
}

Status mix(Binder& binder) {
  MixCall call;
  TRY(call.w, binder.tensor(0));
  TRY(call.y, binder.dense_value(1));
  TRY(call.out, binder.dense_result());
  TRY_STATUS(binder.fits(call.w.width == call.y.heads && call.w.heads == call.out.heads &&
                         call.y.width == call.out.width));
  return add_mix(binder, call);
}

Status total(Binder& binder) {
  MixCall call;
  TRY(call.y, binder.dense_value(0));
  TRY(call.out, binder.dense_result());
  TRY_STATUS(binder.fits(call.out.heads == 1 && call.y.width == call.out.width));
  return add_mix(binder, call);
}

struct PickCall {
  Input p, bias;  // bias: data is null where there is none
  Array<int32_t> chosen;
  Output weights;
  int64_t groups, used;
};

// Finds the largest of `count` scores that is still open, lower indices first; what is no number comes last.
// Takes it out by closing it.
int64_t take_largest(const float* scores, uint8_t* open, int64_t count) {
  int64_t best = -1;
  float most = 0;
  for (int64_t i = 0; i < count; ++i) {
    float score = std::isnan(scores[i]) ? -INFINITY : scores[i];
    if (open[i] && (best < 0 || score > most)) best = i, most = score;
  }
  open[best] = 0;
  return best;
}

// The scratch holds the scores, the groups' scores, and which of each are open.
void pick_rows(const PickCall& call, const Task& task) {
  const int64_t n = call.p.width, size = n / call.groups;
  float *scores = reinterpret_cast<float*>(task.scratch), *best = scores + n;
  auto *open = reinterpret_cast<uint8_t*>(best + call.groups), *open_groups = open + n;
  auto [begin, end] = task.rows(call.weights.rows);
  for (int64_t t = begin; t < end; ++t) {
    const float* p = call.p.at(t, 0);
    for (int64_t i = 0; i < n; ++i) {
      scores[i] = p[i * call.p.step];
      if (call.bias) scores[i] += call.bias.at(t, 0)[i * call.bias.step];
    }
    std::memset(open, 1, static_cast<size_t>(n));
    if (call.used < call.groups) {
      for (int64_t g = 0; g < call.groups; ++g) {
        best[g] = 0;
        for (int64_t k = 0; k < 2 && k < size; ++k) {
          best[g] += scores[g * size + take_largest(scores + g * size, open + g * size, size)];
        }
      }
      std::memset(open, 0, static_cast<size_t>(n));
      std::memset(open_groups, 1, static_cast<size_t>(call.groups));
      for (int64_t k = 0; k < call.used; ++k) {
        int64_t g = take_largest(best, open_groups, call.groups);
        std::memset(open + g * size, 1, static_cast<size_t>(size));
      }
    }
    for (int64_t k = 0; k < call.weights.width; ++k) {
      int64_t i = take_largest(scores, open, n);
      call.chosen.at(t, 0)[k] = static_cast<int32_t>(i);
      call.weights.at(t, 0)[k] = p[i * call.p.step];
    }
  }
}

Status pick(Binder& binder) {
  PickCall call;
  TRY(call.p, binder.value(0));
  TRY(double k, binder.number(1));
  if (binder.given(2)) { TRY(call.bias, binder.operand(2, 1, call.p.width)); }
  TRY_STATUS(binder.fits(binder.step().results.size() == 2));
  TRY(Output chosen, binder.dense_result(0));
  TRY(call.weights, binder.dense_result(1));
  call.chosen = {
      reinterpret_cast<int32_t*>(chosen.data), chosen.rows, 1, chosen.width, chosen.row, chosen.head, 1};
  TRY_STATUS(binder.fits(call.p.heads == 1 && chosen.heads == 1 && call.weights.heads == 1 &&
                         chosen.width == call.weights.width && static_cast<double>(chosen.width) == k));
  double groups = binder.number_or(3, 1), used = binder.number_or(4, 1);
  const int64_t n = call.p.width;
  if (!(groups >= 1 && groups <= static_cast<double>(n)) || !(used >= 1 && used <= groups) ||
      n % static_cast<int64_t>(groups) != 0 ||
      chosen.width > static_cast<int64_t>(used) * (n / static_cast<int64_t>(groups))) {
    return fail("{} of {} cannot be picked from {} of {} groups", chosen.width, n, used, groups);
  }
  call.groups = static_cast<int64_t>(groups);
  call.used = static_cast<int64_t>(used);
  binder.need_scratch((n + call.groups) * int64_t{sizeof(float) + 1});
  const auto* kept = binder.keep(call);
  binder.add(Split::rows, [kept](const Task& task) { pick_rows(*kept, task); });
  return {};
}

constexpr KernelRow kMixtureKernels[] = {{Op::mix, mix}, {Op::total, total}, {Op::pick, pick}};

}  // namespace

std::span<const KernelRow> mixture_kernels() { return kMixtureKernels; }

}  // namespace hearth::cpu
