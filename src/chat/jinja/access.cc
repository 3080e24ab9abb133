// Attributes, elements and slices. Nothing is reachable but what values hold and the methods of the tables.
#include <algorithm>

#include "base/text.h"
#include "chat/jinja/builtin.h"
#include "chat/jinja/machine.h"
#include "chat/jinja/operators.h"
#include "chat/jinja/unicode.h"

namespace hearth::jinja {

namespace {

// Names of Python's own machinery: where templates of attackers begin.
bool is_internal(std::string_view name) {
  return name.size() > 4 && name.starts_with("__") && name.ends_with("__");
}

Value refuse_internal(Machine& m, const Value& object, std::string_view name) {
  return m.fail("{} of a {}: a template cannot reach what Python keeps inside", quote(name),
                type_name(object));
}

Value macro_attribute(Machine& m, const Macro& macro, std::string_view name) {
  const Routine& routine = *macro.routine;
  if (name == "name") return text_value(m.heap, Text(routine.name, Origin::author));
  if (name == "catch_kwargs") return Value(routine.uses_kwargs);
  if (name == "catch_varargs") return Value(routine.uses_varargs);
  if (name == "caller") return Value(routine.uses_caller);
  if (name != "arguments") return {};
  std::span<Value> names = m.heap.room<Value>(routine.parameters.size());
  for (size_t i = 0; i < names.size(); ++i) {
    names[i] = text_value(m.heap, Text(m.name_of(routine.parameters[i].symbol), Origin::author));
  }
  return list_value(m.heap, names, Kind::tuple);
}

// The fields that values of some kinds have; absent where there is no such field.
Value field(Machine& m, const Value& object, std::string_view name) {
  switch (object.kind) {
    case Kind::space:
      for (const Entry& entry : object.space->entries.items()) {
        if (entry.key.text->bytes == name) return entry.value;
      }
      return {};
    case Kind::loop: return loop_attribute(m, *object.loop, name);
    case Kind::macro: return macro_attribute(m, *object.macro, name);
    case Kind::cycler: return name == "current" ? object.cycler->items[object.cycler->next] : Value();
    case Kind::tuple:
      for (size_t i = 0; object.list->names && i < object.list->items.size(); ++i) {
        if (object.list->names[i] == name) return object.list->items[i];
      }
      return {};
    default: return {};
  }
}

// The element of a list, text or range at an index that may count from the end; absent beyond its ends.
Value at_index(Machine& m, const Value& object, int64_t index) {
  if (object.is(Kind::text)) {
    const Text& text = *object.text;
    m.heap.spend_bytes(text.size());
    size_t count = index < 0 ? count_characters(text.bytes) : 0;
    if (index < 0) index += static_cast<int64_t>(count);
    if (index < 0) return {};
    size_t begin = skip_characters(text.bytes, 0, static_cast<size_t>(index));
    if (begin >= text.size()) return {};
    return text_value(m.heap, cut(m.heap, text, begin, skip_characters(text.bytes, begin, 1)));
  }
  int64_t size = static_cast<int64_t>(length_of(object).value_or(0));
  if (index < 0) index += size;
  if (index < 0 || index >= size) return {};
  size_t i = static_cast<size_t>(index);
  return object.is(Kind::range) ? object.range->at(i) : object.list->items[i];
}

// The element under a key; absent if there is none.
Value element(Machine& m, const Value& object, const Value& key) {
  if (object.is(Kind::dict)) {
    const Value* found = is_hashable(key) ? find(m.heap, *object.dict, key) : nullptr;
    return found ? *found : Value();
  }
  bool indexed = object.is(Kind::text) || object.is_sequence() || object.is(Kind::range);
  return indexed && key.is_whole() ? at_index(m, object, key.whole()) : Value();
}

// start, stop and step of a slice as they are for a given length: the indices start, start + step, ... `count` times.
struct Picks {
  int64_t start, step;
  size_t count;
};

std::optional<Picks> picks(Machine& m, const Value& start, const Value& stop, const Value& step,
                           size_t length) {
  for (const Value* part : {&start, &stop, &step}) {
    if (!part->is_whole() && !part->is(Kind::none)) {
      m.fail("a slice needs whole numbers, found {}", type_name(*part));
      return std::nullopt;
    }
  }
  int64_t size = static_cast<int64_t>(length);
  int64_t by = step.is(Kind::none) ? 1 : step.whole();
  if (by == 0) {
    m.fail("the step of a slice cannot be zero");
    return std::nullopt;
  }
  by = std::clamp(by, -size - 1, size + 1);
  auto bound = [&](const Value& value, int64_t otherwise) {
    if (value.is(Kind::none)) return otherwise;
    int64_t index = value.whole();
    if (index < 0) index = std::max(index, -size - 1) + size;
    return by > 0 ? std::clamp<int64_t>(index, 0, size) : std::clamp<int64_t>(index, -1, size - 1);
  };
  int64_t from = bound(start, by > 0 ? 0 : size - 1);
  int64_t to = bound(stop, by > 0 ? size : -1);
  return Picks{from, by, Range{from, to, by}.size()};
}

Value slice_text(Machine& m, const Text& text, const Picks& picks) {
  if (picks.step == 1) {
    size_t begin = skip_characters(text.bytes, 0, static_cast<size_t>(picks.start));
    return text_value(m.heap, cut(m.heap, text, begin, skip_characters(text.bytes, begin, picks.count)));
  }
  m.heap.spend_characters(text.size());
  std::span<size_t> offsets = m.heap.room<size_t>(count_characters(text.bytes));
  size_t at = 0;
  for (size_t& offset : offsets) {
    offset = at;
    at = skip_characters(text.bytes, at, 1);
  }
  TextBuilder out(m.heap);
  for (size_t i = 0; i < picks.count && !m.heap.failed(); ++i) {
    size_t begin = offsets.empty()
                       ? 0
                       : offsets[static_cast<size_t>(picks.start + static_cast<int64_t>(i) * picks.step)];
    out.add(text, begin, skip_characters(text.bytes, begin, 1));
  }
  return text_value(m.heap, out.finish());
}

Value slice_list(Machine& m, const Value& list, const Picks& picks) {
  Items items = list.list->items;
  if (picks.step == 1)
    return list_value(m.heap, items.subspan(static_cast<size_t>(picks.start), picks.count), list.kind);
  std::span<Value> chosen = m.heap.room<Value>(picks.count);
  m.heap.spend_steps(chosen.size());
  for (size_t i = 0; i < chosen.size(); ++i) {
    chosen[i] = items[static_cast<size_t>(picks.start + static_cast<int64_t>(i) * picks.step)];
  }
  return list_value(m.heap, chosen, list.kind);
}

}  // namespace

Value find_attribute(Machine& m, const Value& object, const Value& name) {
  std::string_view bytes = name.text->bytes;
  if (Value value = field(m, object, bytes); !value.is_absent()) return value;
  if (const Builtin* method = find_method(object.kind, bytes)) {
    return Value(m.heap.make<Bound>(method, object));
  }
  if (is_modifier(object.kind, bytes)) {
    return Value(m.heap.make<Missing>(Missing::modifies, object, name));
  }
  return {};
}

Value get_attribute(Machine& m, const Value& object, const Value& name) {
  if (object.is_undefined()) return fail_undefined(m.heap, object);
  Value value = find_attribute(m, object, name);
  if (value.is_absent()) value = element(m, object, name);
  if (!value.is_absent()) return value;
  if (is_internal(name.text->bytes)) return refuse_internal(m, object, name.text->bytes);
  return undefined_attribute(m.heap, object, name);
}

Value get_element(Machine& m, const Value& object, const Value& key) {
  if (object.is_undefined()) return fail_undefined(m.heap, object);
  Value value = element(m, object, key);
  if (value.is_absent() && key.is(Kind::text)) value = find_attribute(m, object, key);
  if (!value.is_absent()) return value;
  if (key.is(Kind::text) && is_internal(key.text->bytes)) return refuse_internal(m, object, key.text->bytes);
  return undefined_attribute(m.heap, object, key);
}

Value slice(Machine& m, const Value& object, const Value& start, const Value& stop, const Value& step) {
  if (object.is_undefined()) return fail_undefined(m.heap, object);
  if (!object.is(Kind::text) && !object.is_sequence() && !object.is(Kind::range)) {
    return m.fail("a {} cannot be sliced", type_name(object));
  }
  if (object.is(Kind::text)) m.heap.spend_bytes(object.text->size());
  auto chosen = picks(m, start, stop, step, *length_of(object));
  if (!chosen) return Kind::failure;
  if (object.is(Kind::text)) return slice_text(m, *object.text, *chosen);
  if (object.is_sequence()) return slice_list(m, object, *chosen);
  const Range& range = *object.range;
  int64_t first = range.start + chosen->start * range.step, by = range.step * chosen->step;
  return Value(m.heap.make<Range>(first, first + static_cast<int64_t>(chosen->count) * by, by));
}

}  // namespace hearth::jinja
