namespace hearth::HEARTH_SIMD {

struct Tq1_0 {
  static constexpr int kStep = 256, kStepBytes = sizeof(Tq1_0Block);

  template <class Emit>
  static HEARTH_INLINE void decode(const std::byte* p, Emit emit) {
    F d = set(load_half(p + offsetof(Tq1_0Block, d)));
    run<32>(p, d, 0, emit);
    run<16>(p + 32, d, 160 / kLanes, emit);
    // The last numbers' bytes, each moved on by as many digits as its place is down the row.
    uint8_t rest[16];
    for (int i = 0; i < 16; ++i) {
      constexpr uint8_t kPowers[4] = {1, 3, 9, 27};
      rest[i] =
          static_cast<uint8_t>(static_cast<uint8_t>(p[offsetof(Tq1_0Block, last) + i % 4]) * kPowers[i / 4]);
    }
    for (int i = 0; i < 16 / kLanes; ++i) {
      I three = thrice(load_u8(rest + i * kLanes));
      emit(240 / kLanes + i, d * to_float(right<8>(three) - set(1)));
    }
  }

 private:
  static HEARTH_INLINE I thrice(I a) { return a + left<1>(a); }

  // Five numbers of each byte, the first of all, then the second.
  template <int bytes, class Emit>
  static HEARTH_INLINE void run(const std::byte* q, F d, int at, Emit& emit) {
    constexpr int n = bytes / kLanes;
    I rest[n];
    for (int i = 0; i < n; ++i) rest[i] = load_u8(q + i * kLanes);
    for (int digit = 0; digit < 5; ++digit) {
      for (int i = 0; i < n; ++i) {
        I three = thrice(rest[i]);
        emit(at++, d * to_float(right<8>(three) - set(1)));
        rest[i] = three & set(255);
      }
    }
  }
};

}  // namespace hearth::HEARTH_SIMD
