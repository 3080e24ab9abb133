#include "backends/cpu/panels.h"

#include <array>
#include <cstring>

#include "quant/iq4_nl/iq4_nl.h"
#include "quant/mxfp4/mxfp4.h"
#include "simd/vocabulary.h"

namespace hearth::cpu {

constexpr std::array<uint8_t, 16> above_128(const float (&values)[16]) {
  std::array<uint8_t, 16> bytes{};
  for (size_t i = 0; i < 16; ++i) bytes[i] = static_cast<uint8_t>(static_cast<int>(values[i]) + 128);
  return bytes;
}
inline constexpr std::array<uint8_t, 16> kIq4Bytes = above_128(kIq4Values),
                                         kFp4Bytes = above_128(kFp4Doubled);

}  // namespace hearth::cpu

#define HEARTH_BODY "backends/cpu/panels.inl"
#include "simd/each_isa.inl"

namespace hearth::cpu {

namespace {
constexpr PerIsa<PanelFormat (*)(Type)> kFormats = HEARTH_PER_ISA(panel_format);
}

PanelFormat panel_format(Isa isa, Type type) { return kFormats[isa](type); }

}  // namespace hearth::cpu
