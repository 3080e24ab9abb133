namespace hearth::HEARTH_SIMD {

// The importance of numbers that are all alike.
inline constexpr auto kAlike = [] {
  std::array<float, 256> ones{};
  for (float& one : ones) one = 1;
  return ones;
}();

// A row of blocks of n numbers. `encode` makes one of them; where no number of a block counts, all count alike. A type whose
// scales are floats has a decoder here, and its errors are straightened.
template <class Block, int n, DecodeRow decode = nullptr>
void encode_row(const float* from, const float* importance, std::byte* to, int64_t count,
                void (*encode)(const float* x, const float* w, Block& block)) {
  static_assert(n <= kAlike.size());
  for (int64_t i = 0; i < count; i += n, to += sizeof(Block)) {
    const float* w = importance && sum(importance + i, n) > 0 ? importance + i : kAlike.data();
    Block block{};
    encode(from + i, w, block);
    if constexpr (decode != nullptr) straighten<n, decode>(from + i, w, 1, block);
    std::memcpy(to, &block, sizeof block);
  }
}

// Numbers 0 to 15 in the low halves of 16 bytes, 16 to 31 in the high ones.
HEARTH_INLINE void pack_halves(const uint8_t* codes, uint8_t* q) {
  for (int i = 0; i < 16; ++i) q[i] = static_cast<uint8_t>((codes[i] & 15) | codes[i + 16] << 4);
}
// Bit i of four bytes: the fifth bit of number i.
HEARTH_INLINE void pack_fifth_bits(const uint8_t* codes, uint8_t* high) {
  for (int i = 0; i < 32; ++i) high[i / 8] |= static_cast<uint8_t>((codes[i] >> 4) << (i % 8));
}

// 256 numbers in 64 bytes, 2 bits of each: each half is four runs of 32; run r is pair r of bits of 32 bytes.
template <int shift>
HEARTH_INLINE void pack_pairs(const uint8_t* codes, uint8_t* q) {
  for (int i = 0; i < 64; ++i) {
    const uint8_t* run = codes + i / 32 * 128 + i % 32;
    int pairs = 0;
    for (int r = 0; r < 4; ++r) pairs |= (run[32 * r] >> shift & 3) << (2 * r);
    q[i] = static_cast<uint8_t>(pairs);
  }
}

}  // namespace hearth::HEARTH_SIMD
