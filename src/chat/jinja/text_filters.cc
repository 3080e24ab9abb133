// Filters that make text of text.
#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "chat/jinja/format.h"
#include "chat/jinja/machine.h"
#include "chat/jinja/show.h"
#include "chat/jinja/text_functions.h"
#include "chat/jinja/unicode.h"
#include "chat/jinja/wrap.h"

namespace hearth::jinja {

namespace {

// What is filtered, as text: filters take any value.
Text subject(const Call& c) { return to_text(c.heap, c.self); }

Value shown(const Call& c, const Text& text) { return text_value(c.heap, text); }

template <Text (*function)(Heap&, const Text&)>
Value mapped(const Call& c) {
  return shown(c, function(c.heap, subject(c)));
}

Value trim(const Call& c) {
  if (!c.given(0) || c[0].is(Kind::none)) return shown(c, strip(c.heap, subject(c), Side::both));
  const Text* set = c.text(0);
  return set ? shown(c, strip(c.heap, subject(c), Side::both, set)) : Value(Kind::failure);
}

Value replace_filter(const Call& c) {
  auto most = c[2].is(Kind::none) ? -1 : c.whole(2, -1);
  if (!most) return Kind::failure;
  return shown(c, replace(c.heap, subject(c), to_text(c.heap, c[0]), to_text(c.heap, c[1]), *most));
}

// A word begins behind blanks and opening brackets.
Value title(const Call& c) {
  bool first = true;
  return shown(c, map_text(c.heap, subject(c), [&](std::string& out, std::string_view bytes) {
                 for (size_t at = 0; at < bytes.size();) {
                   char32_t letter = next_character(bytes, at);
                   bool between = is_space(letter) ||
                                  (letter < 0x80 && std::string_view("-({[<").find(
                                                        static_cast<char>(letter)) != std::string_view::npos);
                   first && !between ? append_upper(out, letter) : append_lower(out, letter);
                   first = between;
                 }
               }));
}

Value indent(const Call& c) {
  if (!c.self.is(Kind::text)) return c.fail("indent needs a str, found {}", type_name(c.self));
  Text margin;
  if (c[0].is(Kind::text)) {
    margin = *c[0].text;
  } else {
    auto width = c.whole(0, 4);
    if (!width) return Kind::failure;
    TextBuilder blanks(c.heap);
    blanks.fill(static_cast<size_t>(std::max<int64_t>(*width, 0)), " ");
    margin = blanks.finish();
  }
  bool first = c.flag(1), blank = c.flag(2);
  TextBuilder ended(c.heap);
  ended.add(*c.self.text);
  ended.add("\n");  // so that a line break at the end begins one more line
  std::vector<Text> lines = split_lines(c.heap, ended.finish(), false);
  TextBuilder out(c.heap);
  if (first) out.add(margin);
  for (size_t i = 0; i < lines.size() && !c.heap.failed(); ++i) {
    if (i > 0) out.add("\n");
    if (i > 0 && (blank || lines[i].size() > 0)) out.add(margin);
    out.add(lines[i]);
  }
  return shown(c, out.finish());
}

Value center_filter(const Call& c) {
  auto width = c.whole(0, 80);
  return width ? shown(c, center(c.heap, subject(c), *width, " ")) : Value(Kind::failure);
}

Value truncate(const Call& c) {
  if (!c.self.is(Kind::text)) return c.fail("truncate needs a str, found {}", type_name(c.self));
  auto length = c.whole(0, 255), leeway = c[3].is(Kind::none) ? 5 : c.whole(3, 5);
  Text end = c.given(2) ? to_text(c.heap, c[2]) : Text("...", Origin::author);
  if (!length || !leeway) return Kind::failure;
  int64_t end_length = static_cast<int64_t>(count_characters(end.bytes));
  if (*length < end_length || *leeway < 0) return c.fail("truncate cannot cut to {} characters", *length);
  const Text& text = *c.self.text;
  size_t characters = count_characters(text.bytes);
  if (characters <= static_cast<size_t>(*length) ||
      characters - static_cast<size_t>(*length) <= static_cast<size_t>(*leeway))
    return c.self;
  size_t stop = skip_characters(text.bytes, 0, static_cast<size_t>(*length - end_length));
  if (!c.flag(1)) stop = std::min(text.bytes.substr(0, stop).rfind(' '), stop);
  TextBuilder out(c.heap);
  out.add(text, 0, stop);
  out.add(end);
  return shown(c, out.finish());
}

Value wordwrap(const Call& c) {
  if (!c.self.is(Kind::text)) return c.fail("wordwrap needs a str, found {}", type_name(c.self));
  auto width = c.whole(0, 79);
  if (!width) return Kind::failure;
  if (*width <= 0) return c.fail("wordwrap needs a width, found {}", *width);
  Text separator = c.given(2) && !c[2].is(Kind::none) ? to_text(c.heap, c[2]) : Text("\n", Origin::author);
  WrapStyle style{static_cast<size_t>(*width), !c.given(1) || c.flag(1), !c.given(3) || c.flag(3)};
  TextBuilder out(c.heap);
  bool first = true;
  for (const Text& line : split_lines(c.heap, *c.self.text, false)) {
    if (!std::exchange(first, false)) out.add(separator);
    bool first_piece = true;
    for (std::string_view piece : wrap(c.heap, line.bytes, style)) {
      if (!std::exchange(first_piece, false)) out.add(separator);
      size_t begin = static_cast<size_t>(piece.data() - line.bytes.data());
      out.add(line, begin, begin + piece.size());
    }
  }
  return shown(c, out.finish());
}

Value wordcount(const Call& c) {
  Text text = subject(c);
  c.heap.spend_characters(text.size());
  int64_t count = 0;
  bool in_word = false;
  for (size_t at = 0; at < text.size();) {
    bool word = is_word(next_character(text.bytes, at));
    count += word && !in_word;
    in_word = word;
  }
  return Value(count);
}

Value escape(const Call& c) {
  return shown(c, map_text(c.heap, subject(c), [](std::string& out, std::string_view bytes) {
                 for (char byte : bytes) {
                   switch (byte) {
                     case '&': out += "&amp;"; break;
                     case '<': out += "&lt;"; break;
                     case '>': out += "&gt;"; break;
                     case '\'': out += "&#39;"; break;
                     case '"': out += "&#34;"; break;
                     default: out += byte;
                   }
                 }
               }));
}

// str(): also of what `safe` marks, since nothing is escaped by itself.
Value string(const Call& c) { return c.self.is(Kind::text) ? c.self : shown(c, subject(c)); }

Value format_filter(const Call& c) {
  if (!c.more.empty() && !c.named.empty()) return c.fail("format takes values or names, not both");
  Value values = list_value(c.heap, c.more, Kind::tuple);
  if (!c.named.empty()) {
    DictBuilder dict;
    for (const Named& named : c.named) dict.put(c.heap, text_value(c.heap, named.name), named.value);
    values = dict.finish(c.heap);
  }
  return c.heap.failed() ? Value(Kind::failure) : format_percent(c.m, subject(c), values);
}

Text quote_url(const Call& c, const Text& text, bool in_query) {
  return map_text(c.heap, text, [&](std::string& out, std::string_view bytes) {
    for (char byte : bytes) {
      bool plain = (byte >= '0' && byte <= '9') || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z') ||
                   std::string_view("_.-~").find(byte) != std::string_view::npos ||
                   (byte == '/' && !in_query);
      if (plain) {
        out += byte;
      } else if (byte == ' ' && in_query) {
        out += '+';
      } else {
        out += fmt::format("%{:02X}", static_cast<uint8_t>(byte));
      }
    }
  });
}

Value urlencode(const Call& c) {
  bool listed =
      c.self.is(Kind::dict) || c.self.is_sequence() || c.self.is(Kind::view) || c.self.is(Kind::generator);
  if (!listed) return shown(c, quote_url(c, subject(c), false));
  auto pairs =
      items_of(c.heap, c.self.is(Kind::dict) ? Value(c.heap.make<View>(View::items, c.self.dict)) : c.self);
  TextBuilder out(c.heap);
  for (size_t i = 0; pairs && i < pairs->size() && !c.heap.failed(); ++i) {
    auto pair = items_of(c.heap, (*pairs)[i]);
    if (!pair) return Kind::failure;
    if (pair->size() != 2) return c.fail("urlencode needs pairs, found {} values", pair->size());
    if (i > 0) out.add("&");
    out.add(quote_url(c, to_text(c.heap, (*pair)[0]), true));
    out.add("=");
    out.add(quote_url(c, to_text(c.heap, (*pair)[1]), true));
  }
  return shown(c, out.finish());
}

constexpr Builtin kTextFilters[] = {
    {"capitalize", {}, mapped<capitalize>},
    {"center", {"width?"}, center_filter},
    {"e", {}, escape},
    {"escape", {}, escape},
    {"forceescape", {}, escape},
    {"format", {"*", "**"}, format_filter},
    {"indent", {"width?", "first?", "blank?"}, indent},
    {"lower", {}, mapped<to_lower>},
    {"replace", {"old", "new", "count?"}, replace_filter},
    {"safe", {}, string},
    {"string", {}, string},
    {"title", {}, title},
    {"trim", {"chars?"}, trim},
    {"truncate", {"length?", "killwords?", "end?", "leeway?"}, truncate},
    {"upper", {}, mapped<to_upper>},
    {"urlencode", {}, urlencode},
    {"wordcount", {}, wordcount},
    {"wordwrap", {"width?", "break_long_words?", "wrapstring?", "break_on_hyphens?"}, wordwrap},
};

}  // namespace

std::span<const Builtin> text_filters() { return kTextFilters; }

}  // namespace hearth::jinja
