#include "tokenizer/utf8.h"

#include <cstring>

namespace hearth {

namespace {

// How a character that begins with `lead` looks: its size (0: begins none), and the range of its second byte,
// which is where overlong forms, surrogates and too large codes show.
struct Shape {
  uint8_t size, low, high;
};

constexpr Shape shape_of(uint8_t lead) {
  if (lead < 0x80) return {1, 0, 0};
  if (lead < 0xC2) return {0, 0, 0};
  if (lead < 0xE0) return {2, 0x80, 0xBF};
  if (lead == 0xE0) return {3, 0xA0, 0xBF};
  if (lead == 0xED) return {3, 0x80, 0x9F};
  if (lead < 0xF0) return {3, 0x80, 0xBF};
  if (lead == 0xF0) return {4, 0x90, 0xBF};
  if (lead < 0xF4) return {4, 0x80, 0xBF};
  if (lead == 0xF4) return {4, 0x80, 0x8F};
  return {0, 0, 0};
}

uint8_t byte_at(std::string_view text, size_t at) { return static_cast<uint8_t>(text[at]); }

bool continues(const Shape& shape, size_t index, uint8_t byte) {
  return index == 1 ? byte >= shape.low && byte <= shape.high : (byte & 0xC0) == 0x80;
}

}  // namespace

Utf8Char utf8_at(std::string_view text, size_t at) {
  uint8_t lead = byte_at(text, at);
  if (lead < 0x80) return {lead, 1};
  Shape shape = shape_of(lead);
  if (shape.size == 0 || text.size() - at < shape.size) return {Utf8Char::kInvalid, 1};
  uint32_t code = lead & (0x7F >> shape.size);
  for (size_t i = 1; i < shape.size; ++i) {
    uint8_t byte = byte_at(text, at + i);
    if (!continues(shape, i, byte)) return {Utf8Char::kInvalid, 1};
    code = code << 6 | (byte & 0x3F);
  }
  return {code, shape.size};
}

void append_utf8(std::string& text, uint32_t code) {
  auto put = [&](uint32_t byte) { text.push_back(static_cast<char>(byte)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | code >> 6);
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3F));
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

size_t utf8_valid_prefix(std::string_view text) {
  size_t at = 0;
  while (at < text.size()) {
    uint64_t eight;
    if (text.size() - at >= sizeof eight) {
      std::memcpy(&eight, text.data() + at, sizeof eight);
      if ((eight & 0x8080808080808080u) == 0) {
        at += sizeof eight;
        continue;
      }
    }
    Utf8Char next = utf8_at(text, at);
    if (!next.valid()) break;
    at += next.size;
  }
  return at;
}

size_t utf8_unfinished(std::string_view text) {
  for (size_t count = 1; count <= 3 && count <= text.size(); ++count) {
    size_t at = text.size() - count;
    uint8_t lead = byte_at(text, at);
    if ((lead & 0xC0) == 0x80) continue;
    Shape shape = shape_of(lead);
    if (shape.size <= count) return 0;
    for (size_t i = 1; i < count; ++i) {
      if (!continues(shape, i, byte_at(text, at + i))) return 0;
    }
    return count;
  }
  return 0;
}

}  // namespace hearth
