#include "sample/sampling_options.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"

namespace hearth {

namespace {

struct Row {
  SamplerKind kind;
  std::string_view name;
  char letter;
};

constexpr Row kSamplers[] = {
#define X(name, letter, what) {SamplerKind::name, #name, letter},
    HEARTH_SAMPLERS(X)
#undef X
};

std::string known_samplers() {
  std::string text;
  for (const Row& row : kSamplers)
    text += fmt::format("{}{} ({})", text.empty() ? "" : ", ", row.name, row.letter);
  return text;
}

}  // namespace

std::vector<SamplerKind> default_samplers() {
  std::vector<SamplerKind> kinds;
  for (const Row& row : kSamplers) {
    if (row.kind != SamplerKind::adaptive_p) kinds.push_back(row.kind);
  }
  return kinds;
}

Status check(const SamplingOptions& options) {
  auto check_range = [](const char* name, double value, double least, double most) -> Status {
    if (value >= least && value <= most) return {};  // so that NaN is out of it
    return fail("{} is {}, expected {} to {}", name, value, least, most);
  };
#define X(sampler, type, name, fallback, least, most, key, what) \
  TRY_STATUS(check_range(#name, static_cast<double>(options.name), least, most));
  HEARTH_SAMPLING_PARAMETERS(X)
#undef X
  for (auto [id, bias] : options.biases) {
    if (std::isnan(bias)) return fail("the bias of token {} is not a number", id);
    if (bias == std::numeric_limits<float>::infinity()) return fail("the bias of token {} is infinite", id);
  }
  return {};
}

std::string_view name_of(SamplerKind kind) { return kSamplers[static_cast<size_t>(kind)].name; }

Result<std::vector<SamplerKind>> parse_samplers(std::string_view text) {
  auto find = [](auto&& is_wanted) {
    auto found = std::find_if(std::begin(kSamplers), std::end(kSamplers), is_wanted);
    return found == std::end(kSamplers) ? nullptr : &*found;
  };
  std::vector<SamplerKind> kinds;
  // Letters, unless it is a name or has more than one.
  bool is_name = text.find_first_of(";,") != std::string_view::npos ||
                 find([&](const Row& row) { return row.name == text; }) != nullptr;
  for (std::string_view rest = text; !rest.empty();) {
    size_t length = is_name ? std::min(rest.find_first_of(";,"), rest.size()) : 1;
    std::string_view part = rest.substr(0, length);
    rest.remove_prefix(std::min(rest.size(), is_name ? length + 1 : length));
    const Row* row =
        find([&](const Row& each) { return is_name ? each.name == part : each.letter == part[0]; });
    if (!row) return fail("there is no sampler {}; known are {}", quote(part), known_samplers());
    kinds.push_back(row->kind);
  }
  return kinds;
}

}  // namespace hearth
