#include "formats/gguf_value.h"

#include <fmt/format.h>

#include "base/text.h"

namespace hearth {

namespace {

template <class T>
constexpr uint64_t least_bytes() {
  if constexpr (std::is_same_v<T, std::string_view>) return 8;  // its length
  if constexpr (std::is_same_v<T, GgufArray>) return 12;        // its elements' type and their number
  if constexpr (std::is_arithmetic_v<T>) return sizeof(T);
}

struct TypeRow {
  std::string_view name;
  uint64_t bytes;
};
constexpr TypeRow kTypeRows[] = {
#define X(enumerator, name, type) {name, least_bytes<type>()},
    HEARTH_GGUF_TYPES(X)
#undef X
};

}  // namespace

std::string_view gguf_type_name(GgufType type) { return kTypeRows[static_cast<size_t>(type)].name; }

uint64_t gguf_type_bytes(GgufType type) { return kTypeRows[static_cast<size_t>(type)].bytes; }

GgufValue GgufArray::at(uint64_t index) const {
  auto load = [&]<class T>(std::type_identity<T>) -> GgufValue {
    if constexpr (std::is_arithmetic_v<T>) {
      T element;
      std::memcpy(&element, static_cast<const std::byte*>(data_) + index * sizeof(T), sizeof(T));
      return element;
    } else {
      return strings()[index];  // there are no arrays of arrays
    }
  };
  switch (type_) {
#define X(enumerator, name, type) \
  case GgufType::enumerator: return load(std::type_identity<type>{});
    HEARTH_GGUF_TYPES(X)
#undef X
  }
  return uint8_t{0};
}

std::string describe(const GgufValue& value) {
  return std::visit(
      [&](const auto& held) {
        using Held = std::decay_t<decltype(held)>;
        std::string_view type = gguf_type_name(gguf_type(value));
        if constexpr (std::is_same_v<Held, GgufArray>)
          return fmt::format("array of {} {}", held.size(), gguf_type_name(held.type()));
        else if constexpr (std::is_same_v<Held, std::string_view>)
          return fmt::format("{} {}", type, quote(held));
        else
          return fmt::format("{} {}", type, held);
      },
      value);
}

}  // namespace hearth
