// The names that a whole model's types can be chosen by: a main type, and for some a mixture that gives
// sensitive tensors more bits. Names and numbers are those that GGUF files in circulation carry.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "tensor/type.h"

namespace hearth {

// X(name, the value of "general.file_type", main type)
#define HEARTH_PRESETS(X) \
  X(f32, 0, f32)          \
  X(f16, 1, f16)          \
  X(bf16, 32, bf16)       \
  X(q8_0, 7, q8_0)        \
  X(q6_k, 18, q6_k)       \
  X(q5_k_m, 17, q5_k)     \
  X(q5_k_s, 16, q5_k)     \
  X(q5_1, 9, q5_1)        \
  X(q5_0, 8, q5_0)        \
  X(q4_k_m, 15, q4_k)     \
  X(q4_k_s, 14, q4_k)     \
  X(q4_1, 3, q4_1)        \
  X(q4_0, 2, q4_0)        \
  X(iq4_nl, 25, iq4_nl)   \
  X(iq4_xs, 30, iq4_xs)   \
  X(nvfp4, 39, nvfp4)     \
  X(mxfp4, 38, mxfp4)     \
  X(mxfp4_moe, 38, mxfp4) \
  X(q3_k_l, 13, q3_k)     \
  X(q3_k_m, 12, q3_k)     \
  X(q3_k_s, 11, q3_k)     \
  X(iq3_m, 27, iq3_s)     \
  X(iq3_s, 26, iq3_s)     \
  X(iq3_xs, 22, iq3_s)    \
  X(iq3_xxs, 23, iq3_xxs) \
  X(q2_k, 10, q2_k)       \
  X(q2_k_s, 21, q2_k)     \
  X(iq2_m, 29, iq2_s)     \
  X(iq2_s, 28, iq2_xs)    \
  X(iq2_xs, 20, iq2_xs)   \
  X(iq2_xxs, 19, iq2_xxs) \
  X(q2_0, 41, q2_0)       \
  X(tq2_0, 37, tq2_0)     \
  X(tq1_0, 36, tq1_0)     \
  X(iq1_m, 31, iq1_m)     \
  X(iq1_s, 24, iq1_s)     \
  X(q1_0, 40, q1_0)

enum class Preset : uint8_t {
#define X(name, file_type, type) name,
  HEARTH_PRESETS(X)
#undef X
};

struct PresetInfo {
  Preset preset;
  std::string_view name;
  uint32_t file_type;
  Type type;
};

std::span<const PresetInfo> presets();
const PresetInfo& info(Preset preset);

// Whatever the case of its letters. q3_k, q4_k and q5_k mean their _m mixtures; every type is a preset.
std::optional<Preset> preset_named(std::string_view name);

std::string lower_case(std::string_view text);

// A few of the presets, as the mixtures' rules name them.
class Presets {
 public:
  constexpr Presets(std::initializer_list<Preset> presets) {
    for (Preset preset : presets) bits_ |= bit(preset);
  }
  static constexpr Presets all() { return Presets(~uint64_t{0}); }
  constexpr Presets operator~() const { return Presets(~bits_); }
  constexpr bool has(Preset preset) const { return bits_ & bit(preset); }

 private:
  constexpr explicit Presets(uint64_t bits) : bits_(bits) {}
  static constexpr uint64_t bit(Preset preset) { return uint64_t{1} << static_cast<unsigned>(preset); }
  uint64_t bits_ = 0;
};

}  // namespace hearth
