// Blocks of the file's formats taken apart into codes and scales, and these laid out as panels.
#include <bit>
#include <cstring>

#include "backends/cpu/pack.h"
#include "quant/block.h"
#include "quant/codebooks/codebooks.h"
#include "quant/codebooks/signs.h"
#include "quant/iq1_m/iq1_m.h"
#include "quant/iq1_s/iq1_s.h"
#include "quant/iq2_s/iq2_s.h"
#include "quant/iq2_xs/iq2_xs.h"
#include "quant/iq2_xxs/iq2_xxs.h"
#include "quant/iq3_s/iq3_s.h"
#include "quant/iq3_xxs/iq3_xxs.h"
#include "quant/iq4_nl/iq4_nl.h"
#include "quant/iq4_xs/iq4_xs.h"
#include "quant/mxfp4/mxfp4.h"
#include "quant/nvfp4/nvfp4.h"
#include "quant/q1_0/q1_0.h"
#include "quant/q2_0/q2_0.h"
#include "quant/q2_k/q2_k.h"
#include "quant/q3_k/q3_k.h"
#include "quant/q4_0/q4_0.h"
#include "quant/q4_1/q4_1.h"
#include "quant/q4_k/q4_k.h"
#include "quant/q5_0/q5_0.h"
#include "quant/q5_1/q5_1.h"
#include "quant/q5_k/q5_k.h"
#include "quant/q6_k/q6_k.h"
#include "quant/q8_0/q8_0.h"
#include "quant/tq1_0/tq1_0.h"
#include "quant/tq2_0/tq2_0.h"

namespace hearth::cpu {

namespace {

// One row's part of a run. Block b is that of the run's b-th 32 columns.
struct RowOfRun {
  std::byte* run;
  const PanelFormat& format;
  int64_t row;

