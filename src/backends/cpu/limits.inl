namespace hearth::HEARTH_SIMD {

// Reads all of it; what it returns depends on all of it, so that nothing is left out.
inline float read_all(const float* p, int64_t count) {
  F sums[8];
  for (F& s : sums) s = set(0.0f);
  for (int64_t i = 0; i + 8 * kLanes <= count; i += 8 * kLanes) {
    for (int k = 0; k < 8; ++k) sums[k] = sums[k] + load(p + i + k * kLanes);
  }
  float total = 0;
  for (const F& s : sums) total += sum(s);
  return total;
}

inline constexpr int kChains = kRegisters >= 32 ? 16 : kRegisters >= 16 ? 10 : 4;

// So many rounds of products in independent chains; the work of one round is fma_round().
inline float multiply_add(int64_t rounds, float by) {
  F sums[kChains];
  for (int k = 0; k < kChains; ++k) sums[k] = set(static_cast<float>(k));
  F a = set(by), b = set(1 - by);
  for (int64_t i = 0; i < rounds; ++i) {
    for (int k = 0; k < kChains; ++k) sums[k] = fma(sums[k], a, b);
  }
  float total = 0;
  for (const F& s : sums) total += sum(s);
  return total;
}
inline int64_t fma_round() { return int64_t{2} * kChains * kLanes; }

}  // namespace hearth::HEARTH_SIMD
