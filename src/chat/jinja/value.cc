#include "chat/jinja/value.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/text.h"
#include "chat/jinja/unicode.h"

namespace hearth::jinja {

namespace {

// Up to so many keys are compared one by one.
constexpr size_t kSmallDict = 16;

std::string_view name_of(const Dict& dict, uint32_t entry) { return dict.entries[entry].key.text->bytes; }

std::partial_ordering compare_mixed(int64_t whole, double real) {
  if (std::isnan(real)) return std::partial_ordering::unordered;
  constexpr double kTwo63 = 9223372036854775808.0;
  if (real >= kTwo63) return std::partial_ordering::less;
  if (real < -kTwo63) return std::partial_ordering::greater;
  double floor = std::floor(real);
  if (auto order = whole <=> static_cast<int64_t>(floor); order != 0) return order;
  return 0.0 <=> real - floor;
}

std::partial_ordering compare_numbers(const Value& a, const Value& b) {
  if (a.is_whole() && b.is_whole()) return a.whole() <=> b.whole();
  if (a.is_whole()) return compare_mixed(a.whole(), b.real);
  if (b.is_whole()) return 0 <=> compare_mixed(b.whole(), a.real);
  return a.real <=> b.real;
}

bool equal_items(Heap& heap, Items a, Items b) {
  Level level(heap);
  if (!level.ok() || a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (!equal(heap, a[i], b[i])) return false;
  }
  return true;
}

bool equal_dicts(Heap& heap, const Dict& a, const Dict& b) {
  Level level(heap);
  if (!level.ok() || a.entries.size() != b.entries.size()) return false;
  for (const Entry& entry : a.entries) {
    const Value* other = find(heap, b, entry.key);
    if (!other || !equal(heap, entry.value, *other)) return false;
  }
  return true;
}

}  // namespace

size_t Range::size() const {
  if (step > 0) return start < stop ? static_cast<size_t>((stop - start - 1) / step + 1) : 0;
  return start > stop ? static_cast<size_t>((start - stop - 1) / -step + 1) : 0;
}

bool DictBuilder::put(Heap& heap, Value key, Value value) {
  if (!is_hashable(key)) {
    heap.fail("a {} cannot be a key of a dictionary", type_name(key));
    return false;
  }
  if (!heap.spend_steps(1 + entries_.size() / 8)) return false;
  for (Entry& entry : entries_.items()) {
    if (equal(heap, entry.key, key)) {
      entry.value = value;
      return true;
    }
  }
  entries_.push(heap, {key, value});
  return !heap.failed();
}

Value DictBuilder::finish(Heap& heap) { return dict_value(heap, entries_.items()); }

Value text_value(Heap& heap, const Text& text) { return Value(heap.make<Text>(text)); }

Value text_value(Heap& heap, std::string_view bytes, Origin origin) {
  TextBuilder out(heap);
  out.add(bytes, origin);
  return text_value(heap, out.finish());
}

Value list_value(Heap& heap, Items items, Kind kind) { return Value(heap.make<List>(items), kind); }

Value copy_list(Heap& heap, std::initializer_list<Value> items, Kind kind) {
  std::span<Value> copy = heap.room<Value>(items.size());
  if (!copy.empty()) std::copy(items.begin(), items.end(), copy.begin());
  return list_value(heap, copy, kind);
}

Value dict_value(Heap& heap, std::span<const Entry> entries) {
  Dict* dict = heap.make<Dict>(entries);
  auto has_name = [](const Entry& entry) { return entry.key.is(Kind::text); };
  if (entries.size() > kSmallDict && std::all_of(entries.begin(), entries.end(), has_name)) {
    std::span<uint32_t> order = heap.room<uint32_t>(entries.size());
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(),
              [&](uint32_t a, uint32_t b) { return name_of(*dict, a) < name_of(*dict, b); });
    dict->by_name = order;
  }
  return Value(dict);
}

Value generator_value(Heap& heap, Items items) { return Value(heap.make<Generator>(items)); }

Value undefined_name(Heap& heap, std::string_view name) {
  return Value(heap.make<Missing>(Missing::name, Value(), Value(), name));
}

