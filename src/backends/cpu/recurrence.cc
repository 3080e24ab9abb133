#include "backends/cpu/recurrence.h"

#include <cmath>
#include <cstring>

#include "backends/cpu/binder.h"
#include "simd/math.h"

#define HEARTH_BODY "backends/cpu/recurrence.inl"
#include "simd/each_isa.inl"

namespace hearth::cpu {

namespace {

constexpr PerIsa<RecurrenceKernel (*)(Op)> kRecurrences = HEARTH_PER_ISA(recurrence);
constexpr PerIsa<ConvolutionKernel> kConvolve = HEARTH_PER_ISA(convolve);

// A slot of so many numbers must be there.
bool remembers(const Binder& binder, int64_t floats) {
  const State* state = binder.state();
  return state && state->memory == Memory::slot && state->slot_floats == floats;
}

bool shaped(const Input& x, int64_t heads, int64_t width) { return x.heads == heads && x.width == width; }

// An input of one number for each head is repeated for every row of the state.
Input stretched(Input x, int64_t keys) {
  if (x.width == 1 && keys > 1) x.step = 0;
  return x;
}

Status add_call(Binder& binder, const RecurrenceCall& call) {
  binder.need_scratch((call.keys + 15) / 16 * 16 * int64_t{sizeof(float)});
  const auto* kept = binder.keep(call);
  RecurrenceKernel kernel = kRecurrences[binder.isa()](binder.step().op);
  binder.add(Split::free, [kept, kernel](const Task& task) { kernel(*kept, task); });
  return {};
}

// Inputs of [H or fewer, K], `values` being the one of [H, V].
Result<RecurrenceCall> start(Binder& binder, int inputs, int values, int keys) {
  RecurrenceCall call;
  for (int i = 0; i < inputs; ++i) { TRY(call.in[i], binder.tensor(static_cast<size_t>(i))); }
  TRY(call.in[values], binder.dense_value(static_cast<size_t>(values)));
  TRY(call.out, binder.dense_result());
  call.heads = call.in[values].heads;
  call.values = call.in[values].width;
  call.keys = call.in[keys].width;
  call.state = binder.step().state;
  TRY_STATUS(binder.fits(call.out.heads == call.heads && call.out.width == call.values &&
                         remembers(binder, call.heads * call.keys * call.values)));
  return call;
}

Status scan(Binder& binder) {
  TRY(RecurrenceCall call, start(binder, 5, 0, 3));
  int64_t groups = call.in[3].heads;
  TRY_STATUS(binder.fits(shaped(call.in[1], 1, call.heads) && shaped(call.in[4], groups, call.keys) &&
                         call.heads % groups == 0 && call.in[2].heads == call.heads &&
                         (call.in[2].width == call.keys || call.in[2].width == 1)));
  call.in[2] = stretched(call.in[2], call.keys);
  return add_call(binder, call);
}

Status delta(Binder& binder) {
  TRY(RecurrenceCall call, start(binder, 5, 2, 1));
  int64_t groups = call.in[1].heads;
  TRY_STATUS(binder.fits(
      shaped(call.in[0], groups, call.keys) && call.heads % groups == 0 && call.in[3].heads == call.heads &&
      (call.in[3].width == call.keys || call.in[3].width == 1) && shaped(call.in[4], call.heads, 1)));
  call.in[3] = stretched(call.in[3], call.keys);
  call.scale = static_cast<float>(binder.number_or(5, 1 / std::sqrt(static_cast<double>(call.keys))));
  return add_call(binder, call);
}

Status wkv6(Binder& binder) {
  TRY(RecurrenceCall call, start(binder, 5, 2, 1));
  for (int i : {0, 1, 3}) TRY_STATUS(binder.fits(shaped(call.in[i], call.heads, call.keys)));
  TRY(call.in[4], binder.operand(4, call.heads, call.keys));
  return add_call(binder, call);
}

Status wkv7(Binder& binder) {
  TRY(RecurrenceCall call, start(binder, 6, 3, 2));
  for (int i : {0, 1, 2, 4, 5}) TRY_STATUS(binder.fits(shaped(call.in[i], call.heads, call.keys)));
  return add_call(binder, call);
}

Status conv1d(Binder& binder) {
  ConvolutionCall call;
  TRY(call.in, binder.dense_value(0));
  TRY(call.out, binder.dense_result());
  TRY(Input weights, binder.tensor(1));
  bool causal = binder.number_or(2, 1) != 0;
  const int64_t channels = weights.heads;
  call.taps = weights.width;
  call.before = causal ? call.taps - 1 : (call.taps - 1) / 2;
  TRY_STATUS(binder.fits(weights.row == 0 && call.in.heads == 1 && call.in.width == channels &&
                         call.out.heads == 1 && call.out.width == channels));
  if (causal && call.taps > 1) {
    TRY_STATUS(binder.fits(remembers(binder, call.before * channels)));
    call.state = binder.step().state;
  }
  std::vector<float> turned(static_cast<size_t>(call.taps * channels));
  for (int64_t c = 0; c < channels; ++c) {
    for (int64_t j = 0; j < call.taps; ++j) turned[j * channels + c] = weights.data[c * call.taps + j];
  }
  call.weights = binder.keep(std::move(turned))->data();
  std::span<const float> bias = binder.weight(1).bias;
  TRY_STATUS(binder.fits(bias.empty() || static_cast<int64_t>(bias.size()) == channels));
  call.bias = bias.empty() ? nullptr : bias.data();
  const auto* kept = binder.keep(call);
  ConvolutionKernel kernel = kConvolve[binder.isa()];
  binder.add(Split::free, [kept, kernel, causal](const Task& task) {
    for (const Batch::Run& run : task.frame.batch->runs) {
      if (!causal && run.past > 0) {
        task.frame.fault.note(
            fmt::format("all tokens of a sequence are needed at once; {} came before", run.past));
      }
    }
    kernel(*kept, task);
  });
  return {};
}

struct ShiftCall {
  Input in;
  Output out;
  int32_t state;
};

void shift_runs(const ShiftCall& call, const Task& task) {
  const auto& runs = task.frame.batch->runs;
  const size_t bytes = static_cast<size_t>(call.in.width) * sizeof(float);
  for (Worker::Range r; task.take(static_cast<int64_t>(runs.size()) * call.in.heads, 1, r);) {
    const Batch::Run& run = runs[r.begin / call.in.heads];
    int64_t h = r.begin % call.in.heads;
    float* before = task.frame.memory->slot(call.state, run.slot) + h * call.in.width;
    std::memcpy(call.out.at(run.first, h), before, bytes);
    for (int64_t t = run.first + 1; t < run.first + run.count; ++t) {
      std::memcpy(call.out.at(t, h), call.in.at(t - 1, h), bytes);
    }
    std::memcpy(before, call.in.at(run.first + run.count - 1, h), bytes);
  }
}

Status shift(Binder& binder) {
  ShiftCall call;
  TRY(call.in, binder.dense_value(0));
  TRY(call.out, binder.dense_result());
  TRY_STATUS(binder.fits(call.in.heads == call.out.heads && call.in.width == call.out.width &&
                         remembers(binder, call.in.heads * call.in.width)));
  call.state = binder.step().state;
  const auto* kept = binder.keep(call);
  binder.add(Split::free, [kept](const Task& task) { shift_runs(*kept, task); });
  return {};
}

constexpr KernelRow kRecurrenceKernels[] = {
    {Op::shift, shift}, {Op::conv1d, conv1d}, {Op::scan, scan},
    {Op::delta, delta}, {Op::wkv6, wkv6},     {Op::wkv7, wkv7},
};

}  // namespace

std::span<const KernelRow> recurrence_kernels() { return kRecurrenceKernels; }

}  // namespace hearth::cpu
