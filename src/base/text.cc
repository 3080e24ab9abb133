#include "base/text.h"

#include <fmt/format.h>

namespace hearth {

namespace {

bool is_hazard(uint32_t code) {
  return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x200e || code == 0x200f ||
         (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) || code == 0xfeff;
}

void append_escaped(std::string& out, std::string_view text, size_t limit, bool in_quotes) {
  while (!text.empty()) {
    if (out.size() >= limit) {
      out += "...";
      return;
    }
    uint32_t code = 0;
    size_t length = utf8_character(text, code);
    if (length == 0) {
      out += fmt::format("\\x{:02x}", static_cast<uint8_t>(text[0]));
      length = 1;
    } else if (code == '\n') {
      out += "\\n";
    } else if (code == '\t') {
      out += "\\t";
    } else if (in_quotes && (code == '"' || code == '\\')) {
      out += '\\';
      out += static_cast<char>(code);
    } else if (is_hazard(code)) {
      out += code < 0x80 ? fmt::format("\\x{:02x}", code) : fmt::format("\\u{:04x}", code);
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(length);
  }
}

}  // namespace

size_t utf8_character(std::string_view text, uint32_t& code) {
  auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  uint8_t lead = byte(0);
  if (lead < 0x80) {
    code = lead;
    return 1;
  }
  size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return 0;
  code = lead & (0x7fu >> length);
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
    code = code << 6 | (byte(i) & 0x3f);
  }
  constexpr uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  bool surrogate = code >= 0xd800 && code < 0xe000;
  return code < kLeast[length] || code > 0x10ffff || surrogate ? 0 : length;
}

void append_utf8(std::string& out, uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
    return;
  }
  constexpr uint8_t kLead[] = {0, 0, 0xc0, 0xe0, 0xf0};
  size_t length = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  char bytes[4];
  for (size_t i = length; i-- > 1; code >>= 6) bytes[i] = static_cast<char>(0x80 | (code & 0x3f));
  bytes[0] = static_cast<char>(kLead[length] | code);
  out.append(bytes, length);
}

std::string quote(std::string_view text, size_t limit) {
  std::string out = "\"";
  append_escaped(out, text, limit, true);
  out += '"';
  return out;
}

std::string escape(std::string_view text, size_t limit) {
  std::string out;
  append_escaped(out, text, limit, false);
  return out;
}

std::string repair_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    uint32_t code = 0;
    size_t length = utf8_character(text, code);
    out += length ? text.substr(0, length) : std::string_view("\xef\xbf\xbd");
    text.remove_prefix(length ? length : 1);
  }
  return out;
}

}  // namespace hearth