Value undefined_attribute(Heap& heap, Value object, Value key) {
  return Value(heap.make<Missing>(Missing::attribute, object, key));
}

Value undefined_hint(Heap& heap, std::string_view hint) {
  return Value(heap.make<Missing>(Missing::hint, Value(), Value(), hint));
}

std::string_view type_name(const Value& value) {
  switch (value.kind) {
    case Kind::absent:
    case Kind::failure:
    case Kind::undefined: return "Undefined";
    case Kind::none: return "NoneType";
    case Kind::boolean: return "bool";
    case Kind::integer: return "int";
    case Kind::real: return "float";
    case Kind::text: return "str";
    case Kind::list: return "list";
    case Kind::tuple: return "tuple";
    case Kind::dict: return "dict";
    case Kind::range: return "range";
    case Kind::view:
      return value.view->of == View::keys     ? "dict_keys"
             : value.view->of == View::values ? "dict_values"
                                              : "dict_items";
    case Kind::generator: return "generator";
    case Kind::space: return "Namespace";
    case Kind::loop: return "LoopContext";
    case Kind::macro: return "Macro";
    case Kind::bound: return "function";
    case Kind::cycler: return "Cycler";
    case Kind::joiner: return "Joiner";
  }
  return "";
}

Value fail_undefined(Heap& heap, const Value& value) {
  const Missing& missing = *value.missing;
  switch (missing.reason) {
    case Missing::name: heap.fail("{} is undefined", quote(missing.text)); break;
    case Missing::hint: heap.fail("{}", missing.text); break;
    case Missing::modifies:
      heap.fail("{} would change a {}; a template may change namespaces only", quote(missing.key.text->bytes),
                type_name(missing.object));
      break;
    case Missing::attribute:
      if (missing.key.is(Kind::text)) {
        heap.fail("{} has no attribute {}", type_name(missing.object), quote(missing.key.text->bytes));
      } else if (missing.key.is_whole()) {
        heap.fail("{} has no element {}", type_name(missing.object), missing.key.whole());
      } else {
        heap.fail("{} has no such element", type_name(missing.object));
      }
      break;
  }
  return Kind::failure;
}

bool truth(const Value& value) {
  switch (value.kind) {
    case Kind::absent:
    case Kind::failure:
    case Kind::undefined:
    case Kind::none: return false;
    case Kind::boolean: return value.boolean;
    case Kind::integer: return value.integer != 0;
    case Kind::real: return value.real != 0;
    case Kind::text: return value.text->size() != 0;
    default: return length_of(value).value_or(1) != 0;
  }
}

bool equal(Heap& heap, const Value& a, const Value& b) {
  if (!heap.spend_steps(1)) return false;
  if (a.is_number() && b.is_number()) return compare_numbers(a, b) == 0;
  if (a.kind != b.kind) return false;
  switch (a.kind) {
    case Kind::undefined:
    case Kind::none: return true;
    case Kind::text: heap.spend_bytes(a.text->size()); return a.text->bytes == b.text->bytes;
    case Kind::list:
    case Kind::tuple: return equal_items(heap, a.list->items, b.list->items);
    case Kind::dict: return equal_dicts(heap, *a.dict, *b.dict);
    case Kind::range: {
      size_t size = a.range->size();
      return size == b.range->size() && (size == 0 || a.range->start == b.range->start) &&
             (size < 2 || a.range->step == b.range->step);
    }
    case Kind::view: return a.view->of == b.view->of && a.view->dict == b.view->dict;
    default: return a.list == b.list;  // the same object
  }
}

