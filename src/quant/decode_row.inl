namespace hearth::HEARTH_SIMD {

struct StoreEach {
  float* to;
  HEARTH_INLINE void operator()(int i, F v) const { store(to + i * kLanes, v); }
};

template <class D>
void decode_row(const std::byte* from, float* to, int64_t count) {
  int64_t i = 0;
  for (; i + D::kStep <= count; i += D::kStep, from += D::kStepBytes) D::decode(from, StoreEach{to + i});
  if constexpr (D::kStep == kLanes) {
    if (i < count) store(to + i, D::part(from, static_cast<int>(count - i)), static_cast<int>(count - i));
  }
}

}  // namespace hearth::HEARTH_SIMD
