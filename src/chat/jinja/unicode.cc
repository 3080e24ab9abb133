#include "chat/jinja/unicode.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstring>

#include "base/text.h"

namespace hearth::jinja {

namespace {

bool is_continuation(char byte) { return (static_cast<uint8_t>(byte) & 0xc0) == 0x80; }

utf8proc_category_t category(char32_t c) { return utf8proc_category(static_cast<utf8proc_int32_t>(c)); }

// Characters that grow when their case changes: the Latin and Armenian ones. (The polytonic Greek ones map to
// single characters here.)
struct Special {
  char32_t code;
  std::string_view upper, title;
};
constexpr Special kSpecials[] = {
    {0x00df, "SS", "Ss"},           {0x0149, "\u02bcN", "\u02bcN"}, {0x01f0, "J\u030c", "J\u030c"},
    {0x0587, "ԵՒ", "Եւ"},           {0x1e96, "H\u0331", "H\u0331"}, {0x1e97, "T\u0308", "T\u0308"},
    {0x1e98, "W\u030a", "W\u030a"}, {0x1e99, "Y\u030a", "Y\u030a"}, {0x1e9a, "A\u02be", "A\u02be"},
    {0xfb00, "FF", "Ff"},           {0xfb01, "FI", "Fi"},           {0xfb02, "FL", "Fl"},
    {0xfb03, "FFI", "Ffi"},         {0xfb04, "FFL", "Ffl"},         {0xfb05, "ST", "St"},
    {0xfb06, "ST", "St"},           {0xfb13, "ՄՆ", "Մն"},           {0xfb14, "ՄԵ", "Մե"},
    {0xfb15, "ՄԻ", "Մի"},           {0xfb16, "ՎՆ", "Վն"},           {0xfb17, "ՄԽ", "Մխ"},
};

const Special* find_special(char32_t c) {
  if (c < 0xdf) return nullptr;
  auto found = std::lower_bound(std::begin(kSpecials), std::end(kSpecials), c,
                                [](const Special& s, char32_t code) { return s.code < code; });
  return found != std::end(kSpecials) && found->code == c ? found : nullptr;
}

}  // namespace

bool is_utf8(std::string_view bytes) {
  while (!bytes.empty()) {
    uint64_t word = 0;
    while (bytes.size() >= sizeof(word)) {  // most text is ASCII for long stretches
      std::memcpy(&word, bytes.data(), sizeof(word));
      if (word & 0x8080808080808080u) break;
      bytes.remove_prefix(sizeof(word));
    }
    if (bytes.empty()) return true;
    uint32_t code = 0;
    size_t length = utf8_character(bytes, code);
    if (length == 0) return false;
    bytes.remove_prefix(length);
  }
  return true;
}

size_t count_characters(std::string_view text) {
  return text.size() - static_cast<size_t>(std::count_if(text.begin(), text.end(), is_continuation));
}

size_t skip_characters(std::string_view text, size_t from, size_t count) {
  for (; count > 0 && from < text.size(); --count) {
    ++from;
    while (from < text.size() && is_continuation(text[from])) ++from;
  }
  return from;
}

char32_t next_character(std::string_view text, size_t& at) {
  uint8_t lead = static_cast<uint8_t>(text[at++]);
  if (lead < 0x80) return lead;
  char32_t code = lead & (lead >= 0xf0 ? 0x07 : lead >= 0xe0 ? 0x0f : 0x1f);
  while (at < text.size() && is_continuation(text[at])) {
    code = code << 6 | (static_cast<uint8_t>(text[at++]) & 0x3f);
  }
  return code;
}

char32_t previous_character(std::string_view text, size_t& end) {
  do { --end; } while (end > 0 && is_continuation(text[end]));
  size_t at = end;
  return next_character(text, at);
}

void append_character(std::string& out, char32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
    return;
  }
  utf8proc_uint8_t bytes[4];
  utf8proc_ssize_t length = utf8proc_encode_char(static_cast<utf8proc_int32_t>(c), bytes);
  out.append(reinterpret_cast<const char*>(bytes), static_cast<size_t>(length));
}

bool is_space(char32_t c) {
  if (c < 0x80) return (c >= 0x09 && c <= 0x0d) || (c >= 0x1c && c <= 0x20);
  return c == 0x85 || c == 0x2028 || c == 0x2029 || category(c) == UTF8PROC_CATEGORY_ZS;
}

bool is_alpha(char32_t c) {
  auto of = category(c);
  return of >= UTF8PROC_CATEGORY_LU && of <= UTF8PROC_CATEGORY_LO;
}

bool is_decimal(char32_t c) { return c < 0x80 ? c >= '0' && c <= '9' : category(c) == UTF8PROC_CATEGORY_ND; }

bool is_word(char32_t c) {
  auto of = category(c);
  return c == '_' || (of >= UTF8PROC_CATEGORY_LU && of <= UTF8PROC_CATEGORY_LO) ||
         (of >= UTF8PROC_CATEGORY_ND && of <= UTF8PROC_CATEGORY_NO);
}

bool is_printable(char32_t c) {
  if (c < 0x7f) return c >= 0x20;
  auto of = category(c);
  return of >= UTF8PROC_CATEGORY_LU && of <= UTF8PROC_CATEGORY_SO;
}

bool is_upper(char32_t c) { return category(c) == UTF8PROC_CATEGORY_LU; }
bool is_lower(char32_t c) { return category(c) == UTF8PROC_CATEGORY_LL; }
bool is_title(char32_t c) { return category(c) == UTF8PROC_CATEGORY_LT; }

void append_upper(std::string& out, char32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c >= 'a' && c <= 'z' ? c - 0x20 : c);
  } else if (const Special* special = find_special(c)) {
    out += special->upper;
  } else {
    append_character(out, static_cast<char32_t>(utf8proc_toupper(static_cast<utf8proc_int32_t>(c))));
  }
}

void append_title(std::string& out, char32_t c) {
  if (const Special* special = find_special(c)) {
    out += special->title;
  } else {
    append_character(out, static_cast<char32_t>(utf8proc_totitle(static_cast<utf8proc_int32_t>(c))));
  }
}

void append_lower(std::string& out, char32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c >= 'A' && c <= 'Z' ? c + 0x20 : c);
  } else if (c == 0x130) {  // dotted capital I keeps its dot
    out += "i\u0307";
  } else {
    append_character(out, static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(c))));
  }
}

std::string_view strip_left(std::string_view text) {
  size_t at = 0;
  for (size_t next = 0; next < text.size(); at = next) {
    if (!is_space(next_character(text, next))) break;
  }
  return text.substr(at);
}

std::string_view strip_right(std::string_view text) {
  size_t end = text.size();
  for (size_t before = end; before > 0; end = before) {
    if (!is_space(previous_character(text, before))) break;
  }
  return text.substr(0, end);
}

}  // namespace hearth::jinja
