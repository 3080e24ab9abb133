// A value of GGUF's metadata: a view of what the file holds, or of what is to be written. Nothing is owned:
// strings and arrays live as long as the file, or the caller's variables, that they were made from.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace hearth {

class GgufArray;

// X(enumerator, name, C++ type), in the order of the format's ids.
#define HEARTH_GGUF_TYPES(X)            \
  X(u8, "u8", uint8_t)                  \
  X(i8, "i8", int8_t)                   \
  X(u16, "u16", uint16_t)               \
  X(i16, "i16", int16_t)                \
  X(u32, "u32", uint32_t)               \
  X(i32, "i32", int32_t)                \
  X(f32, "f32", float)                  \
  X(boolean, "bool", bool)              \
  X(string, "string", std::string_view) \
  X(array, "array", GgufArray)          \
  X(u64, "u64", uint64_t)               \
  X(i64, "i64", int64_t)                \
  X(f64, "f64", double)

enum class GgufType : uint8_t {
#define X(enumerator, name, type) enumerator,
  HEARTH_GGUF_TYPES(X)
#undef X
};
inline constexpr uint32_t kGgufTypeCount = static_cast<uint32_t>(GgufType::f64) + 1;

std::string_view gguf_type_name(GgufType type);

// What an element takes in the file; of a string or an array, the least that it takes.
uint64_t gguf_type_bytes(GgufType type);

namespace gguf_detail {
template <class None, class... Types>
using Variant = std::variant<Types...>;
}  // namespace gguf_detail

// The alternative's index is the type's id.
#define X(enumerator, name, type) , type
using GgufValue = gguf_detail::Variant<void HEARTH_GGUF_TYPES(X)>;
#undef X

template <class T>
constexpr GgufType gguf_type_of();

// Numbers and bools lie as the file has them, aligned to nothing; strings are views.
class GgufArray {
 public:
  GgufArray(GgufType type, uint64_t count, const std::byte* elements)
      : type_(type), count_(count), data_(elements) {}
  explicit GgufArray(std::span<const std::string_view> strings)
      : type_(GgufType::string), count_(strings.size()), data_(strings.data()) {}
  template <class T>
  requires std::is_arithmetic_v<T>
  explicit GgufArray(std::span<const T> numbers)
      : type_(gguf_type_of<T>()), count_(numbers.size()), data_(numbers.data()) {}

  GgufType type() const { return type_; }
  uint64_t size() const { return count_; }
  GgufValue at(uint64_t index) const;

  // Of an array of strings.
  std::span<const std::string_view> strings() const {
    return {static_cast<const std::string_view*>(data_), count_};
  }
  // Of any other.
  std::span<const std::byte> bytes() const {
    return {static_cast<const std::byte*>(data_), count_ * gguf_type_bytes(type_)};
  }

 private:
  GgufType type_;
  uint64_t count_;
  const void* data_;
};

template <class T>
constexpr GgufType gguf_type_of() {
#define X(enumerator, name, type) \
  if constexpr (std::is_same_v<T, type>) return GgufType::enumerator;
  HEARTH_GGUF_TYPES(X)
#undef X
}

inline GgufType gguf_type(const GgufValue& value) { return static_cast<GgufType>(value.index()); }

// As a message names it: `u32 7`, `string "abc"`, `array of 5 f32`.
std::string describe(const GgufValue& value);

namespace gguf_detail {

template <class T>
inline constexpr bool kIsInteger = std::is_integral_v<T> && !std::is_same_v<T, bool>;

// What a request for T asks of one value.
template <class T>
struct Ask {
  using Number = T;
  static constexpr bool kArray = false;

  template <class Held>
  static std::optional<T> of(const Held& held) {
    if constexpr (std::is_same_v<T, Held>) {
      return held;
    } else if constexpr (kIsInteger<T> && kIsInteger<Held>) {
      if (std::in_range<T>(held)) return static_cast<T>(held);
    } else if constexpr (std::is_floating_point_v<T> &&
                         (kIsInteger<Held> || std::is_floating_point_v<Held>)) {
      return static_cast<T>(held);
    }
    return std::nullopt;
  }
};

template <>
struct Ask<std::span<const std::string_view>> : Ask<std::string_view> {
  static constexpr bool kArray = true;

  template <class Held>
  static std::optional<std::span<const std::string_view>> of(const Held& held) {
    if constexpr (std::is_same_v<Held, GgufArray>) {
      if (held.type() == GgufType::string) return held.strings();
    }
    return std::nullopt;
  }
};

template <class T>
struct Ask<std::vector<T>> : Ask<T> {
  static constexpr bool kArray = true;

  template <class Held>
  static std::optional<std::vector<T>> of(const Held& held) {
    if constexpr (std::is_same_v<Held, GgufArray>) {
      std::vector<T> elements;
      elements.reserve(held.size());
      for (uint64_t i = 0; i < held.size(); ++i) {
        auto element = std::visit([](const auto& one) { return Ask<T>::of(one); }, held.at(i));
        if (!element) return std::nullopt;
        elements.push_back(*element);
      }
      return elements;
    }
    return std::nullopt;
  }
};

}  // namespace gguf_detail

// The value as T, if it is one: an integer of any width that fits; any number as a float or double; a bool; a
// string_view; a span of string_views; a vector of numbers or bools.
template <class T>
std::optional<T> gguf_as(const GgufValue& value) {
  return std::visit([](const auto& held) { return gguf_detail::Ask<T>::of(held); }, value);
}

// How a message says what was expected of a value asked for as T.
template <class T>
std::string gguf_expected() {
  using Number = typename gguf_detail::Ask<T>::Number;
  constexpr bool kArray = gguf_detail::Ask<T>::kArray;
  if constexpr (std::is_same_v<Number, std::string_view>) return kArray ? "an array of strings" : "a string";
  if constexpr (std::is_same_v<Number, bool>) return kArray ? "an array of bools" : "a bool";
  if constexpr (std::is_floating_point_v<Number>) return kArray ? "an array of numbers" : "a number";
  if constexpr (gguf_detail::kIsInteger<Number>) {
    return fmt::format("{} from {} to {}", kArray ? "an array of integers" : "an integer",
                       std::numeric_limits<Number>::min(), std::numeric_limits<Number>::max());
  }
}

}  // namespace hearth
