#include "chat/jinja/format.h"

#include <algorithm>

#include "base/text.h"
#include "chat/jinja/machine.h"
#include "chat/jinja/number.h"
#include "chat/jinja/operators.h"
#include "chat/jinja/show.h"
#include "chat/jinja/unicode.h"

namespace hearth::jinja {

namespace {

constexpr int64_t kWidest = 1'000'000;   // of a field; beyond, no one reads it
constexpr int64_t kMostPrecise = 1'000;  // digits behind the point

Text repr(Heap& heap, const Value& value) {
  TextBuilder out(heap);
  show_repr(heap, out, value);
  return out.finish();
}

// What !a and %a make of a repr: everything beyond ASCII as an escape.
Text ascii(Heap& heap, const Text& text) {
  return map_text(heap, text, [](std::string& out, std::string_view bytes) {
    for (size_t at = 0; at < bytes.size();) {
      char32_t c = next_character(bytes, at);
      if (c < 0x80) {
        out += static_cast<char>(c);
      } else {
        out += c < 0x100     ? fmt::format("\\x{:02x}", static_cast<uint32_t>(c))
               : c < 0x10000 ? fmt::format("\\u{:04x}", static_cast<uint32_t>(c))
                             : fmt::format("\\U{:08x}", static_cast<uint32_t>(c));
      }
    }
  });
}

Text first_characters(Heap& heap, const Text& text, std::optional<int> count) {
  if (!count) return text;
  return cut(heap, text, 0, skip_characters(text.bytes, 0, static_cast<size_t>(*count)));
}

// Reads digits up to `most`; false if there are more than that allows.
bool read_count(std::string_view text, size_t& at, int64_t most, int64_t& count) {
  count = 0;
  for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
    count = count * 10 + (text[at] - '0');
    if (count > most) return false;
  }
  return true;
}

bool digit_at(std::string_view text, size_t at) {
  return at < text.size() && text[at] >= '0' && text[at] <= '9';
}

// How a value stands in its field.
struct Field {
  char32_t fill = ' ';
  char align = 0;  // of < > ^ =; 0: as the type has it
  size_t width = 0;
};

// `sign` and `body` in the field; '=' puts what fills it between the two.
void put(TextBuilder& out, const Field& field, char align, std::string_view sign, const Text& body) {
  size_t length = count_characters(sign) + count_characters(body.bytes);
  size_t room = field.width > length ? field.width - length : 0;
  size_t before = align == '>' ? room : align == '^' ? room / 2 : 0;
  size_t between = align == '=' ? room : 0;
  std::string fill;
  append_character(fill, field.fill);
  out.fill(before, fill);
  out.add(sign);
  out.fill(between, fill);
  out.add(body);
  out.fill(room - before - between, fill);
}

bool is_one_of(char c, std::string_view set) { return c != 0 && set.find(c) != set.npos; }

// The character of a number, for %c. Of origin `input`: letter by letter, a number could spell anything.
bool put_character(Machine& m, TextBuilder& out, const Field& field, int64_t code) {
  if (code < 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) {
    m.fail("{} is no character", code);
    return false;
  }
  std::string bytes;
  append_character(bytes, static_cast<char32_t>(code));
  put(out, field, field.align ? field.align : '<', "", Text(bytes, Origin::input));
  return true;
}

// Formatting with %.
class Percent {
 public:
  Percent(Machine& m, const Text& format, const Value& values)
      : m_(m), format_(format), text_(format.bytes), values_(values), out_(m.heap) {
    if (values.is(Kind::tuple)) {
      queue_ = values.list->items;
    } else {
      queue_ = Items(&values_, 1);
    }
  }

  Value run() {
    while (at_ < text_.size() && !m_.heap.failed()) {
      size_t percent = std::min(text_.find('%', at_), text_.size());
      out_.add(format_, at_, percent);
      at_ = percent + 1;
      if (percent < text_.size() && !conversion()) return Kind::failure;
    }
    bool all_used = next_ == queue_.size() || used_names_ || values_.is(Kind::dict) ||
                    (values_.is_sequence() && !values_.is(Kind::tuple) && next_ == 0);
    if (!all_used) return m_.fail("not all values are used by the format");
    return text_value(m_.heap, out_.finish());
  }

 private:
  bool fail(std::string_view what) {
    m_.fail("the format {}: {}", quote(text_), what);
    return false;
  }

