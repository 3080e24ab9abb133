#include "chat/jinja/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "chat/jinja/number.h"
#include "chat/jinja/unicode.h"

namespace hearth::jinja {

namespace {

void escape_unit(std::string& out, uint32_t unit) { out += fmt::format("\\u{:04x}", unit); }

void escape_json(std::string& out, std::string_view bytes, bool ascii) {
  for (size_t at = 0; at < bytes.size();) {
    size_t from = at;
    char32_t c = next_character(bytes, at);
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      case '\b': out += "\\b"; break;
      case '\f': out += "\\f"; break;
      default:
        if (c >= 0x20 && (c < 0x80 || !ascii) && !(ascii && c == 0x7f)) {
          out += bytes.substr(from, at - from);
        } else if (c < 0x10000) {
          escape_unit(out, c);
        } else {
          escape_unit(out, 0xd800 + ((c - 0x10000) >> 10));
          escape_unit(out, 0xdc00 + ((c - 0x10000) & 0x3ff));
        }
    }
  }
}

class Writer {
 public:
  Writer(Heap& heap, TextBuilder& out, const JsonStyle& style) : heap_(heap), out_(out), style_(style) {}

  void write(const Value& value) {
    Level level(heap_);
    if (!level.ok() || !heap_.spend_steps(1)) return;
    switch (value.kind) {
      case Kind::none: out_.add("null"); break;
      case Kind::boolean: out_.add(value.boolean ? "true" : "false"); break;
      case Kind::integer: out_.add(fmt::format("{}", value.integer)); break;
      case Kind::real: out_.add(real(value.real)); break;
      case Kind::text: text(*value.text); break;
      case Kind::list:
      case Kind::tuple: list(value.list->items); break;
      case Kind::dict: dict(*value.dict); break;
      default: heap_.fail("{} cannot be written as JSON", type_name(value));
    }
  }

 private:
  static std::string real(double value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
    return show_real(value);
  }

  void text(const Text& text) {
    if (!heap_.spend_characters(text.size())) return;
    out_.add("\"");
    for_each_run(text, 0, text.size(), [&](size_t begin, size_t end, Origin origin) {
      escaped_.clear();
      escape_json(escaped_, text.bytes.substr(begin, end - begin), style_.ascii);
      out_.add(escaped_, origin);
    });
    out_.add("\"");
  }

  // `put` writes one item; items go on lines of their own if the style indents.
  template <class Range, class Put>
  void items(std::string_view open, const Range& range, std::string_view close, Put&& put) {
    out_.add(open);
    ++nesting_;
    bool first = true;
    for (const auto& item : range) {
      if (heap_.failed()) return;
      if (!std::exchange(first, false)) out_.add(style_.between);
      new_line();
      put(item);
    }
    --nesting_;
    if (!first) new_line();
    out_.add(close);
  }

  void new_line() {
    if (!style_.indent) return;
    out_.add("\n");
    out_.fill(nesting_, *style_.indent);
  }

  void list(Items list) {
    items("[", list, "]", [&](const Value& item) { write(item); });
  }

  void dict(const Dict& dict) {
    std::vector<Entry> entries(dict.entries.begin(), dict.entries.end());
    if (style_.sort_keys) {
      std::stable_sort(entries.begin(), entries.end(),
                       [&](const Entry& a, const Entry& b) { return compare(heap_, a.key, b.key, "<") < 0; });
    }
    items("{", entries, "}", [&](const Entry& entry) {
      key(entry.key);
      out_.add(style_.after_key);
      write(entry.value);
    });
  }

  void key(const Value& key) {
    if (key.is(Kind::text)) {
      text(*key.text);
    } else if (key.is_number() || key.is(Kind::none)) {
      out_.add("\"");
      write(key);
      out_.add("\"");
    } else {
      heap_.fail("{} cannot be a key in JSON", type_name(key));
    }
  }

  Heap& heap_;
  TextBuilder& out_;
  const JsonStyle& style_;
  std::string escaped_;
  size_t nesting_ = 0;
};

}  // namespace

Value text_from_json(Heap& heap, const std::string& text) {
  if (!is_utf8(text)) {
    heap.fail("a value is text that is not UTF-8");
    return Kind::failure;
  }
  return text_value(heap, Text(text, Origin::input));
}

Value from_json(Heap& heap, const Json& json) {
  Level level(heap);
  if (!level.ok()) return Kind::failure;
  switch (json.type()) {
    case Json::value_t::null: return Kind::none;
    case Json::value_t::boolean: return Value(json.get<bool>());
    case Json::value_t::number_integer: return Value(json.get<int64_t>());
    case Json::value_t::number_unsigned: {
      uint64_t number = json.get<uint64_t>();
      return number > INT64_MAX ? Value(static_cast<double>(number)) : Value(static_cast<int64_t>(number));
    }
    case Json::value_t::number_float: return Value(json.get<double>());
    case Json::value_t::string: return text_from_json(heap, json.get_ref<const std::string&>());
    case Json::value_t::array: {
      std::span<Value> items = heap.room<Value>(json.size());
      for (size_t i = 0; i < items.size(); ++i) items[i] = from_json(heap, json[i]);
      return list_value(heap, items);
    }
    case Json::value_t::object: {
      std::span<Entry> entries = heap.room<Entry>(json.size());
      if (entries.empty()) return dict_value(heap, {});
      size_t i = 0;
      for (auto member = json.begin(); member != json.end(); ++member) {
        entries[i++] = {text_from_json(heap, member.key()), from_json(heap, member.value())};
      }
      if (heap.failed()) return Kind::failure;
      return dict_value(heap, entries);
    }
    case Json::value_t::binary:
    case Json::value_t::discarded: break;
  }
  heap.fail("a value is neither text, number, list nor object");
  return Kind::failure;
}

void to_json(Heap& heap, TextBuilder& out, const Value& value, const JsonStyle& style) {
  Writer(heap, out, style).write(value);
}

}  // namespace hearth::jinja
