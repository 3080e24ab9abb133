// The 256 characters that stand for bytes in the vocabularies of byte-level BPE: printable bytes are
// themselves, the others are moved up to U+0100 and after, in order.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tokenizer/utf8.h"

namespace hearth {

inline constexpr uint32_t kByteCharEnd = 0x144;  // one after the last of the 256 characters

inline constexpr std::array<uint16_t, 256> kByteToChar = [] {
  std::array<uint16_t, 256> table{};
  uint16_t moved = 0x100;
  for (unsigned byte = 0; byte < 256; ++byte) {
    bool printable = (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
    table[byte] = printable ? static_cast<uint16_t>(byte) : moved++;
  }
  return table;
}();

inline constexpr std::array<int16_t, kByteCharEnd> kCharToByte = [] {
  std::array<int16_t, kByteCharEnd> table{};
  for (auto& byte : table) byte = -1;
  for (unsigned byte = 0; byte < 256; ++byte) table[kByteToChar[byte]] = static_cast<int16_t>(byte);
  return table;
}();

// The bytes that a token's text stands for, or nothing if it has a character that stands for none.
inline std::optional<std::string> byte_alphabet_decode(std::string_view text) {
  std::string bytes;
  for (size_t at = 0; at < text.size();) {
    Utf8Char next = utf8_at(text, at);
    if (next.code >= kByteCharEnd || kCharToByte[next.code] < 0) return std::nullopt;
    bytes.push_back(static_cast<char>(kCharToByte[next.code]));
    at += next.size;
  }
  return bytes;
}

}  // namespace hearth
