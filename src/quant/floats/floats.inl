namespace hearth::HEARTH_SIMD {

struct F32 {
  static constexpr int kStep = kLanes, kStepBytes = 4 * kLanes;

  template <class Emit>
  static HEARTH_INLINE void decode(const std::byte* p, Emit emit) {
    emit(0, load(p));
  }
  static HEARTH_INLINE F part(const std::byte* p, int n) {
    float part[kLanes] = {};
    std::memcpy(part, p, 4 * n);
    return load(part);
  }
};

struct F16 {
  static constexpr int kStep = kLanes, kStepBytes = 2 * kLanes;

  template <class Emit>
  static HEARTH_INLINE void decode(const std::byte* p, Emit emit) {
    emit(0, load_f16(p));
  }
  static HEARTH_INLINE F part(const std::byte* p, int n) {
    uint16_t part[kLanes] = {};
    std::memcpy(part, p, 2 * n);
    return load_f16(part);
  }
};

struct Bf16 {
  static constexpr int kStep = kLanes, kStepBytes = 2 * kLanes;

  template <class Emit>
  static HEARTH_INLINE void decode(const std::byte* p, Emit emit) {
    emit(0, load_bf16(p));
  }
  static HEARTH_INLINE F part(const std::byte* p, int n) {
    uint16_t part[kLanes] = {};
    std::memcpy(part, p, 2 * n);
    return load_bf16(part);
  }
};

}  // namespace hearth::HEARTH_SIMD
