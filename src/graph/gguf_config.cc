#include "graph/gguf_config.h"

#include <algorithm>
#include <cmath>

namespace hearth::arch {

std::string GgufConfig::key_of(const Entry& entry) const {
  return entry.gguf.starts_with('.') ? entry.gguf.substr(1)
                                     : fmt::format("{}.{}", facts_.architecture(), entry.gguf);
}

std::string GgufConfig::missing(const Entry& entry) const {
  if (entry.gguf.empty()) return "no key of a GGUF file says it";
  return fmt::format("the file has no {}", key_of(entry));
}

Result<std::optional<Config::Known>> GgufConfig::given(const Entry& entry) {
  if (entry.gguf.empty()) return std::optional<Known>();
  TRY(std::optional<Item> found, from_file(entry));
  if (!found) return std::optional<Known>();
  TRY(Known known, listed(entry, *std::move(found)));
  return std::optional<Known>(std::move(known));
}

Result<std::optional<Item>> GgufConfig::from_file(const Entry& entry) {
  if (entry.gguf == "rope.scaling") return rope_scaling();
  TRY(std::optional<Item> found, facts_.metadata(key_of(entry)));
  // A number n in place of a list: every n-th layer is global.
  if (found && found->as<double>() && entry.gguf.ends_with("sliding_window_pattern") && entry.value) {
    TRY(bool layered, depends_on_layer(*entry.value));
    if (layered) {
      double period = *found->as<double>();
      if (!(period >= 1)) return std::optional<Item>();
      TRY(int64_t count, layers("", entry.name.at));
      std::vector<Item> items;
      for (int64_t layer = 0; layer < count; ++layer) {
        items.push_back(Item(std::fmod(static_cast<double>(layer), period) != period - 1));
      }
      return std::optional<Item>(list_of(std::move(items)));
    }
  }
  return found;
}

Result<std::optional<Item>> GgufConfig::rope_scaling() {
  RopeScaling scaling;
  auto key = [&](std::string_view member) {
    return fmt::format("{}.rope.scaling.{}", facts_.architecture(), member);
  };
  TRY(std::optional<Item> type, facts_.metadata(key("type")));
  struct Row {
    std::string_view member;
    std::optional<double>& value;
  };
  Row rows[] = {{"factor", scaling.factor},
                {"original_context_length", scaling.original},
                {"attn_factor", scaling.attn},
                {"yarn_beta_fast", scaling.beta_fast},
                {"yarn_beta_slow", scaling.beta_slow},
                {"length", scaling.length}};
  for (Row& row : rows) {
    TRY(std::optional<Item> found, facts_.metadata(key(row.member)));
    if (!found) continue;
    row.value = found->number();
    if (!row.value || !std::isfinite(*row.value))
      return fail("{} is {}; a number is expected", key(row.member), found->describe());
  }
  // The key of files from before there were several kinds.
  if (!scaling.factor) {
    TRY(std::optional<Item> linear,
        facts_.metadata(fmt::format("{}.rope.scale_linear", facts_.architecture())));
    if (linear && linear->number() && *linear->number() != 1) scaling.factor = linear->number();
  }
  if (type) {
    auto* text = type->as<std::string>();
    if (!text) return fail("{} is {}; a string is expected", key("type"), type->describe());
    scaling.type = *text;
  } else if (scaling.original && facts_.shape("rope_factors_long.weight")) {
    scaling.type = "longrope";
  } else if (scaling.factor && *scaling.factor != 1) {
    scaling.type = "linear";  // a factor alone means this
  }
  if (scaling.type.empty() || scaling.type == "none") return std::optional<Item>(Item());
  static constexpr std::string_view kTypes[] = {"linear", "dynamic", "yarn", "longrope"};
  if (std::find(std::begin(kTypes), std::end(kTypes), scaling.type) == std::end(kTypes)) {
    return fail("{} is \"{}\"; linear, dynamic, yarn, longrope and none are known", key("type"),
                scaling.type);
  }
  if (scaling.type != "longrope" && !(scaling.factor && *scaling.factor > 0)) {
    return fail("{} is {}; a positive number is expected with scaling of type {}", key("factor"),
                scaling.factor ? fmt::format("{}", *scaling.factor) : "absent", scaling.type);
  }
  if (!scaling.original && scaling.type != "linear") {
    TRY(std::optional<Item> trained,
        facts_.metadata(fmt::format("{}.context_length", facts_.architecture())));
    if (trained) scaling.original = trained->number();
  }
  return std::optional<Item>(Item(std::make_shared<const RopeScaling>(std::move(scaling))));
}

}  // namespace hearth::arch
