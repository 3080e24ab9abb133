// Rotary positions.
#include <cmath>

#include "ops/reference_kernels.h"

namespace hearth::reference {

namespace {

Status rope(Call& call) {
  if (!call.step.rotation) return fail("no rotation is given");
  const Rotation& rotation = *call.step.rotation;
  const Tensor &x = call.in[0].value, &where = call.in[1].value;
  Tensor& y = call.out[0];
  auto pairs = static_cast<size_t>(rotation.dim / 2);
  auto fits_pairs = [&](const auto& list) { return list.empty() || list.size() == pairs; };
  bool listed = rotation.angles || rotation.frequencies.size() == pairs;
  int64_t width = rotation.angles ? rotation.dim / 2 : rotation.axis.empty() ? 1 : 3;
  TRY_STATUS(fits(call, x.heads == y.heads && x.width == y.width && rotation.dim >= 0 &&
                            rotation.dim % 2 == 0 && rotation.dim <= x.width && listed && where.heads == 1 &&
                            where.width == width && fits_pairs(rotation.axis) &&
                            fits_pairs(rotation.long_frequencies)));
  for (uint8_t axis : rotation.axis) {
    if (axis > 2) return fail("a position has three axes; number {} is asked for", axis);
  }
  y.cells = x.cells;
  for (int64_t t = 0; t < y.rows; ++t) {
    bool far = !rotation.long_frequencies.empty() && call.run_of(call.token(t)).long_context;
    const std::vector<double>& frequencies = far ? rotation.long_frequencies : rotation.frequencies;
    for (int64_t pair = 0; pair < rotation.dim / 2; ++pair) {
      double angle = rotation.angles ? where.at(t, 0, pair)
                                     : where.index(t, 0, rotation.axis.empty() ? 0 : rotation.axis[pair]) *
                                           frequencies[pair];
      double c = std::cos(angle) * rotation.magnitude, s = std::sin(angle) * rotation.magnitude;
      int64_t i = rotation.adjacent ? 2 * pair : pair;
      int64_t j = rotation.adjacent ? i + 1 : i + rotation.dim / 2;
      for (int64_t h = 0; h < y.heads; ++h) {
        double p = x.at(t, h, i), q = x.at(t, h, j);
        y.at(t, h, i) = static_cast<float>(p * c - q * s);
        y.at(t, h, j) = static_cast<float>(p * s + q * c);
      }
    }
  }
  return {};
}

constexpr KernelRow kPositionsKernels[] = {{Op::rope, "xx", 1, rope}};

}  // namespace

std::span<const KernelRow> position_kernels() { return kPositionsKernels; }

}  // namespace hearth::reference
