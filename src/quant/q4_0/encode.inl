namespace hearth::HEARTH_SIMD {

// The number of largest magnitude becomes -8, since there is no 8.
void encode_q4_0(const float* from, const float* /*importance*/, std::byte* to, int64_t count) {
  for (; count > 0; count -= 32, from += 32, to += sizeof(Q4_0Block)) {
    float extreme = 0;
    for (int i = 0; i < 32; ++i) {
      if (std::fabs(from[i]) > std::fabs(extreme)) extreme = from[i];
    }
    float d = extreme / -8, inverse = d != 0 ? 1 / d : 0;
    auto code = [&](float x) {
      return static_cast<uint8_t>(std::clamp(std::floor(x * inverse + 8.5f), 0.0f, 15.0f));
    };
    Q4_0Block block;
    block.d = f16_from_f32(d);
    for (int i = 0; i < 16; ++i) block.q[i] = static_cast<uint8_t>(code(from[i]) | code(from[i + 16]) << 4);
    std::memcpy(to, &block, sizeof block);
  }
}

}  // namespace hearth::HEARTH_SIMD
