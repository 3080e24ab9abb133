#include "chat/jinja/text_functions.h"

#include <cstring>

#include "chat/jinja/show.h"
#include "chat/jinja/unicode.h"

namespace hearth::jinja {

namespace {

bool is_line_end(char32_t c) {
  return (c >= 0x0a && c <= 0x0d) || (c >= 0x1c && c <= 0x1e) || c == 0x85 || c == 0x2028 || c == 0x2029;
}

// Calls map(out, character) for each character of `text`.
template <class Map>
Text map_characters(Heap& heap, const Text& text, Map&& map) {
  return map_text(heap, text, [&](std::string& out, std::string_view bytes) {
    for (size_t at = 0; at < bytes.size();) map(out, next_character(bytes, at));
  });
}

}  // namespace

Text strip(Heap& heap, const Text& text, Side side, const Text* set) {
  auto goes = [&](char32_t c) {
    if (!set) return is_space(c);
    heap.spend_steps(set->size() / 16);
    for (size_t at = 0; at < set->size();) {
      if (next_character(set->bytes, at) == c) return true;
    }
    return false;
  };
  size_t begin = 0, end = text.size();
  while (side != Side::right && begin < end && !heap.failed()) {
    size_t next = begin;
    if (!goes(next_character(text.bytes, next))) break;
    begin = next;
  }
  while (side != Side::left && begin < end && !heap.failed()) {
    size_t before = end;
    if (!goes(previous_character(text.bytes, before))) break;
    end = before;
  }
  heap.spend_characters(text.size() - (end - begin));
  return cut(heap, text, begin, end);
}

Text replace(Heap& heap, const Text& text, const Text& old, const Text& with, int64_t most) {
  TextBuilder out(heap);
  size_t at = 0;
  for (; most != 0 && !heap.failed(); --most) {
    // An empty `old` stands before each character and at the end.
    size_t found = old.size() == 0 ? at : find_first(heap, text.bytes, old.bytes, at);
    if (found == text.bytes.npos) break;
    out.add(text, at, found);
    out.add(with);
    at = found + old.size();
    if (old.size() == 0) {
      if (at >= text.size()) return out.finish();
      size_t next = skip_characters(text.bytes, at, 1);
      out.add(text, at, next);
      at = next;
    }
    heap.spend_steps(1);
  }
  out.add(text, at, text.size());
  return out.finish();
}

std::vector<Text> split_lines(Heap& heap, const Text& text, bool keep) {
  std::vector<Text> lines;
  for (size_t begin = 0, at = 0; begin < text.size() && heap.spend_steps(1); begin = at) {
    size_t end = at;
    char32_t c = 0;
    while (at < text.size() && !is_line_end(c)) {
      end = at;
      c = next_character(text.bytes, at);
    }
    if (!is_line_end(c)) end = at;
    heap.spend_characters(at - begin);
    if (c == '\r' && at < text.size() && text.bytes[at] == '\n') ++at;
    lines.push_back(cut(heap, text, begin, keep ? at : end));
  }
  return lines;
}

Text to_upper(Heap& heap, const Text& text) { return map_characters(heap, text, append_upper); }

Text to_lower(Heap& heap, const Text& text) { return map_characters(heap, text, append_lower); }

Text capitalize(Heap& heap, const Text& text) {
  bool first = true;
  return map_characters(heap, text, [&](std::string& out, char32_t c) {
    std::exchange(first, false) ? append_title(out, c) : append_lower(out, c);
  });
}

Text center(Heap& heap, const Text& text, int64_t width, std::string_view fill) {
  int64_t length = static_cast<int64_t>(count_characters(text.bytes));
  if (width <= length) return text;
  int64_t room = width - length;
  int64_t before = room / 2 + (room & width & 1);  // as Python does, to its own surprise
  TextBuilder out(heap);
  out.fill(static_cast<size_t>(before), fill);
  out.add(text);
  out.fill(static_cast<size_t>(room - before), fill);
  return out.finish();
}

size_t find_first(Heap& heap, std::string_view text, std::string_view wanted, size_t from) {
  if (wanted.empty()) return from;
  if (text.size() - from < wanted.size()) return text.npos;
  // Not string_view::find, which takes the product of both lengths at worst.
  const void* found = memmem(text.data() + from, text.size() - from, wanted.data(), wanted.size());
  size_t at = found ? static_cast<size_t>(static_cast<const char*>(found) - text.data()) : text.npos;
  heap.spend_bytes((found ? at : text.size()) - from);
  return at;
}

size_t find_last(Heap& heap, std::string_view text, std::string_view wanted) {
  size_t at = text.npos;
  if (heap.spend_steps(text.size() / 64 * (1 + wanted.size() / 64))) at = text.rfind(wanted);
  return at;
}

namespace {

template <bool (*wanted)(char32_t), bool (*other)(char32_t)>
bool all_cased(std::string_view text) {
  bool any = false;
  for (size_t at = 0; at < text.size();) {
    char32_t c = next_character(text, at);
    if (other(c) || is_title(c)) return false;
    any |= wanted(c);
  }
  return any;
}

}  // namespace

bool is_all_lower(std::string_view text) { return all_cased<is_lower, is_upper>(text); }
bool is_all_upper(std::string_view text) { return all_cased<is_upper, is_lower>(text); }

Text join(Heap& heap, Items items, const Text& separator) {
  TextBuilder out(heap);
  for (size_t i = 0; i < items.size() && heap.spend_steps(1); ++i) {
    if (i > 0) out.add(separator);
    show(heap, out, items[i]);
  }
  return out.finish();
}

Value list_of_texts(Heap& heap, const std::vector<Text>& texts, Kind kind) {
  std::span<Value> items = heap.room<Value>(texts.size());
  for (size_t i = 0; i < items.size(); ++i) items[i] = text_value(heap, texts[i]);
  return list_value(heap, items, kind);
}

}  // namespace hearth::jinja
