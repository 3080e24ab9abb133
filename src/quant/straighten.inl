namespace hearth::HEARTH_SIMD {

// Scales so small that they have few digits were chosen for those, and stay.
inline uint16_t grown(uint16_t scale, float growth) {
  const float before = f32_from_f16(scale), after = before * growth;
  return std::fabs(before) >= 0x1p-14f && std::fabs(after) <= 65504 ? f16_from_f32(after) : scale;
}

// The scale with the least error makes every number too small: the error that it leaves is at right angles to the
// codes, so that it leans against the numbers themselves, and by as much as is its share of their squares. Of a
// product's errors only this part does not average out; it makes the whole row's result smaller, at 2 bits by a
// tenth. So the scales grow until the error is at right angles to the numbers. That adds as much again of the error's
// share to its squares: little, and far less than it saves in what the model says (docs/quantization.md).
//
// x and w as the block was fitted to them; x is `unit` times the row's numbers.
template <int n, DecodeRow decode, class Block>
void straighten(const float* x, const float* w, float unit, Block& block) {
  float decoded[n];
  decode(reinterpret_cast<const std::byte*>(&block), decoded, n);
  Lanes self = lanes(0.0f), across = self;
  for (int i = 0; i < n; i += 16) {
    Lanes weighted = lanes(w + i) * lanes(x + i);
    self = self + weighted * lanes(x + i);
    across = across + weighted * (lanes(decoded + i) * lanes(unit));
  }
  // By a quarter at most: what errs by more than that stands for next to nothing of its numbers.
  const float growth = std::min(sum(self) / sum(across), 1.25f);
  if (!(growth > 0.5f)) return;
  if constexpr (requires { block.set_d(uint16_t{}); }) {
    block.set_d(grown(block.d(), growth));
  } else {
    block.d = grown(block.d, growth);
  }
  if constexpr (requires { block.dmin; }) block.dmin = grown(block.dmin, growth);
  if constexpr (requires { block.m; }) block.m = grown(block.m, growth);
}

}  // namespace hearth::HEARTH_SIMD
