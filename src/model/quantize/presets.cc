#include "model/quantize/presets.h"

namespace hearth {

namespace {

constexpr PresetInfo kPresets[] = {
#define X(name, file_type, type) {Preset::name, #name, file_type, Type::type},
    HEARTH_PRESETS(X)
#undef X
};
static_assert(std::size(kPresets) <= 64, "Presets has a bit for each");

constexpr struct {
  std::string_view name;
  Preset meaning;
} kShortNames[] = {{"q3_k", Preset::q3_k_m}, {"q4_k", Preset::q4_k_m}, {"q5_k", Preset::q5_k_m}};

}  // namespace

std::span<const PresetInfo> presets() { return kPresets; }

const PresetInfo& info(Preset preset) { return kPresets[static_cast<size_t>(preset)]; }

std::optional<Preset> preset_named(std::string_view name) {
  std::string wanted = lower_case(name);
  for (const PresetInfo& row : kPresets) {
    if (row.name == wanted) return row.preset;
  }
  for (const auto& row : kShortNames) {
    if (row.name == wanted) return row.meaning;
  }
  return std::nullopt;
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

}  // namespace hearth