std::partial_ordering compare(Heap& heap, const Value& a, const Value& b, std::string_view sign) {
  auto failed = std::partial_ordering::unordered;
  if (!heap.spend_steps(1)) return failed;
  if (a.is_number() && b.is_number()) return compare_numbers(a, b);
  if (a.is(Kind::text) && b.is(Kind::text)) {
    heap.spend_bytes(std::min(a.text->size(), b.text->size()));
    return a.text->bytes <=> b.text->bytes;
  }
  if (a.is_sequence() && a.kind == b.kind) {
    Level level(heap);
    if (!level.ok()) return failed;
    Items left = a.list->items, right = b.list->items;
    for (size_t i = 0; i < std::min(left.size(), right.size()); ++i) {
      if (!equal(heap, left[i], right[i]))
        return heap.failed() ? failed : compare(heap, left[i], right[i], sign);
    }
    return left.size() <=> right.size();
  }
  if (a.is_undefined() || b.is_undefined()) {
    fail_undefined(heap, a.is_undefined() ? a : b);
  } else {
    heap.fail("{} {} {}: these types have no order", type_name(a), sign, type_name(b));
  }
  return failed;
}

bool is_hashable(const Value& value) { return !value.is(Kind::list) && !value.is(Kind::dict); }

const Value* find(const Dict& dict, std::string_view name) {
  if (!dict.by_name.empty()) {
    auto found =
        std::lower_bound(dict.by_name.begin(), dict.by_name.end(), name,
                         [&](uint32_t entry, std::string_view n) { return name_of(dict, entry) < n; });
    if (found == dict.by_name.end() || name_of(dict, *found) != name) return nullptr;
    return &dict.entries[*found].value;
  }
  for (const Entry& entry : dict.entries) {
    if (entry.key.is(Kind::text) && entry.key.text->bytes == name) return &entry.value;
  }
  return nullptr;
}

const Value* find(Heap& heap, const Dict& dict, const Value& key) {
  if (key.is(Kind::text) && (!dict.by_name.empty() || dict.entries.size() <= kSmallDict)) {
    return find(dict, key.text->bytes);
  }
  for (const Entry& entry : dict.entries) {
    if (equal(heap, entry.key, key)) return &entry.value;
    if (heap.failed()) return nullptr;
  }
  return nullptr;
}

std::optional<size_t> length_of(const Value& value) {
  switch (value.kind) {
    case Kind::undefined: return 0;
    case Kind::text: return count_characters(value.text->bytes);
    case Kind::list:
    case Kind::tuple: return value.list->items.size();
    case Kind::dict: return value.dict->entries.size();
    case Kind::range: return value.range->size();
    case Kind::view: return value.view->dict->entries.size();
    default: return std::nullopt;
  }
}

namespace {

// The characters of a text.
Items characters(Heap& heap, const Text& text) {
  std::span<Value> items = heap.room<Value>(count_characters(text.bytes));
  const Run* run = text.runs;
  size_t at = 0;
  for (Value& item : items) {
    size_t begin = at;
    next_character(text.bytes, at);
    while (run->end <= begin) ++run;
    item = text_value(heap, Text(text.bytes.substr(begin, at - begin), run->origin));
  }
  return items;
}

Items view_items(Heap& heap, const View& view) {
  std::span<Value> items = heap.room<Value>(view.dict->entries.size());
  for (size_t i = 0; i < items.size(); ++i) {
    const Entry& entry = view.dict->entries[i];
    items[i] = view.of == View::keys     ? entry.key
               : view.of == View::values ? entry.value
                                         : copy_list(heap, {entry.key, entry.value}, Kind::tuple);
  }
  return items;
}

}  // namespace

std::optional<Items> items_of(Heap& heap, const Value& value) {
  heap.spend_steps(length_of(value).value_or(0));
  switch (value.kind) {
    case Kind::undefined: return Items();
    case Kind::list:
    case Kind::tuple: return value.list->items;
    case Kind::text: return characters(heap, *value.text);
    case Kind::dict: return view_items(heap, {View::keys, value.dict});
    case Kind::view: return view_items(heap, *value.view);
    case Kind::generator: return std::exchange(value.generator->rest, {});
    case Kind::range: {
      std::span<Value> items = heap.room<Value>(value.range->size());
      for (size_t i = 0; i < items.size(); ++i) items[i] = value.range->at(i);
      return items;
    }
    default: heap.fail("{} cannot be iterated over", type_name(value)); return std::nullopt;
  }
}

}  // namespace hearth::jinja
