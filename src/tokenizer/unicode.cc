#include "tokenizer/unicode.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>

#include "tokenizer/utf8.h"

namespace hearth {

namespace {

struct Range {
  uint32_t first, last;
};

template <size_t n>
bool lies_in(const Range (&ranges)[n], uint32_t code) {
  return std::any_of(ranges, ranges + n,
                     [&](const Range& range) { return code >= range.first && code <= range.last; });
}

utf8proc_category_t category_of(uint32_t code) {
  return utf8proc_category(static_cast<utf8proc_int32_t>(code));
}

}  // namespace

bool is_white_space(uint32_t code) {
  if (code < 0x80) return code == ' ' || (code >= '\t' && code <= '\r');
  static constexpr Range kSpaces[] = {{0x85, 0x85},     {0xA0, 0xA0},     {0x1680, 0x1680}, {0x2000, 0x200A},
                                      {0x2028, 0x2029}, {0x202F, 0x202F}, {0x205F, 0x205F}, {0x3000, 0x3000}};
  return lies_in(kSpaces, code);
}

bool is_control_or_format(uint32_t code) {
  switch (category_of(code)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO: return true;
    default: return false;
  }
}

bool is_mark(uint32_t code) {
  switch (category_of(code)) {
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME: return true;
    default: return false;
  }
}

bool is_nonspacing_mark(uint32_t code) { return category_of(code) == UTF8PROC_CATEGORY_MN; }

bool is_punctuation(uint32_t code) {
  switch (category_of(code)) {
    case UTF8PROC_CATEGORY_PC:
    case UTF8PROC_CATEGORY_PD:
    case UTF8PROC_CATEGORY_PS:
    case UTF8PROC_CATEGORY_PE:
    case UTF8PROC_CATEGORY_PI:
    case UTF8PROC_CATEGORY_PF:
    case UTF8PROC_CATEGORY_PO: return true;
    default: return false;
  }
}

bool is_word_character(uint32_t code) {
  // Letters in circles and squares, which are symbols by category; the joiners.
  static constexpr Range kOthers[] = {
      {0x200C, 0x200D}, {0x24B6, 0x24E9}, {0x1F130, 0x1F149}, {0x1F150, 0x1F169}, {0x1F170, 0x1F189}};
  switch (category_of(code)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_PC: return true;
    default: return lies_in(kOthers, code);
  }
}

bool is_ideograph(uint32_t code) {
  // The extension that begins at 2B820 is counted from 2B920 on wherever these models were trained.
  static constexpr Range kRanges[] = {{0x4E00, 0x9FFF},   {0x3400, 0x4DBF},   {0x20000, 0x2A6DF},
                                      {0x2A700, 0x2B73F}, {0x2B740, 0x2B81F}, {0x2B920, 0x2CEAF},
                                      {0xF900, 0xFAFF},   {0x2F800, 0x2FA1F}};
  return lies_in(kRanges, code);
}

void append_lower_case(std::string& out, uint32_t code) {
  if (code == 0x130) {  // the only character whose lower case is two, whatever the language
    out += "i\u0307";
    return;
  }
  append_utf8(out, static_cast<uint32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(code))));
}

std::string normalize_form(std::string_view text, UnicodeForm form) {
  auto options = static_cast<utf8proc_option_t>(
      UTF8PROC_STABLE |
      (form == UnicodeForm::nfc || form == UnicodeForm::nfkc ? UTF8PROC_COMPOSE : UTF8PROC_DECOMPOSE) |
      (form == UnicodeForm::nfkc || form == UnicodeForm::nfkd ? UTF8PROC_COMPAT : 0));
  std::string result;
  while (!text.empty()) {
    std::string_view valid = text.substr(0, utf8_valid_prefix(text));
    if (!valid.empty()) {
      utf8proc_uint8_t* mapped = nullptr;
      auto size = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(valid.data()),
                               static_cast<utf8proc_ssize_t>(valid.size()), &mapped, options);
      // It fails for want of memory alone, since what it is given is UTF-8.
      if (size >= 0) result.append(reinterpret_cast<const char*>(mapped), static_cast<size_t>(size));
      std::free(mapped);
      text.remove_prefix(valid.size());
    }
    while (!text.empty() && !utf8_at(text, 0).valid()) {
      result.push_back(text.front());
      text.remove_prefix(1);
    }
  }
  return result;
}

size_t grapheme_size(std::string_view text) {
  Utf8Char last = utf8_at(text, 0);
  size_t size = last.size;
  utf8proc_int32_t state = 0;
  while (last.valid() && size < text.size()) {
    Utf8Char next = utf8_at(text, size);
    if (!next.valid() || utf8proc_grapheme_break_stateful(static_cast<utf8proc_int32_t>(last.code),
                                                          static_cast<utf8proc_int32_t>(next.code), &state))
      break;
    size += next.size;
    last = next;
  }
  return size;
}

}  // namespace hearth