  bool conversion() {
    std::optional<Value> named;
    if (at_ < text_.size() && text_[at_] == '(' && !name(named)) return false;
    Field field;
    NumberFormat number;
    bool zeros = false;
    for (; at_ < text_.size() && is_one_of(text_[at_], "#0- +"); ++at_) {
      char flag = text_[at_];
      if (flag == '#') number.alternate = true;
      if (flag == '0') zeros = true;
      if (flag == '-') field.align = '<';
      if (flag == '+' || (flag == ' ' && number.sign == '-')) number.sign = flag;
    }
    int64_t width = 0, precision = 0;
    if (!count(kWidest, width)) return false;
    if (width < 0) field.align = '<';
    field.width = static_cast<size_t>(std::abs(width));
    if (at_ < text_.size() && text_[at_] == '.') {
      ++at_;
      if (!count(kMostPrecise, precision)) return false;
      number.precision = static_cast<int>(std::max<int64_t>(precision, 0));
    }
    while (at_ < text_.size() && is_one_of(text_[at_], "hlL")) ++at_;
    if (at_ == text_.size()) return fail("it ends within a conversion");
    number.type = text_[at_++];
    if (number.type == '%') {
      out_.add("%");
      return true;
    }
    if (!named) {
      if (next_ == queue_.size()) return fail("there are too few values");
      named = queue_[next_++];
    }
    if (zeros && field.align == 0) {
      field.fill = '0';
      field.align = '=';
    }
    return value(field, number, *named);
  }

  // (name): the value under that key.
  bool name(std::optional<Value>& value) {
    size_t end = text_.find(')', at_);
    if (end == text_.npos) return fail("a name does not end");
    if (!values_.is(Kind::dict)) return fail("names need a dict of values");
    std::string_view key = text_.substr(at_ + 1, end - at_ - 1);
    const Value* found = find(*values_.dict, key);
    if (!found) return fail("there is no value for a name");
    value = *found;
    used_names_ = true;
    at_ = end + 1;
    return true;
  }

  // A width or precision: digits, or `*` for the next value.
  bool count(int64_t most, int64_t& count) {
    if (at_ < text_.size() && text_[at_] == '*') {
      ++at_;
      if (next_ == queue_.size() || !queue_[next_].is_whole()) return fail("* needs a whole number");
      count = queue_[next_++].whole();
      return (count <= most && count >= -most) || fail("a field is too wide");
    }
    return read_count(text_, at_, most, count) || fail("a field is too wide");
  }

  bool value(const Field& field, const NumberFormat& number, const Value& value) {
    switch (number.type) {
      case 's': return text(field, number, to_text(m_.heap, value));
      case 'r': return text(field, number, repr(m_.heap, value));
      case 'a': return text(field, number, ascii(m_.heap, repr(m_.heap, value)));
      case 'c': return character(field, value);
      case 'd':
      case 'i':
      case 'u': return whole(field, number, value, value.is(Kind::real));
      case 'x':
      case 'X':
      case 'o': return whole(field, number, value, false);
      case 'e':
      case 'E':
      case 'f':
      case 'F':
      case 'g':
      case 'G': return real(field, number, value);
      default: return fail("there is no such conversion");
    }
  }

  bool text(Field field, const NumberFormat& number, const Text& text) {
    if (field.align == '=') field = {' ', '>', field.width};
    put(out_, field, field.align ? field.align : '>', "", first_characters(m_.heap, text, number.precision));
    return true;
  }

  bool character(Field field, const Value& value) {
    if (field.align != '<') field = {' ', '>', field.width};
    if (value.is(Kind::text) && count_characters(value.text->bytes) == 1) {
      put(out_, field, field.align, "", *value.text);
      return true;
    }
    if (!value.is_whole()) return fail("%c needs a number or one character");
    return put_character(m_, out_, field, value.whole());
  }

  bool whole(const Field& field, NumberFormat number, const Value& value, bool truncate) {
    int64_t whole = 0;
    if (value.is_undefined()) return fail_undefined(m_.heap, value), false;
    if (truncate && std::abs(value.real) < 9.2e18) {
      whole = static_cast<int64_t>(value.real);
    } else if (value.is_whole()) {
      whole = value.whole();
    } else {
      return fail(fmt::format("%{} needs a whole number, found {}", number.type, type_name(value)));
    }
    if (is_one_of(number.type, "diu")) number.type = 'd';
    NumberParts parts = format_integer(whole, number);
    size_t least = static_cast<size_t>(number.precision.value_or(0));
    if (parts.digits.size() < least) parts.digits.insert(0, least - parts.digits.size(), '0');
    put(out_, field, field.align ? field.align : '>', parts.sign, Text(parts.digits, Origin::author));
    return true;
  }

