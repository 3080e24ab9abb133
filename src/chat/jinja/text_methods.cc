// The methods of text.
#include <algorithm>

#include "base/text.h"
#include "chat/jinja/format.h"
#include "chat/jinja/machine.h"
#include "chat/jinja/text_functions.h"
#include "chat/jinja/unicode.h"

namespace hearth::jinja {

namespace {

const Text& self(const Call& c) { return *c.self.text; }

Value changed(const Call& c, const Text& text) { return text_value(c.heap, text); }

// A text argument that may be left out or none; false if it is something else.
bool optional_text(const Call& c, size_t i, const Text*& text) {
  text = nullptr;
  if (!c.given(i) || c[i].is(Kind::none)) return true;
  text = c.text(i);
  return text != nullptr;
}

template <Text (*function)(Heap&, const Text&)>
Value method(const Call& c) {
  return changed(c, function(c.heap, self(c)));
}

template <Side side>
Value stripped(const Call& c) {
  const Text* set = nullptr;
  return optional_text(c, 0, set) ? changed(c, strip(c.heap, self(c), side, set)) : Value(Kind::failure);
}

// Pieces between blanks, at most `most` cuts counted from one end; the rest stays whole.
std::vector<Text> split_at_blanks(Heap& heap, const Text& text, int64_t most, bool from_right) {
  std::vector<Text> pieces;
  std::string_view left = text.bytes;
  heap.spend_characters(text.size());
  while (heap.spend_steps(1)) {
    left = from_right ? strip_right(left) : strip_left(left);
    if (left.empty()) break;
    if (most-- == 0) {
      pieces.push_back(cut(heap, text, from_right ? strip_right(left) : left));
      break;
    }
    size_t begin = 0, end = left.size();
    if (from_right) {
      begin = end;
      for (size_t before = begin; before > 0; begin = before) {
        if (is_space(previous_character(left, before))) break;
      }
    } else {
      end = 0;
      for (size_t next = 0; next < left.size(); end = next) {
        if (is_space(next_character(left, next))) break;
      }
    }
    pieces.push_back(cut(heap, text, left.substr(begin, end - begin)));
    left = from_right ? left.substr(0, begin) : left.substr(end);
  }
  return pieces;
}

std::vector<Text> split_at(Heap& heap, const Text& text, std::string_view separator, int64_t most,
                           bool from_right) {
  std::vector<Text> pieces;
  std::string_view left = text.bytes;
  for (; most != 0 && heap.spend_steps(1); --most) {
    size_t at = from_right ? find_last(heap, left, separator) : find_first(heap, left, separator);
    if (at == left.npos) break;
    std::string_view before = left.substr(0, at), after = left.substr(at + separator.size());
    pieces.push_back(cut(heap, text, from_right ? after : before));
    left = from_right ? before : after;
  }
  pieces.push_back(cut(heap, text, left));
  return pieces;
}

template <bool from_right>
Value split(const Call& c) {
  const Text* separator = nullptr;
  auto most = c.whole(1, -1);
  if (!optional_text(c, 0, separator) || !most) return Kind::failure;
  if (separator && separator->size() == 0) return c.fail("split() needs a separator that is not empty");
  auto pieces = separator ? split_at(c.heap, self(c), separator->bytes, *most, from_right)
                          : split_at_blanks(c.heap, self(c), *most, from_right);
  if (from_right) std::reverse(pieces.begin(), pieces.end());
  return list_of_texts(c.heap, pieces);
}

Value splitlines(const Call& c) { return list_of_texts(c.heap, split_lines(c.heap, self(c), c.flag(0))); }

template <bool from_right>
Value partition(const Call& c) {
  const Text* separator = c.text(0);
  if (!separator) return Kind::failure;
  if (separator->size() == 0) return c.fail("partition() needs a separator that is not empty");
  std::string_view bytes = self(c).bytes;
  size_t at =
      from_right ? find_last(c.heap, bytes, separator->bytes) : find_first(c.heap, bytes, separator->bytes);
  if (at == bytes.npos) {
    Text none;
    return list_of_texts(c.heap,
                         from_right ? std::vector{none, none, self(c)} : std::vector{self(c), none, none},
                         Kind::tuple);
  }
  size_t end = at + separator->size();
  return list_of_texts(
      c.heap,
      {cut(c.heap, self(c), 0, at), cut(c.heap, self(c), at, end), cut(c.heap, self(c), end, bytes.size())},
      Kind::tuple);
}

// The part that the arguments `first` and `first + 1`, positions in characters, leave; and where it begins.
struct Part {
  std::string_view bytes;
  size_t start = 0;     // in characters
  bool beyond = false;  // it begins behind the end of the text, where not even nothing is found
};

std::optional<Part> part(const Call& c, size_t first) {
  std::string_view bytes = self(c).bytes;
  if (!c.given(first)) return Part{bytes};
  int64_t length = static_cast<int64_t>(count_characters(bytes));
  auto bound = [&](size_t i, int64_t otherwise) -> std::optional<int64_t> {
    auto at = c[i].is(Kind::none) ? otherwise : c.whole(i, otherwise);
    return at && *at < 0 ? std::max<int64_t>(*at + length, 0) : at;
  };
  auto start = bound(first, 0), end = bound(first + 1, length);
  if (!start || !end) return std::nullopt;
  if (*start > length) return Part{{}, 0, true};
  size_t from = skip_characters(bytes, 0, static_cast<size_t>(*start));
  size_t to = skip_characters(bytes, 0, static_cast<size_t>(std::min(*end, length)));
  if (*start > *end) return Part{{}, 0, true};
  return Part{bytes.substr(from, to - from), static_cast<size_t>(*start)};
}

// Whether test(part, affix) holds for the affix given, or for one of a tuple of them.
template <class Test>
Value any_affix(const Call& c, Test&& test) {
  auto where = part(c, 1);
  if (!where) return Kind::failure;
  Items affixes = c[0].is(Kind::tuple) ? c[0].list->items : c.args.first(1);
  for (const Value& affix : affixes) {
    if (!affix.is(Kind::text)) return c.fail("a str is needed, found {}", type_name(affix));
    if (!where->beyond && test(where->bytes, affix.text->bytes)) return Value(true);
  }
  return Value(false);
}

Value starts_with(const Call& c) {
  return any_affix(c, [](std::string_view text, std::string_view affix) { return text.starts_with(affix); });
}

Value ends_with(const Call& c) {
  return any_affix(c, [](std::string_view text, std::string_view affix) { return text.ends_with(affix); });
}

Value remove_prefix(const Call& c) {
  const Text* prefix = c.text(0);
  if (!prefix) return Kind::failure;
  bool has = self(c).bytes.starts_with(prefix->bytes);
  return changed(c, cut(c.heap, self(c), has ? prefix->size() : 0, self(c).size()));
}

Value remove_suffix(const Call& c) {
  const Text* suffix = c.text(0);
  if (!suffix) return Kind::failure;
  bool has = self(c).bytes.ends_with(suffix->bytes);
  return changed(c, cut(c.heap, self(c), 0, self(c).size() - (has ? suffix->size() : 0)));
}

template <bool from_right, bool must_be_there>
Value find_text(const Call& c) {
  const Text* wanted = c.text(0);
  auto where = wanted ? part(c, 1) : std::nullopt;
  if (!where) return Kind::failure;
  size_t at = where->beyond ? std::string_view::npos
              : from_right  ? find_last(c.heap, where->bytes, wanted->bytes)
                            : find_first(c.heap, where->bytes, wanted->bytes);
  if (at != where->bytes.npos) {
    return Value(static_cast<int64_t>(where->start + count_characters(where->bytes.substr(0, at))));
  }
  if (must_be_there) return c.fail("the str {} is not there", quote(wanted->bytes));
  return Value(int64_t{-1});
}

Value count_text(const Call& c) {
  const Text* wanted = c.text(0);
  auto where = wanted ? part(c, 1) : std::nullopt;
  if (!where) return Kind::failure;
  if (where->beyond) return Value(int64_t{0});
  if (wanted->size() == 0) return Value(static_cast<int64_t>(count_characters(where->bytes) + 1));
  int64_t count = 0;
  size_t at = 0;
  while ((at = find_first(c.heap, where->bytes, wanted->bytes, at)) != where->bytes.npos &&
         c.heap.spend_steps(1)) {
    at += wanted->size();
    ++count;
  }
  return Value(count);
}

Value replace_text(const Call& c) {
  const Text *old = c.text(0), *with = old ? c.text(1) : nullptr;
  auto most = c.whole(2, -1);
  return with && most ? changed(c, replace(c.heap, self(c), *old, *with, *most)) : Value(Kind::failure);
}

Value join_texts(const Call& c) {
  auto items = items_of(c.heap, c[0]);
  if (!items) return Kind::failure;
  for (const Value& item : *items) {
    if (!item.is(Kind::text)) return c.fail("join() needs str, found {}", type_name(item));
  }
  return changed(c, join(c.heap, *items, self(c)));
}

Value format_text(const Call& c) { return format_braces(c.m, self(c), {c.more, c.named}); }

Value format_map(const Call& c) {
  if (!c[0].is(Kind::dict)) return c.fail("format_map() needs a dict, found {}", type_name(c[0]));
  Growing<Named> named;
  for (const Entry& entry : c[0].dict->entries) {
    if (entry.key.is(Kind::text)) named.push(c.heap, {*entry.key.text, entry.value});
  }
  return format_braces(c.m, self(c), {{}, named.items()});
}

// Where a text stands in a wider field.
template <Side side>
Value justified(const Call& c) {
  auto width = c.whole(0);
  const Text* fill = c.given(1) ? c.text(1) : nullptr;
  if (!width || c.heap.failed()) return Kind::failure;
  if (fill && count_characters(fill->bytes) != 1) return c.fail("a field is filled with one character");
  std::string_view with = fill ? fill->bytes : " ";
  if (side == Side::both) return changed(c, center(c.heap, self(c), *width, with));
  int64_t length = static_cast<int64_t>(count_characters(self(c).bytes));
  size_t room = static_cast<size_t>(std::max<int64_t>(*width - length, 0));
  TextBuilder out(c.heap);
  if (side == Side::right) out.fill(room, with);
  out.add(self(c));
  if (side == Side::left) out.fill(room, with);
  return changed(c, out.finish());
}

Value zfill(const Call& c) {
  auto width = c.whole(0);
  if (!width) return Kind::failure;
  int64_t length = static_cast<int64_t>(count_characters(self(c).bytes));
  size_t sign = self(c).bytes.starts_with('-') || self(c).bytes.starts_with('+') ? 1 : 0;
  TextBuilder out(c.heap);
  out.add(self(c), 0, sign);
  out.fill(static_cast<size_t>(std::max<int64_t>(*width - length, 0)), "0");
  out.add(self(c), sign, self(c).size());
  return changed(c, out.finish());
}

// Words begin where letters do: "they're" becomes "They'Re".
Value title_of(const Call& c) {
  bool in_word = false;
  return changed(c, map_text(c.heap, self(c), [&](std::string& out, std::string_view bytes) {
                   for (size_t at = 0; at < bytes.size();) {
                     char32_t letter = next_character(bytes, at);
                     in_word ? append_lower(out, letter) : append_title(out, letter);
                     in_word = is_lower(letter) || is_upper(letter) || is_title(letter);
                   }
                 }));
}

Value swapcase(const Call& c) {
  return changed(c, map_text(c.heap, self(c), [](std::string& out, std::string_view bytes) {
                   for (size_t at = 0; at < bytes.size();) {
                     char32_t letter = next_character(bytes, at);
                     is_upper(letter) ? append_lower(out, letter) : append_upper(out, letter);
                   }
                 }));
}

Value expand_tabs(const Call& c) {
  auto size = c.whole(0, 8);
  if (!size) return Kind::failure;
  TextBuilder out(c.heap);
  int64_t column = 0;
  std::string_view bytes = self(c).bytes;
  for (size_t at = 0; at < bytes.size() && !c.heap.failed();) {
    size_t from = at;
    char32_t letter = next_character(bytes, at);
    if (letter == '\t') {
      int64_t blanks = *size > 0 ? *size - column % *size : 0;
      out.fill(static_cast<size_t>(blanks), " ");
      column += blanks;
    } else {
      out.add(self(c), from, at);
      column = letter == '\n' || letter == '\r' ? 0 : column + 1;
    }
  }
  return changed(c, out.finish());
}

// Whether there are characters, and `is` holds for each.
template <bool (*is)(char32_t)>
Value all_are(const Call& c) {
  std::string_view bytes = self(c).bytes;
  c.heap.spend_characters(bytes.size());
  for (size_t at = 0; at < bytes.size();) {
    if (!is(next_character(bytes, at))) return Value(false);
  }
  return Value(!bytes.empty());
}

bool is_alphanumeric(char32_t c) { return c != '_' && is_word(c); }
bool is_numeric(char32_t c) { return is_alphanumeric(c) && !is_alpha(c); }

Value is_ascii(const Call& c) {
  return Value(std::all_of(self(c).bytes.begin(), self(c).bytes.end(), [](char byte) { return byte >= 0; }));
}

constexpr Builtin kMethods[] = {
    {"capitalize", {}, method<capitalize>},
    {"center", {"width", "fillchar?"}, justified<Side::both>},
    {"count", {"sub", "start?", "end?"}, count_text},
    {"endswith", {"suffix", "start?", "end?"}, ends_with},
    {"expandtabs", {"tabsize?"}, expand_tabs},
    {"find", {"sub", "start?", "end?"}, find_text<false, false>},
    {"format", {"*", "**"}, format_text},
    {"format_map", {"mapping"}, format_map},
    {"index", {"sub", "start?", "end?"}, find_text<false, true>},
    {"isalnum", {}, all_are<is_alphanumeric>},
    {"isalpha", {}, all_are<is_alpha>},
    {"isascii", {}, is_ascii},
    {"isdecimal", {}, all_are<is_decimal>},
    {"isdigit", {}, all_are<is_decimal>},
    {"islower", {}, [](const Call& c) { return Value(is_all_lower(self(c).bytes)); }},
    {"isnumeric", {}, all_are<is_numeric>},
    {"isspace", {}, all_are<is_space>},
    {"isupper", {}, [](const Call& c) { return Value(is_all_upper(self(c).bytes)); }},
    {"join", {"iterable"}, join_texts},
    {"ljust", {"width", "fillchar?"}, justified<Side::left>},
    {"lower", {}, method<to_lower>},
    {"lstrip", {"chars?"}, stripped<Side::left>},
    {"partition", {"sep"}, partition<false>},
    {"removeprefix", {"prefix"}, remove_prefix},
    {"removesuffix", {"suffix"}, remove_suffix},
    {"replace", {"old", "new", "count?"}, replace_text},
    {"rfind", {"sub", "start?", "end?"}, find_text<true, false>},
    {"rindex", {"sub", "start?", "end?"}, find_text<true, true>},
    {"rjust", {"width", "fillchar?"}, justified<Side::right>},
    {"rpartition", {"sep"}, partition<true>},
    {"rsplit", {"sep?", "maxsplit?"}, split<true>},
    {"rstrip", {"chars?"}, stripped<Side::right>},
    {"split", {"sep?", "maxsplit?"}, split<false>},
    {"splitlines", {"keepends?"}, splitlines},
    {"startswith", {"prefix", "start?", "end?"}, starts_with},
    {"strip", {"chars?"}, stripped<Side::both>},
    {"swapcase", {}, swapcase},
    {"title", {}, title_of},
    {"upper", {}, method<to_upper>},
    {"zfill", {"width"}, zfill},
};

}  // namespace

std::span<const Builtin> text_methods() { return kMethods; }

}  // namespace hearth::jinja
