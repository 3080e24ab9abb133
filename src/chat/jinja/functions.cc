// The functions that every template sees, and the methods of values other than text.
#include "base/text.h"
#include "chat/jinja/builtin.h"
#include "chat/jinja/machine.h"

namespace hearth::jinja {

namespace {

constexpr size_t kLongestRange = 100'000;

// Puts everything that dict(value) holds: a dict's entries, or pairs.
bool put_all(const Call& c, DictBuilder& dict, const Value& value) {
  if (value.is(Kind::dict)) {
    for (const Entry& entry : value.dict->entries) {
      if (!dict.put(c.heap, entry.key, entry.value)) return false;
    }
    return true;
  }
  auto items = items_of(c.heap, value);
  if (!items) return false;
  for (const Value& item : *items) {
    auto pair = items_of(c.heap, item);
    if (!pair) return false;
    if (pair->size() != 2) {
      c.fail("a dict is made of pairs, found {} values", pair->size());
      return false;
    }
    if (!dict.put(c.heap, (*pair)[0], (*pair)[1])) return false;
  }
  return true;
}

Value make_dict(const Call& c) {
  DictBuilder dict;
  if (c.given(0) && !put_all(c, dict, c[0])) return Kind::failure;
  for (const Named& named : c.named) {
    if (!dict.put(c.heap, text_value(c.heap, named.name), named.value)) return Kind::failure;
  }
  return dict.finish(c.heap);
}

Value make_namespace(const Call& c) {
  Value dict = make_dict(c);
  if (dict.is_failure()) return dict;
  Namespace* space = c.heap.make<Namespace>();
  for (const Entry& entry : dict.dict->entries) {
    if (!entry.key.is(Kind::text))
      return c.fail("the names of a namespace are text, found {}", type_name(entry.key));
    space->entries.push(c.heap, entry);
  }
  return Value(space);
}

Value make_range(const Call& c) {
  for (const Value& argument : c.args) {
    if (argument.is_undefined()) return fail_undefined(c.heap, argument);
  }
  auto first = c.whole(0), second = c.whole(1), step = c.whole(2, 1);
  if (!first || !second || !step) return Kind::failure;
  if (*step == 0) return c.fail("the step of a range cannot be zero");
  int64_t start = c.given(1) ? *first : 0, stop = c.given(1) ? *second : *first;
  int64_t distance = 0, beyond = 0;
  if (__builtin_sub_overflow(stop, start, &distance) || __builtin_add_overflow(stop, *step, &beyond) ||
      *step == INT64_MIN) {
    return c.fail("a range of more than {} numbers", kLongestRange);
  }
  Range range{start, stop, *step};
  if (range.size() > kLongestRange) {
    return c.fail("a range of {} numbers; at most {} are allowed", range.size(), kLongestRange);
  }
  return Value(c.heap.make<Range>(range));
}

Value make_cycler(const Call& c) {
  if (c.more.empty()) return c.fail("cycler() needs items");
  return Value(c.heap.make<Cycler>(c.more));
}

Value make_joiner(const Call& c) {
  Value separator = c.given(0) ? c[0] : text_value(c.heap, Text(", ", Origin::author));
  return Value(c.heap.make<Joiner>(separator));
}

Value raise_exception(const Call& c) {
  if (c[0].is(Kind::text)) return c.fail("the template refuses: {}", escape(c[0].text->bytes));
  return c.fail("the template refuses");
}

Value strftime_now(const Call& c) {
  const Text* format = c.text(0);
  if (!format) return Kind::failure;
  return text_value(c.heap, format_time(c.m.now, format->bytes), Origin::author);
}

Value dict_get(const Call& c) {
  if (!is_hashable(c[0])) return c.fail("a {} cannot be a key", type_name(c[0]));
  const Value* found = find(c.heap, *c.self.dict, c[0]);
  return found ? *found : c.or_none(1);
}

template <View::Of of>
Value dict_view(const Call& c) {
  return Value(c.heap.make<View>(of, c.self.dict));
}

Value same(const Call& c) { return c.self; }  // a copy of what does not change

Value list_index(const Call& c) {
  auto items = items_of(c.heap, c.self);
  for (size_t i = 0; items && i < items->size(); ++i) {
    if (equal(c.heap, (*items)[i], c[0])) return Value(static_cast<int64_t>(i));
    if (c.heap.failed()) return Kind::failure;
  }
  return c.fail("the value is not in the list");
}

Value list_count(const Call& c) {
  auto items = items_of(c.heap, c.self);
  int64_t count = 0;
  for (size_t i = 0; items && i < items->size() && !c.heap.failed(); ++i)
    count += equal(c.heap, (*items)[i], c[0]);
  return Value(count);
}

Value loop_cycle(const Call& c) {
  if (c.more.empty()) return c.fail("loop.cycle() needs items");
  return c.more[static_cast<size_t>(c.self.loop->index0) % c.more.size()];
}

Value loop_changed(const Call& c) {
  Loop& loop = *c.self.loop;
  Value seen = list_value(c.heap, c.more, Kind::tuple);
  if (loop.changed && equal(c.heap, Value(loop.changed, Kind::tuple), seen)) return Value(false);
  loop.changed = seen.list;
  return Value(true);
}

Value cycler_next(const Call& c) {
  Cycler& cycler = *c.self.cycler;
  const Value& current = cycler.items[cycler.next];
  cycler.next = (cycler.next + 1) % cycler.items.size();
  return current;
}

Value cycler_reset(const Call& c) {
  c.self.cycler->next = 0;
  return Kind::none;
}

constexpr Builtin kFunctions[] = {
    {"range", {"start", "stop?", "step?"}, make_range},
    {"dict", {"mapping?", "**"}, make_dict},
    {"namespace", {"mapping?", "**"}, make_namespace},
    {"cycler", {"*"}, make_cycler},
    {"joiner", {"sep?"}, make_joiner},
    {"raise_exception", {"message"}, raise_exception},
    {"strftime_now", {"format"}, strftime_now},
};

constexpr Builtin kDictMethods[] = {
    {"get", {"key", "default?"}, dict_get},
    {"items", {}, dict_view<View::items>},
    {"keys", {}, dict_view<View::keys>},
    {"values", {}, dict_view<View::values>},
    {"copy", {}, same},
};

constexpr Builtin kListMethods[] = {
    {"index", {"value"}, list_index},
    {"count", {"value"}, list_count},
    {"copy", {}, same},
};

constexpr Builtin kLoopMethods[] = {
    {"cycle", {"*"}, loop_cycle},
    {"changed", {"*"}, loop_changed},
};

constexpr Builtin kCyclerMethods[] = {
    {"next", {}, cycler_next},
    {"reset", {}, cycler_reset},
};

}  // namespace

std::span<const Builtin> functions() { return kFunctions; }
std::span<const Builtin> dict_methods() { return kDictMethods; }
std::span<const Builtin> list_methods() { return kListMethods; }
std::span<const Builtin> loop_methods() { return kLoopMethods; }
std::span<const Builtin> cycler_methods() { return kCyclerMethods; }

}  // namespace hearth::jinja
