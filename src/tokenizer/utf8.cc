#include "tokenizer/utf8.h"

#include <cstring>
#include <string>

namespace hearth {

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
    std::string_view tail = text.substr(text.size() - count);
    uint8_t lead = static_cast<uint8_t>(tail[0]);
    if ((lead & 0xC0) == 0x80) continue;
    if (lead < 0xC2 || lead > 0xF4 || utf8_at(tail, 0).valid()) return 0;
    size_t size = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (count >= size) return 0;
    if (count == 1) return 1;
    // Which second bytes a lead can have decides; after them any continuation does.
    std::string whole(tail);
    whole.append(size - count, '\x80');
    return utf8_at(whole, 0).size == size ? count : 0;
  }
  return 0;
}

}  // namespace hearth