  // Number `index` of arrays that begin `at` bytes a row behind the run's beginning.
  template <class T>
  void put(int64_t at, int64_t index, T value) const {
    std::memcpy(run + at * format.rows + (index * format.rows + row) * int64_t{sizeof(T)}, &value, sizeof(T));
  }
  // The first four codes of block b; `bits` is their width, and scales take `scales` bytes a row.
  std::byte* codes(int64_t scales, int64_t bits, int64_t b) const {
    const int64_t lanes = format.lanes(), vector = b * format.vectors + row / lanes;
    return run + scales * format.rows + 4 * (vector * bits * lanes + row % lanes);
  }
};

constexpr uint16_t negative(uint16_t half) { return half ^ 0x8000; }

// Low and high halves of n bytes.
void halves(const uint8_t* from, int n, uint8_t* low, uint8_t* high) {
  for (int i = 0; i < n; ++i) low[i] = from[i] & 15, high[i] = from[i] >> 4;
}
// Adds bit i of `bits` to code i, as 16.
void add_fifth(const uint8_t* bits, uint8_t* codes) {
  uint32_t all;
  std::memcpy(&all, bits, sizeof all);
  for (int i = 0; i < 32; ++i) codes[i] |= static_cast<uint8_t>((all >> i & 1) << 4);
}

// For each format: the codes of a block, and its scales. `b` is the place of its first 32 columns in the run.

void codes_of(const Q4_0Block& block, uint8_t* c) { halves(block.q, 16, c, c + 16); }
void codes_of(const Q4_1Block& block, uint8_t* c) { halves(block.q, 16, c, c + 16); }
void codes_of(const Iq4_nlBlock& block, uint8_t* c) { halves(block.q, 16, c, c + 16); }
void codes_of(const Mxfp4Block& block, uint8_t* c) { halves(block.q, 16, c, c + 16); }
void codes_of(const Q5_0Block& block, uint8_t* c) {
  halves(block.low, 16, c, c + 16);
  add_fifth(block.high, c);
}
void codes_of(const Q5_1Block& block, uint8_t* c) {
  halves(block.low, 16, c, c + 16);
  add_fifth(block.high, c);
}
void codes_of(const Q8_0Block& block, uint8_t* c) {
  for (int i = 0; i < 32; ++i) c[i] = static_cast<uint8_t>(block.q[i] + 128);
}
void codes_of(const Nvfp4Block& block, uint8_t* c) {
  for (int g = 0; g < 4; ++g) halves(block.q + 8 * g, 8, c + 16 * g, c + 16 * g + 8);
}
void codes_of(const Q2_KBlock& block, uint8_t* c) {
  for (int run = 0; run < 8; ++run) {
    for (int i = 0; i < 32; ++i) c[32 * run + i] = block.q[run / 4 * 32 + i] >> (2 * (run % 4)) & 3;
  }
}
void codes_of(const Q3_KBlock& block, uint8_t* c) {
  for (int run = 0; run < 8; ++run) {
    for (int i = 0; i < 32; ++i) {
      c[32 * run + i] = static_cast<uint8_t>((block.q[run / 4 * 32 + i] >> (2 * (run % 4)) & 3) |
                                             (block.high[i] >> run & 1) << 2);
    }
  }
}
void codes_of(const Q4_KBlock& block, uint8_t* c) {
  for (int pair = 0; pair < 4; ++pair) halves(block.q + 32 * pair, 32, c + 64 * pair, c + 64 * pair + 32);
}
void codes_of(const Q5_KBlock& block, uint8_t* c) {
  for (int pair = 0; pair < 4; ++pair) halves(block.low + 32 * pair, 32, c + 64 * pair, c + 64 * pair + 32);
  for (int g = 0; g < 8; ++g) {
    for (int i = 0; i < 32; ++i) c[32 * g + i] |= static_cast<uint8_t>((block.high[i] >> g & 1) << 4);
  }
}
void codes_of(const Q6_KBlock& block, uint8_t* c) {
  for (int half = 0; half < 2; ++half, c += 128) {
    const uint8_t *low = block.low + 64 * half, *high = block.high + 32 * half;
    halves(low, 64, c, c + 64);
    for (int run = 0; run < 4; ++run) {
      for (int i = 0; i < 32; ++i) c[32 * run + i] |= static_cast<uint8_t>((high[i] >> (2 * run) & 3) << 4);
    }
  }
}
void codes_of(const Iq4_xsBlock& block, uint8_t* c) {
  for (int g = 0; g < 8; ++g) halves(block.q + 16 * g, 16, c + 32 * g, c + 32 * g + 16);
}

void codes_of(const Q1_0Block& block, uint8_t* c) {
  for (int i = 0; i < 128; ++i) c[i] = block.q[i / 8] >> (i % 8) & 1;
}
void codes_of(const Q2_0Block& block, uint8_t* c) {
  for (int i = 0; i < 64; ++i) c[i] = block.q[i / 4] >> (i % 4 * 2) & 3;
}
void codes_of(const Tq2_0Block& block, uint8_t* c) {
  for (int i = 0; i < 256; ++i) c[i] = block.q[i / 128 * 32 + i % 32] >> (i / 32 % 4 * 2) & 3;
}
// Digits of 3, the highest first, of fractions of 256.
void digits_of(const uint8_t* from, int bytes, int count, uint8_t* c) {
  for (int i = 0; i < bytes; ++i) {
    uint32_t rest = from[i];
    for (int n = 0; n < count; ++n, rest = rest * 3 & 255)
      c[n * bytes + i] = static_cast<uint8_t>(rest * 3 >> 8);
  }
}
void codes_of(const Tq1_0Block& block, uint8_t* c) {
  digits_of(block.q, 32, 5, c);
  digits_of(block.q + 32, 16, 5, c + 160);
  digits_of(block.last, 4, 4, c + 240);
}
// Digits of point `n`, and above them whether a number is negative: bit i of `signs`.
template <class Book>
uint8_t* put_point(const Book& book, int n, int signs, uint8_t* c) {
  constexpr int kMinus = Book::kLevels <= 4 ? 4 : 8;
  for (int i = 0; i < Book::kDigits; ++i) {
    int digit = book.codes[n] >> (i * Book::kDigitBits) & ((1 << Book::kDigitBits) - 1);
    *c++ = static_cast<uint8_t>(digit | (signs >> i & 1 ? kMinus : 0));
  }
  return c;
}
void codes_of(const Iq1_sBlock& block, uint8_t* c) {
  for (int k = 0; k < 32; ++k) c = put_point(kIq1Book, block.point(k), 0, c);
}
void codes_of(const Iq1_mBlock& block, uint8_t* c) {
  for (int k = 0; k < 32; ++k) c = put_point(kIq1Book, block.point(k), block.down(k) ? 255 : 0, c);
}
void codes_of(const Iq2_xxsBlock& block, uint8_t* c) {
  for (const auto& group : block.groups) {
    for (int k = 0; k < 4; ++k)
      c = put_point(kIq2_xxsBook, group.points[k], eight_signs(group.signs_and_scale() >> (7 * k)), c);
  }
}
void codes_of(const Iq2_xsBlock& block, uint8_t* c) {
  for (uint16_t q : block.q) c = put_point(kIq2_xsBook, q & 511, eight_signs(q >> 9), c);
}
void codes_of(const Iq2_sBlock& block, uint8_t* c) {
  for (int k = 0; k < 32; ++k) c = put_point(kIq2_sBook, block.point(k), block.signs[k], c);
}
void codes_of(const Iq3_xxsBlock& block, uint8_t* c) {
  for (int k = 0; k < 64; ++k) {
    int signs = eight_signs(block.rest[k / 8].signs_and_scale() >> (k / 2 % 4 * 7));
    c = put_point(kIq3_xxsBook, block.q[k], signs >> (k % 2 * 4), c);
  }
}
void codes_of(const Iq3_sBlock& block, uint8_t* c) {
  for (int k = 0; k < 64; ++k)
    c = put_point(kIq3_sBook, block.point(k), block.signs[k / 2] >> (k % 2 * 4), c);
}

void put_scales(const RowOfRun& to, int b, uint16_t d) { to.put(0, b, d); }
void put_scales(const RowOfRun& to, int b, const Q4_0Block& block) { put_scales(to, b, block.d); }
void put_scales(const RowOfRun& to, int b, const Q5_0Block& block) { put_scales(to, b, block.d); }
void put_scales(const RowOfRun& to, int b, const Q8_0Block& block) { put_scales(to, b, block.d); }
void put_scales(const RowOfRun& to, int b, const Iq4_nlBlock& block) { put_scales(to, b, block.d); }
void put_scales(const RowOfRun& to, int b, const Mxfp4Block& block) { to.put(0, b, block.e); }
void put_scales(const RowOfRun& to, int, const Q4_1Block& block) {
  to.put(0, 0, block.d), to.put(2, 0, block.m);
}
void put_scales(const RowOfRun& to, int, const Q5_1Block& block) {
  to.put(0, 0, block.d), to.put(2, 0, block.m);
}
template <class Block>
void put_k4(const RowOfRun& to, const Block& block) {
  to.put(0, 0, block.d);
  to.put(2, 0, negative(block.dmin));
  uint32_t packed[3], codes[4];
  std::memcpy(packed, block.scales, sizeof packed);
  scales_of_k(packed, codes, codes + 2);
  uint8_t bytes[16];
  std::memcpy(bytes, codes, sizeof bytes);
  for (int g = 0; g < 8; ++g) to.put(4, g, bytes[g]), to.put(12, g, bytes[8 + g]);
}
void put_scales(const RowOfRun& to, int, const Q4_KBlock& block) { put_k4(to, block); }
void put_scales(const RowOfRun& to, int, const Q5_KBlock& block) { put_k4(to, block); }
void put_scales(const RowOfRun& to, int, const Q6_KBlock& block) {
  to.put(0, 0, block.d);
  for (int g = 0; g < 16; ++g) to.put(4, g, block.scales[g]);
}
void put_scales(const RowOfRun& to, int, const Q3_KBlock& block) {
  to.put(0, 0, block.d);
  for (int g = 0; g < 16; ++g) to.put(4, g, static_cast<int8_t>(block.scale(g)));
}
void put_scales(const RowOfRun& to, int, const Q2_KBlock& block) {
  to.put(0, 0, block.d);
  to.put(2, 0, negative(block.dmin));
  for (int g = 0; g < 16; ++g) to.put(4, g, block.scales[g]);
}
void put_scales(const RowOfRun& to, int, const Iq4_xsBlock& block) {
  to.put(0, 0, block.d);
  for (int g = 0; g < 8; ++g) to.put(4, g, static_cast<int8_t>(block.scale(g)));
}

void put_scales(const RowOfRun& to, int b, const Q1_0Block& block) { put_scales(to, b / 4, block.d); }
void put_scales(const RowOfRun& to, int b, const Q2_0Block& block) { put_scales(to, b / 2, block.d); }
void put_scales(const RowOfRun& to, int b, const Tq1_0Block& block) { put_scales(to, b / 8, block.d); }
void put_scales(const RowOfRun& to, int b, const Tq2_0Block& block) { put_scales(to, b / 8, block.d); }
// A scale d and `groups` multiples of it.
template <int groups, class MultipleOf>
void put_multiples(const RowOfRun& to, uint16_t d, MultipleOf multiple_of) {
  to.put(0, 0, d);
  for (int g = 0; g < groups; ++g) to.put(4, g, static_cast<int8_t>(multiple_of(g)));
}
// A half of a byte for each 16 numbers.
int half_of(const uint8_t* bytes, int g) { return bytes[g / 2] >> (g % 2 * 4) & 15; }
void put_scales(const RowOfRun& to, int, const Iq1_sBlock& block) {
  put_multiples<8>(to, block.d, [&](int g) { return block.down(g) ? -block.scale(g) : block.scale(g); });
}
void put_scales(const RowOfRun& to, int, const Iq1_mBlock& block) {
  put_multiples<16>(to, block.d(), [&](int g) { return block.scale(g); });
}
void put_scales(const RowOfRun& to, int, const Iq2_xxsBlock& block) {
  put_multiples<8>(to, block.d, [&](int g) { return 2 * (block.groups[g].signs_and_scale() >> 28) + 1; });
}
void put_scales(const RowOfRun& to, int, const Iq2_xsBlock& block) {
  put_multiples<16>(to, block.d, [&](int g) { return 2 * half_of(block.scales, g) + 1; });
}
void put_scales(const RowOfRun& to, int, const Iq2_sBlock& block) {
  put_multiples<16>(to, block.d, [&](int g) { return 2 * half_of(block.scales, g) + 1; });
}
void put_scales(const RowOfRun& to, int, const Iq3_xxsBlock& block) {
  put_multiples<8>(to, block.d, [&](int g) { return 4 * (block.rest[g].signs_and_scale() >> 28) + 2; });
}
void put_scales(const RowOfRun& to, int, const Iq3_sBlock& block) {
  put_multiples<8>(to, block.d, [&](int g) { return 2 * half_of(block.scales, g) + 1; });
}

// Four codes at once, of columns 4j to 4j + 3, as their bits lie in a block.
uint32_t four(const uint8_t* codes, int j) {
  uint32_t all;
  std::memcpy(&all, codes + 4 * j, sizeof all);
  return all;
}
template <int bits>
void put_codes(const uint8_t* codes, std::byte* to, int64_t stride) {
  int v = 0;
  auto put = [&](uint32_t word) { std::memcpy(to + v++ * stride, &word, sizeof word); };
  if constexpr (bits == 8) {
    for (int j = 0; j < 8; ++j) put(four(codes, j));
    return;
  }
  if constexpr (bits >= 4) {
    for (int j = 0; j < 4; ++j) put((four(codes, j) & 0x0f0f0f0f) | (four(codes, 4 + j) & 0x0f0f0f0f) << 4);
  }
  if constexpr (bits == 2 || bits == 3 || bits == 6) {  // pairs of bits
    constexpr int low = bits == 6 ? 4 : 0;
    for (int half = 0; half < 2; ++half) {
      uint32_t word = 0;
      for (int f = 0; f < 4; ++f) word |= (four(codes, 4 * half + f) >> low & 0x03030303) << (2 * f);
      put(word);
    }
  }
  if constexpr (bits == 1 || bits == 3 || bits == 5) {  // single ones
    constexpr int low = bits - 1;
    uint32_t word = 0;
    for (int j = 0; j < 8; ++j) word |= (four(codes, j) >> low & 0x01010101) << j;
    put(word);
  }
}

template <class Block, int columns, int bits, class Scales>
void pack_row(const std::byte* from, int64_t count, std::byte* panel, const PanelFormat& format,
              int64_t row) {
  for (int64_t column = 0; column < count; column += columns, from += sizeof(Block)) {
    const Block block = read_block<Block>(from);
    const int64_t b32 = column / 32;
    std::byte* run = panel + b32 / Scales::kBlocks * format.run_bytes;
    uint8_t codes[columns];
    codes_of(block, codes);
    const int b = static_cast<int>(b32 % Scales::kBlocks);
    const RowOfRun to{run, format, row};
    put_scales(to, b, block);
    for (int i = 0; i < columns / 32; ++i)
      put_codes<bits>(codes + 32 * i, to.codes(Scales::kBytes, bits, b + i), 4 * format.lanes());
  }
}

// Its blocks of 64 numbers are two of ours.
void pack_nvfp4_row(const std::byte* from, int64_t count, std::byte* panel, const PanelFormat& format,
                    int64_t row) {
  for (int64_t column = 0; column < count; column += 64, from += sizeof(Nvfp4Block)) {
    const auto block = read_block<Nvfp4Block>(from);
    uint8_t codes[64];
    codes_of(block, codes);
    for (int i = 0; i < 2; ++i) {
      std::byte* run = panel + (column / 32 + i) * format.run_bytes;
      const RowOfRun to{run, format, row};
      to.put(0, 0, f16_from_f32(nvfp4_scale(block.d[2 * i])));
      to.put(2, 0, f16_from_f32(nvfp4_scale(block.d[2 * i + 1])));
      put_codes<4>(codes + 32 * i, to.codes(HalfPairScales::kBytes, 4, 0), 4 * format.lanes());
    }
  }
}

}  // namespace

PackRow pack_row_of(Type type) {
  switch (type) {
    case Type::q4_0: return pack_row<Q4_0Block, 32, 4, HalfScales>;
    case Type::q4_1: return pack_row<Q4_1Block, 32, 4, HalfPairScales>;
    case Type::q5_0: return pack_row<Q5_0Block, 32, 5, HalfScales>;
    case Type::q5_1: return pack_row<Q5_1Block, 32, 5, HalfPairScales>;
    case Type::q8_0: return pack_row<Q8_0Block, 32, 8, HalfScales>;
    case Type::q2_k: return pack_row<Q2_KBlock, 256, 2, K2Scales>;
    case Type::q3_k: return pack_row<Q3_KBlock, 256, 3, K6Scales>;
    case Type::q4_k: return pack_row<Q4_KBlock, 256, 4, K4Scales>;
    case Type::q5_k: return pack_row<Q5_KBlock, 256, 5, K4Scales>;
    case Type::q6_k: return pack_row<Q6_KBlock, 256, 6, K6Scales>;
    case Type::iq1_s: return pack_row<Iq1_sBlock, 256, 2, ShiftScales>;
    case Type::iq1_m: return pack_row<Iq1_mBlock, 256, 3, K6Scales>;
    case Type::iq2_xxs: return pack_row<Iq2_xxsBlock, 256, 3, X4Scales>;
    case Type::iq2_xs: return pack_row<Iq2_xsBlock, 256, 3, K6Scales>;
    case Type::iq2_s: return pack_row<Iq2_sBlock, 256, 3, K6Scales>;
    case Type::iq3_xxs: return pack_row<Iq3_xxsBlock, 256, 4, X4Scales>;
    case Type::iq3_s: return pack_row<Iq3_sBlock, 256, 4, X4Scales>;
    case Type::q1_0: return pack_row<Q1_0Block, 128, 1, HalvesOf<4>>;
    case Type::q2_0: return pack_row<Q2_0Block, 64, 2, HalvesOf<2>>;
    case Type::tq1_0: return pack_row<Tq1_0Block, 256, 2, HalvesOf<8>>;
    case Type::tq2_0: return pack_row<Tq2_0Block, 256, 2, HalvesOf<8>>;
    case Type::iq4_nl: return pack_row<Iq4_nlBlock, 32, 4, HalfScales>;
    case Type::iq4_xs: return pack_row<Iq4_xsBlock, 256, 4, X4Scales>;
    case Type::mxfp4: return pack_row<Mxfp4Block, 32, 4, ExponentScales>;
    case Type::nvfp4: return pack_nvfp4_row;
    default: return nullptr;
  }
}

}  // namespace hearth::cpu
