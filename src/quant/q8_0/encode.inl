namespace hearth::HEARTH_SIMD {

// The largest magnitude becomes 127.
void encode_q8_0(const float* from, const float* /*importance*/, std::byte* to, int64_t count) {
  for (; count > 0; count -= 32, from += 32, to += sizeof(Q8_0Block)) {
    float largest = 0;
    for (int i = 0; i < 32; ++i) largest = std::max(largest, std::fabs(from[i]));
    float d = largest / 127, inverse = d > 0 ? 1 / d : 0;
    Q8_0Block block;
    block.d = f16_from_f32(d);
    for (int i = 0; i < 32; ++i) {
      block.q[i] = static_cast<int8_t>(std::clamp(std::round(from[i] * inverse), -127.0f, 127.0f));
    }
    std::memcpy(to, &block, sizeof block);
  }
}

}  // namespace hearth::HEARTH_SIMD
