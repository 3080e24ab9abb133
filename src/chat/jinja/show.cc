#include "chat/jinja/show.h"

#include <fmt/format.h>

#include "chat/jinja/machine.h"
#include "chat/jinja/number.h"
#include "chat/jinja/unicode.h"

namespace hearth::jinja {

namespace {

void repr_text(Heap& heap, TextBuilder& out, const Text& text) {
  if (!heap.spend_characters(text.size())) return;
  bool single = text.bytes.find('\'') != text.bytes.npos;
  bool twice = text.bytes.find('"') != text.bytes.npos;
  char quote = single && !twice ? '"' : '\'';
  out.add(std::string_view(&quote, 1));
  std::string escaped;
  for_each_run(text, 0, text.size(), [&](size_t begin, size_t end, Origin origin) {
    escaped.clear();
    std::string_view stretch = text.bytes.substr(0, end);
    while (begin < end) {
      size_t from = begin;
      char32_t c = next_character(stretch, begin);
      if (c == static_cast<char32_t>(quote) || c == '\\') {
        escaped += {'\\', static_cast<char>(c)};
      } else if (is_printable(c)) {
        escaped += stretch.substr(from, begin - from);
      } else if (c == '\n' || c == '\r' || c == '\t') {
        escaped += c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t";
      } else {
        escaped += c < 0x100     ? fmt::format("\\x{:02x}", static_cast<uint32_t>(c))
                   : c < 0x10000 ? fmt::format("\\u{:04x}", static_cast<uint32_t>(c))
                                 : fmt::format("\\U{:08x}", static_cast<uint32_t>(c));
      }
    }
    out.add(escaped, origin);
  });
  out.add(std::string_view(&quote, 1));
}

void repr_items(Heap& heap, TextBuilder& out, Items items) {
  bool first = true;
  for (const Value& item : items) {
    if (!std::exchange(first, false)) out.add(", ");
    show_repr(heap, out, item);
    if (heap.failed()) return;
  }
}

void repr_entries(Heap& heap, TextBuilder& out, std::span<const Entry> entries) {
  out.add("{");
  bool first = true;
  for (const Entry& entry : entries) {
    if (!std::exchange(first, false)) out.add(", ");
    show_repr(heap, out, entry.key);
    out.add(": ");
    show_repr(heap, out, entry.value);
    if (heap.failed()) return;
  }
  out.add("}");
}

void repr_range(TextBuilder& out, const Range& range) {
  out.add(fmt::format("range({}, {}", range.start, range.stop));
  if (range.step != 1) out.add(fmt::format(", {}", range.step));
  out.add(")");
}

}  // namespace

void show_repr(Heap& heap, TextBuilder& out, const Value& value) {
  Level level(heap);
  if (!level.ok() || !heap.spend_steps(1)) return;
  switch (value.kind) {
    case Kind::absent:
    case Kind::failure: break;
    case Kind::undefined: out.add("Undefined"); break;
    case Kind::none: out.add("None"); break;
    case Kind::boolean: out.add(value.boolean ? "True" : "False"); break;
    case Kind::integer: out.add(fmt::format("{}", value.integer)); break;
    case Kind::real: out.add(show_real(value.real)); break;
    case Kind::text: repr_text(heap, out, *value.text); break;
    case Kind::list:
      out.add("[");
      repr_items(heap, out, value.list->items);
      out.add("]");
      break;
    case Kind::tuple:
      out.add("(");
      repr_items(heap, out, value.list->items);
      out.add(value.list->items.size() == 1 ? ",)" : ")");
      break;
    case Kind::dict: repr_entries(heap, out, value.dict->entries); break;
    case Kind::range: repr_range(out, *value.range); break;
    case Kind::view:
      out.add(type_name(value));
      out.add("([");
      if (auto items = items_of(heap, value)) repr_items(heap, out, *items);
      out.add("])");
      break;
    case Kind::space:
      out.add("<Namespace ");
      repr_entries(heap, out, value.space->entries.items());
      out.add(">");
      break;
    case Kind::macro:
      out.add("<Macro ");
      repr_text(heap, out, Text(value.macro->routine->name, Origin::author));
      out.add(">");
      break;
    default:
      out.add("<");
      out.add(type_name(value));
      out.add(">");
  }
}

void show(Heap& heap, TextBuilder& out, const Value& value) {
  if (value.is(Kind::text)) {
    out.add(*value.text);
  } else if (!value.is_undefined()) {
    show_repr(heap, out, value);
  }
}

Text to_text(Heap& heap, const Value& value) {
  if (value.is(Kind::text)) return *value.text;
  TextBuilder out(heap);
  show(heap, out, value);
  return out.finish();
}

}  // namespace hearth::jinja
