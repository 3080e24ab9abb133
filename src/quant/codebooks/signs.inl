namespace hearth::HEARTH_SIMD {

// Lane i of a, negative where bit i from address p on is set.
HEARTH_INLINE F flip(F a, const void* p) { return from_bits(bits(a) ^ spread_bits(p, INT32_MIN)); }

}  // namespace hearth::HEARTH_SIMD
