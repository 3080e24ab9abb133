namespace hearth::HEARTH_SIMD {

struct Iq4_xs {
  static constexpr int kStep = 256, kStepBytes = sizeof(Iq4_xsBlock);

  template <class Emit>
  static HEARTH_INLINE void decode(const std::byte* p, Emit emit) {
    Iq4_xsBlock head;
    std::memcpy(&head, p, offsetof(Iq4_xsBlock, q));
    float d = load_half(p);
    constexpr int n = 16 / kLanes;
    for (int group = 0; group < 8; ++group) {
      F scale = set(d * static_cast<float>(head.scale(group)));
      const std::byte* q = p + offsetof(Iq4_xsBlock, q) + 16 * group;
      for (int i = 0; i < n; ++i)
        emit(2 * n * group + i, scale * lookup(kIq4Values, load_u8(q + i * kLanes)));
      for (int i = 0; i < n; ++i) {
        emit(2 * n * group + n + i, scale * lookup(kIq4Values, right<4>(load_u8(q + i * kLanes))));
      }
    }
  }
};

}  // namespace hearth::HEARTH_SIMD
