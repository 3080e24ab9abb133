#include "backends/cpu/panels.h"

#include <array>
#include <cstring>

#include "quant/codebooks/codebooks.h"
#include "quant/decoders.h"
#include "quant/iq4_nl/iq4_nl.h"
#include "quant/mxfp4/mxfp4.h"
#include "simd/avx512_bf16.h"
#include "simd/avx_vnni.h"
#include "simd/neon_i8mm.h"

namespace hearth::cpu {

// What codes stand for, so much above it that it has no sign.
constexpr std::array<uint8_t, 16> above(int offset, const float (&values)[16]) {
  std::array<uint8_t, 16> bytes{};
  for (size_t i = 0; i < 16; ++i) bytes[i] = static_cast<uint8_t>(static_cast<int>(values[i]) + offset);
  return bytes;
}
// Of a digit, and behind all digits of what it is with a minus.
template <size_t levels>
constexpr std::array<uint8_t, 16> signed_levels(const int8_t (&values)[levels]) {
  constexpr size_t kMinus = levels <= 4 ? 4 : 8;
  std::array<uint8_t, 16> bytes{};
  for (size_t i = 0; i < levels; ++i) {
    bytes[i] = static_cast<uint8_t>(64 + values[i]);
    bytes[i + kMinus] = static_cast<uint8_t>(64 - values[i]);
  }
  return bytes;
}
// Eight times -1, 0 and 1, an eighth more; and the same an eighth less.
constexpr std::array<uint8_t, 16> shifted_levels() {
  std::array<uint8_t, 16> bytes{};
  for (size_t i = 0; i < 3; ++i) {
    bytes[i] = static_cast<uint8_t>(64 + 8 * kIq1Levels[i] + 1);
    bytes[i + 4] = static_cast<uint8_t>(64 + 8 * kIq1Levels[i] - 1);
  }
  return bytes;
}
inline constexpr std::array<uint8_t, 16> kIq4Bytes = above(128, kIq4Values),
                                         kFp4Bytes = above(64, kFp4Doubled),
                                         kIq3_xxsBytes = signed_levels(kIq3_xxsLevels),
                                         kIq3_sBytes = signed_levels(kIq3_sLevels),
                                         kIq2Bytes = signed_levels(kIq2Levels), kIq1Bytes = shifted_levels();

}  // namespace hearth::cpu

#define HEARTH_BODY "backends/cpu/panels.inl"
#include "simd/each_isa.inl"

#if HEARTH_X86
#  define HEARTH_SIMD avx_vnni
HEARTH_BEGIN_AVX_VNNI
#  include "backends/cpu/panels.inl"
HEARTH_END_ISA
#  undef HEARTH_SIMD
#endif
#if HEARTH_NEON_I8MM
#  define HEARTH_SIMD neon_i8mm
HEARTH_BEGIN_NEON_I8MM
#  include "backends/cpu/panels.inl"
#  include "backends/cpu/panels_by_two.inl"
HEARTH_END_ISA
#  undef HEARTH_SIMD
#endif

#define HEARTH_BODY "backends/cpu/float_panels.inl"
#include "simd/each_isa.inl"

#if HEARTH_X86
#  define HEARTH_SIMD avx512_bf16
HEARTH_BEGIN_AVX512_BF16
#  include "backends/cpu/float_panels.inl"
#  include "backends/cpu/pair_panels.inl"
HEARTH_END_ISA
#  undef HEARTH_SIMD
#endif

namespace hearth::cpu {

namespace {

std::vector<PanelSet> sets_of_each_isa(const PerIsa<PanelFormat (*)(Type)>& formats) {
  std::vector<PanelSet> sets;
  for (Isa isa : supported_isas()) sets.push_back({name(isa), isa, formats[isa]});
  return sets;
}

}  // namespace

std::span<const PanelSet> panel_sets() {
  static const std::vector<PanelSet> here = [] {
    std::vector<PanelSet> sets = sets_of_each_isa(HEARTH_PER_ISA(panel_format));
#if HEARTH_X86
    if (has_avx_vnni()) sets.push_back({"avx_vnni", Isa::avx2, avx_vnni::panel_format});
#endif
#if HEARTH_NEON_I8MM
    if (has_neon_i8mm())
      sets.push_back({"neon_i8mm", Isa::neon, neon_i8mm::panel_format_of<neon_i8mm::PanelByTwo>});
#endif
    return sets;
  }();
  return here;
}

std::span<const PanelSet> float_panel_sets() {
  static const std::vector<PanelSet> here = [] {
    std::vector<PanelSet> sets = sets_of_each_isa(HEARTH_PER_ISA(float_panel_format));
#if HEARTH_X86
    if (has_fast_avx512_bf16()) sets.push_back({"avx512_bf16", Isa::avx512, avx512_bf16::pair_panel_format});
#endif
    return sets;
  }();
  return here;
}

PanelFormat panel_format(Isa isa, Type type) {
  PanelFormat fastest;
  for (std::span<const PanelSet> sets : {panel_sets(), float_panel_sets()}) {
    for (const PanelSet& set : sets) {
      if (set.isa != isa) continue;
      if (PanelFormat format = set.format(type)) fastest = format;
    }
  }
  return fastest;
}

}  // namespace hearth::cpu
