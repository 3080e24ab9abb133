// For tests: GGUF files put together by hand, so that they can be wrong in any way.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hearth::testing_gguf {

template <class T>
std::string raw(T number) {
  return std::string(reinterpret_cast<const char*>(&number), sizeof(T));
}
inline std::string u16(uint16_t number) { return raw(number); }
inline std::string u32(uint32_t number) { return raw(number); }
inline std::string u64(uint64_t number) { return raw(number); }
inline std::string str(std::string_view text) { return u64(text.size()) + std::string(text); }

// The format's ids of value types.
enum Id : uint32_t { kU8, kI8, kU16, kI16, kU32, kI32, kF32, kBool, kString, kArray, kU64, kI64, kF64 };

inline std::string key(std::string_view name, uint32_t type, std::string_view value) {
  return str(name) + u32(type) + std::string(value);
}

inline std::string array(uint32_t type, uint64_t count, std::string_view elements) {
  return u32(type) + u64(count) + std::string(elements);
}

// A tensor's row; dimensions in the order of the file.
inline std::string tensor(std::string_view name, const std::vector<uint64_t>& ne, uint32_t type,
                          uint64_t offset) {
  std::string out = str(name) + u32(static_cast<uint32_t>(ne.size()));
  for (uint64_t size : ne) out += u64(size);
  return out + u32(type) + u64(offset);
}

struct File {
  std::string magic = "GGUF";
  uint32_t version = 3;
  std::vector<std::string> tensors = {}, keys = {};
  std::optional<uint64_t> tensor_count = {}, key_count = {};  // instead of the true ones
  uint64_t alignment = 32;  // that the data is padded to, whatever the metadata say
  uint64_t data = 0;        // bytes

  std::string header() const {
    std::string out = magic + u32(version) + u64(tensor_count.value_or(tensors.size())) +
                      u64(key_count.value_or(keys.size()));
    for (const std::string& row : keys) out += row;
    for (const std::string& row : tensors) out += row;
    return out;
  }
  std::string bytes() const {
    std::string out = header();
    if (data) out.resize((out.size() + alignment - 1) / alignment * alignment + data, '\x11');
    return out;
  }
};

inline std::span<const std::byte> as_bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

}  // namespace hearth::testing_gguf
