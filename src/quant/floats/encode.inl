namespace hearth::HEARTH_SIMD {

void encode_f32(const float* from, const float* /*importance*/, std::byte* to, int64_t count) {
  if (count > 0) std::memcpy(to, from, count * sizeof(float));
}

void encode_f16(const float* from, const float* /*importance*/, std::byte* to, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    uint16_t half = f16_from_f32(from[i]);
    std::memcpy(to + 2 * i, &half, sizeof half);
  }
}

void encode_bf16(const float* from, const float* /*importance*/, std::byte* to, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    uint16_t half = bf16_from_f32(from[i]);
    std::memcpy(to + 2 * i, &half, sizeof half);
  }
}

}  // namespace hearth::HEARTH_SIMD
