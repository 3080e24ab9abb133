#include "backends/cpu/rope.h"

#include <cmath>

#include "backends/cpu/binder.h"
#include "simd/vocabulary.h"

#define HEARTH_BODY "backends/cpu/rope.inl"
#include "simd/each_isa.inl"

namespace hearth::cpu {

namespace {

constexpr PerIsa<RopeKernel> kRope = HEARTH_PER_ISA(rope);

struct TableCall {
  std::shared_ptr<const Rotation> rotation;
  Input where;  // positions (int32), or the angles themselves
  Output table;
};

// In double: an angle of 10^5 turns leaves a float no digit behind the point.
void make_table(const TableCall& call, const Task& task) {
  const Rotation& rotation = *call.rotation;
  auto [begin, end] = task.rows(call.table.rows);
  for (int64_t t = begin; t < end; ++t) {
    const float* where = call.where.at(t, 0);
    auto position = [&](int64_t axis) {
      return static_cast<double>(reinterpret_cast<const int32_t*>(where)[axis * call.where.step]);
    };
    bool far = !rotation.long_frequencies.empty() &&
               task.frame.run_of(task.frame.token(call.table.rows, t)).long_context;
    const std::vector<double>& frequencies = far ? rotation.long_frequencies : rotation.frequencies;
    float *c = call.table.at(t, 0), *s = c + rotation.dim;
    for (int64_t i = 0; i < rotation.dim / 2; ++i) {
      double angle = rotation.angles
                         ? static_cast<double>(where[i * call.where.step])
                         : position(rotation.axis.empty() ? 0 : rotation.axis[i]) * frequencies[i];
      float cos = static_cast<float>(std::cos(angle) * rotation.magnitude);
      float sin = static_cast<float>(std::sin(angle) * rotation.magnitude);
      if (rotation.adjacent) {
        c[2 * i] = c[2 * i + 1] = cos;
        s[2 * i] = -sin;
        s[2 * i + 1] = sin;
      } else {
        c[i] = cos;
        s[i] = sin;
      }
    }
  }
}

Result<Output> table_for(Binder& binder, const Input& where) {
  const auto& rotation = binder.step().rotation;
  const View& view = binder.step().arguments[1].view;
  // Angles are a value like any other, which changes from step to step.
  for (const Binder::Turns& turns : binder.turns()) {
    if (!rotation->angles && turns.buffer == view.buffer && turns.offset == view.offset &&
        *turns.rotation == *rotation) {
      return turns.table;
    }
  }
  TRY(Output table, binder.own(where.rows, 2 * rotation->dim));
  const auto* call = binder.keep(TableCall{rotation, where, table});
  binder.add_alone(Split::rows, where.rows, [call](const Task& task) { make_table(*call, task); },
                   {binder.touch(where, false), binder.touch(table, true)});
  binder.turns().push_back({rotation, view.buffer, view.offset, table});
  return table;
}

Status rope(Binder& binder) {
  if (!binder.step().rotation) return fail("no rotation is given");
  const Rotation& rotation = *binder.step().rotation;
  RopeCall call;
  TRY(call.in, binder.dense_value(0));
  TRY(Input where, binder.value(1));
  TRY(call.out, binder.dense_result());
  auto pairs = static_cast<size_t>(rotation.dim / 2);
  auto fits_pairs = [&](const auto& list) { return list.empty() || list.size() == pairs; };
  int64_t width = rotation.angles ? rotation.dim / 2 : rotation.axis.empty() ? 1 : 3;
  TRY_STATUS(binder.fits(call.in.heads == call.out.heads && call.in.width == call.out.width &&
                         rotation.dim >= 0 && rotation.dim % 2 == 0 && rotation.dim <= call.in.width &&
                         (rotation.angles || rotation.frequencies.size() == pairs) && where.heads == 1 &&
                         where.width == width && fits_pairs(rotation.axis) &&
                         fits_pairs(rotation.long_frequencies)));
  for (uint8_t axis : rotation.axis) {
    if (axis > 2) return fail("a position has three axes; number {} is asked for", axis);
  }
  TRY(Output table, table_for(binder, where));
  call.table = {table.data, table.rows, 1, table.width, table.row, table.head, 1};
  call.dim = rotation.dim;
  call.adjacent = rotation.adjacent;
  const auto* kept = binder.keep(call);
  RopeKernel kernel = kRope[binder.isa()];
  binder.add(Split::rows, [kept, kernel](const Task& task) { kernel(*kept, task); },
             {binder.touch(table, false)});
  return {};
}

constexpr KernelRow kRopeKernels[] = {{Op::rope, rope}};

}  // namespace

std::span<const KernelRow> rope_kernels() { return kRopeKernels; }

}  // namespace hearth::cpu
