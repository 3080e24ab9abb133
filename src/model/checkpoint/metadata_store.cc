#include "model/checkpoint/metadata_store.h"

#include <algorithm>

namespace hearth {

void MetadataStore::add(std::string_view key, GgufValue value) {
  bool known =
      std::any_of(entries_.begin(), entries_.end(), [&](const auto& entry) { return entry.key == key; });
  if (!known) entries_.push_back({keep(key), value});
}

void MetadataStore::set(std::string_view key, std::string_view text) { add(key, GgufValue(keep(text))); }

void MetadataStore::set(std::string_view key, std::vector<std::string> texts) {
  std::vector<std::string_view>& views = lists_.emplace_back();
  views.reserve(texts.size());
  for (const std::string& text : texts) views.push_back(keep(text));
  add(key, GgufValue(GgufArray(std::span<const std::string_view>(views))));
}

void MetadataStore::set_flags(std::string_view key, const std::vector<uint8_t>& flags) {
  std::string_view kept = keep({reinterpret_cast<const char*>(flags.data()), flags.size()});
  add(key,
      GgufValue(GgufArray(GgufType::boolean, flags.size(), reinterpret_cast<const std::byte*>(kept.data()))));
}

}  // namespace hearth
