#include "model/gguf_facts.h"

#include <cmath>

#include "model/numbers.h"

namespace hearth {

namespace {

constexpr uint64_t kLongestList = 65536;  // that an architecture's entry may be

Result<arch::Item> item_of(const GgufValue& value, std::string_view key) {
  return std::visit(
      [&](const auto& held) -> Result<arch::Item> {
        using Held = std::decay_t<decltype(held)>;
        if constexpr (std::is_same_v<Held, bool>) {
          return arch::Item(held);
        } else if constexpr (std::is_arithmetic_v<Held>) {
          auto number = static_cast<double>(held);
          if (!std::isfinite(number)) return fail("{} is {}; a finite number is expected", key, number);
          return arch::Item(number);
        } else if constexpr (std::is_same_v<Held, std::string_view>) {
          return arch::Item(std::string(held));
        } else {
          if (held.size() > kLongestList) {
            return fail("{} is a list of {} values; at most {} are expected", key, held.size(), kLongestList);
          }
          std::vector<arch::Item> items;
          for (uint64_t i = 0; i < held.size(); ++i) {
            TRY(arch::Item item, item_of(held.at(i), key));
            items.push_back(std::move(item));
          }
          return arch::list_of(std::move(items));
        }
      },
      value);
}

}  // namespace

Result<GgufFacts> GgufFacts::make(const ModelFile& file, MetadataOverrides overrides) {
  GgufFacts facts(file);
  facts.overrides_ = std::move(overrides);
  TRY(facts.architecture_, file.metadata().get<std::string_view>("general.architecture"));
  for (const StoredTensor& tensor : file.tensors()) {
    facts.shapes_.emplace(tensor.name, std::vector<int64_t>(tensor.shape.begin(), tensor.shape.end()));
  }
  return facts;
}

Result<std::optional<arch::Item>> GgufFacts::metadata(std::string_view key) const {
  if (key.size() > architecture_.size() && key.starts_with(architecture_)) {
    auto said = overrides_.find(key.substr(architecture_.size() + 1));
    if (said != overrides_.end()) return std::optional<arch::Item>(said->second);
  }
  const GgufValue* value = file_->metadata().find(key);
  if (!value && key.ends_with(".vocab_size")) {
    // Files of older converters leave this to be counted.
    const GgufValue* tokens = file_->metadata().find("tokenizer.ggml.tokens");
    auto* list = tokens ? std::get_if<GgufArray>(tokens) : nullptr;
    if (list) return std::optional<arch::Item>(arch::Item(static_cast<double>(list->size())));
  }
  if (!value) return std::optional<arch::Item>();
  TRY(arch::Item item, item_of(*value, key));
  return std::optional<arch::Item>(std::move(item));
}

const std::vector<int64_t>* GgufFacts::shape(std::string_view tensor) const {
  auto at = shapes_.find(tensor);
  return at == shapes_.end() ? nullptr : &at->second;
}

Result<std::vector<double>> GgufFacts::numbers(std::string_view tensor) const {
  const StoredTensor* stored = file_->find_tensor(tensor);
  if (!stored) return fail("{} is not in the file", tensor);
  TRY(std::vector<float> floats, numbers_of(*stored));
  return std::vector<double>(floats.begin(), floats.end());
}

std::vector<std::string_view> GgufFacts::tensors() const {
  std::vector<std::string_view> names;
  for (const StoredTensor& tensor : file_->tensors()) names.push_back(tensor.name);
  return names;
}

}  // namespace hearth