  bool real(const Field& field, const NumberFormat& number, const Value& value) {
    if (value.is_undefined()) return fail_undefined(m_.heap, value), false;
    if (!value.is_number())
      return fail(fmt::format("%{} needs a number, found {}", number.type, type_name(value)));
    NumberParts parts = format_real(value.as_real(), number);
    put(out_, field, field.align ? field.align : '>', parts.sign, Text(parts.digits, Origin::author));
    return true;
  }

  Machine& m_;
  const Text& format_;
  std::string_view text_;
  Value values_;
  Items queue_;
  size_t next_ = 0;
  size_t at_ = 0;
  bool used_names_ = false;
  TextBuilder out_;
};

// Formatting with {}.
class Braces {
 public:
  Braces(Machine& m, const Args& args) : m_(m), args_(args) {}

  // `nested` counts fields within fields, which only widths and the like may be.
  bool run(const Text& format, int nested, TextBuilder& out) {
    std::string_view text = format.bytes;
    for (size_t at = 0; at < text.size() && !m_.heap.failed();) {
      size_t brace = std::min(text.find_first_of("{}", at), text.size());
      out.add(format, at, brace);
      if (brace == text.size()) break;
      if (brace + 1 < text.size() && text[brace + 1] == text[brace]) {
        out.add(format, brace, brace + 1);
        at = brace + 2;
        continue;
      }
      if (text[brace] == '}') return fail(text, "a } stands alone");
      size_t end = end_of_field(text, brace + 1);
      if (end == text.npos) return fail(text, "a { is not closed");
      if (nested == 0) return fail(text, "fields nest too deep");
      if (!field(cut(m_.heap, format, brace + 1, end), nested, out)) return false;
      at = end + 1;
    }
    return !m_.heap.failed();
  }

 private:
  bool fail(std::string_view format, std::string_view what) {
    m_.fail("the format {}: {}", quote(format), what);
    return false;
  }

  static size_t end_of_field(std::string_view text, size_t at) {
    for (int open = 1; at < text.size(); ++at) {
      if (text[at] == '{') ++open;
      if (text[at] == '}' && --open == 0) return at;
    }
    return text.npos;
  }

  // NAME!CONVERSION:SPECIFICATION
  bool field(const Text& field, int nested, TextBuilder& out) {
    std::string_view text = field.bytes;
    size_t name_end = 0;
    for (bool in_brackets = false; name_end < text.size(); ++name_end) {
      char c = text[name_end];
      if (c == '[') in_brackets = true;
      if (c == ']') in_brackets = false;
      if (!in_brackets && (c == '!' || c == ':')) break;
    }
    Value value = named(cut(m_.heap, field, 0, name_end));
    if (value.is_failure()) return false;
    size_t at = name_end;
    if (at < text.size() && text[at] == '!') {
      char conversion = at + 1 < text.size() ? text[at + 1] : '\0';
      if (!is_one_of(conversion, "sra")) return fail(text, "behind ! stands s, r or a");
      Text converted = conversion == 's' ? to_text(m_.heap, value) : repr(m_.heap, value);
      if (conversion == 'a') converted = ascii(m_.heap, converted);
      value = text_value(m_.heap, converted);
      at += 2;
      if (at < text.size() && text[at] != ':') return fail(text, "behind the conversion stands a :");
    }
    TextBuilder specification(m_.heap);
    if (at < text.size() && !run(cut(m_.heap, field, at + 1, text.size()), nested - 1, specification))
      return false;
    return put_value(value, specification.finish().bytes, out);
  }

  // The value of NAME.attribute[key]...
  Value named(const Text& field) {
    std::string_view text = field.bytes;
    size_t end = std::min(text.find_first_of(".["), text.size());
    Value value = argument(text.substr(0, end), text.empty());
    while (end < text.size() && !value.is_failure()) {
      bool attribute = text[end] == '.';
      size_t begin = end + 1;
      end = attribute ? std::min(text.find_first_of(".[", begin), text.size()) : text.find(']', begin);
      if (end == text.npos || end == begin)
        return fail(text, "a name is empty or does not end"), Kind::failure;
      Value key = text_value(m_.heap, cut(m_.heap, field, begin, end));
      auto index = attribute ? std::nullopt : read_integer(text.substr(begin, end - begin));
      value = attribute ? get_attribute(m_, value, key) : get_element(m_, value, index ? Value(*index) : key);
      if (!attribute) ++end;
    }
    return value;
  }

