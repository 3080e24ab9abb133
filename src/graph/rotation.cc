#include "graph/rotation.h"

#include <algorithm>
#include <cmath>

namespace hearth::arch {

namespace {

// Long wavelengths are interpolated by the factor, short ones kept, with a ramp between.
void apply_yarn(const RotationRule& rule, std::vector<double>& frequencies) {
  const RopeScaling& scaling = *rule.scaling;
  double d = static_cast<double>(rule.dim);
  auto corner = [&](double rotations) {
    return d * std::log(*scaling.original / (rotations * 2 * M_PI)) / (2 * std::log(rule.theta));
  };
  double low = corner(scaling.beta_fast.value_or(32)), high = corner(scaling.beta_slow.value_or(1));
  if (rule.truncate) {
    low = std::floor(low);
    high = std::ceil(high);
  }
  low = std::max(low, 0.0);
  high = std::min(high, d - 1);
  for (size_t i = 0; i < frequencies.size(); ++i) {
    double ramp = std::clamp((static_cast<double>(i) - low) / std::max(high - low, 0.001), 0.0, 1.0);
    frequencies[i] = frequencies[i] * (1 - ramp) + frequencies[i] / *scaling.factor * ramp;
  }
}

// The base of dynamic scaling: made larger for the longest sequence rather than for each as it grows, because keys
// that are kept cannot be turned again.
double stretched_base(const RotationRule& rule) {
  const RopeScaling& scaling = *rule.scaling;
  double original = scaling.original.value_or(0), length = scaling.length.value_or(0);
  if (length <= original || rule.dim <= 2) return rule.theta;
  double d = static_cast<double>(rule.dim);
  return rule.theta * std::pow(*scaling.factor * length / original - (*scaling.factor - 1), d / (d - 2));
}

Result<std::vector<double>> divided(std::vector<double> frequencies, const std::vector<double>& factors) {
  if (factors.empty()) return frequencies;
  if (factors.size() != frequencies.size()) {
    return fail("there are {} rotary factors for {} pairs", factors.size(), frequencies.size());
  }
  for (size_t i = 0; i < factors.size(); ++i) {
    if (!(std::abs(factors[i]) > 0)) return fail("rotary factor {} is {}", i, factors[i]);
    frequencies[i] /= factors[i];
  }
  return frequencies;
}

}  // namespace

Result<Rotation> work_out(const RotationRule& rule) {
  if (rule.dim <= 0 || rule.dim % 2 != 0)
    return fail("rope turns an even number of values, not {}", rule.dim);
  if (!(rule.theta > 0)) return fail("rope's base must be positive; it is {}", rule.theta);
  Rotation rotation;
  rotation.dim = rule.dim;
  rotation.adjacent = rule.adjacent;
  bool dynamic = rule.scaling && rule.scaling->type == "dynamic";
  if (dynamic && !(rule.scaling->original.value_or(0) > 0))
    return fail("dynamic scaling needs the original context length");
  double theta = dynamic ? stretched_base(rule) : rule.theta;
  std::vector<double> base(static_cast<size_t>(rule.dim / 2));
  for (size_t i = 0; i < base.size(); ++i) {
    base[i] = std::pow(theta, -2.0 * static_cast<double>(i) / static_cast<double>(rule.dim));
  }
  TRY(rotation.frequencies, divided(base, rule.factors));
  double magnitude = 1;
  if (rule.scaling) {
    const RopeScaling& scaling = *rule.scaling;
    magnitude = scaling.attn.value_or(1);
    if (scaling.type == "linear") {
      for (double& f : rotation.frequencies) f /= *scaling.factor;
    } else if (scaling.type == "yarn") {
      if (!(scaling.original.value_or(0) > 0)) return fail("yarn scaling needs the original context length");
      apply_yarn(rule, rotation.frequencies);
      magnitude *= 0.1 * std::log(*scaling.factor) + 1;
    } else if (scaling.type == "longrope") {
      if (!(scaling.original.value_or(0) > 0))
        return fail("longrope scaling needs the original context length");
      TRY(rotation.long_frequencies, divided(base, rule.long_factors));
      rotation.original = static_cast<int64_t>(*scaling.original);
    }
  }
  rotation.magnitude = static_cast<float>(rule.magnitude.value_or(magnitude));
  return rotation;
}

}  // namespace hearth::arch