  Value argument(std::string_view name, bool automatic) {
    std::optional<int64_t> index;
    if (automatic) {
      index = automatic_++;
    } else if (digit_at(name, 0)) {
      index = read_integer(name);
    }
    if (index) {
      if (*index < static_cast<int64_t>(args_.values.size()))
        return args_.values[static_cast<size_t>(*index)];
      return m_.fail("the format needs value {}, found {} values", *index, args_.values.size());
    }
    for (const Named& named : args_.named) {
      if (named.name.bytes == name) return named.value;
    }
    return m_.fail("the format needs a value {}", quote(name));
  }

  // [[fill]align][sign][z][#][0][width][grouping][.precision][type]
  bool put_value(const Value& value, std::string_view text, TextBuilder& out) {
    Field field;
    NumberFormat number;
    size_t at = 0;
    size_t second = skip_characters(text, 0, 1);
    bool filled = second < text.size() && is_one_of(text[second], "<>^=");
    if (filled) {
      field.fill = next_character(text, at);
      field.align = text[at++];
    } else if (!text.empty() && is_one_of(text[0], "<>^=")) {
      field.align = text[at++];
    }
    if (at < text.size() && is_one_of(text[at], "+- ")) number.sign = text[at++];
    if (at < text.size() && text[at] == '#') {
      number.alternate = true;
      ++at;
    }
    if (!filled && at < text.size() && text[at] == '0') {
      ++at;
      field.fill = '0';
      if (field.align == 0 && value.is_number()) field.align = '=';
    }
    int64_t count = 0;
    if (!read_count(text, at, kWidest, count)) return fail(text, "a field is too wide");
    field.width = static_cast<size_t>(count);
    if (at < text.size() && is_one_of(text[at], ",_")) number.grouping = text[at++];
    if (at < text.size() && text[at] == '.') {
      if (!digit_at(text, ++at)) return fail(text, "a precision needs digits");
      if (!read_count(text, at, kMostPrecise, count)) return fail(text, "it is too precise");
      number.precision = static_cast<int>(count);
    }
    if (at < text.size()) number.type = text[at++];
    if (at != text.size()) return fail(text, "this is no format of a value");
    return put_formatted(value, text, field, number, out);
  }

  bool put_formatted(const Value& value, std::string_view text, const Field& field, NumberFormat number,
                     TextBuilder& out) {
    if (value.is_undefined() && !text.empty()) return fail(text, "an undefined value takes no format");
    bool plain = text.empty() || !value.is_number();
    if (plain) {
      if (!text.empty() && !value.is(Kind::text)) return fail(text, "this type takes no format");
      if (!is_one_of(number.type, "s") && number.type != 0) return fail(text, "this is no format of text");
      if (field.align == '=') return fail(text, "= is for numbers");
      put(out, field, field.align ? field.align : '<', "",
          first_characters(m_.heap, to_text(m_.heap, value), number.precision));
      return !m_.heap.failed();
    }
    NumberParts parts;
    if (value.is_whole() && (number.type == 0 || is_one_of(number.type, "dxXobnc"))) {
      if (number.precision) return fail(text, "whole numbers have no precision");
      if (number.type == 'c') return put_character(m_, out, field, value.whole());
      parts = format_integer(value.whole(), number);
    } else if (number.type == 0 || is_one_of(number.type, "eEfFgGn%")) {
      parts = format_real(value.as_real(), number);
    } else {
      return fail(text, "this is no format of a number");
    }
    put(out, field, field.align ? field.align : '>', parts.sign, Text(parts.digits, Origin::author));
    return true;
  }

  Machine& m_;
  const Args& args_;
  int64_t automatic_ = 0;
};

}  // namespace

Value format_percent(Machine& m, const Text& format, const Value& values) {
  Value result = Percent(m, format, values).run();
  return m.heap.failed() ? Value(Kind::failure) : result;
}

Value format_braces(Machine& m, const Text& format, const Args& args) {
  TextBuilder out(m.heap);
  if (!Braces(m, args).run(format, 2, out)) return Kind::failure;
  return text_value(m.heap, out.finish());
}

}  // namespace hearth::jinja
