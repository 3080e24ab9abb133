// Filters over lists and dictionaries.
#include <algorithm>
#include <numeric>
#include <set>

#include "base/text.h"
#include "chat/jinja/machine.h"
#include "chat/jinja/number.h"
#include "chat/jinja/operators.h"
#include "chat/jinja/show.h"
#include "chat/jinja/text_functions.h"

namespace hearth::jinja {

namespace {

// What a filter compares its items by: an attribute such as "function.name", several with commas between them, or the
// item itself; text in lower case, unless `exact`.
class Key {
 public:
  Key(const Call& c, const Value& attribute, bool exact, bool several = false) : m_(c.m), exact_(exact) {
    if (attribute.is_absent() || attribute.is(Kind::none)) {
      paths_.emplace_back();
    } else if (attribute.is(Kind::text)) {
      for (const Text& path : parts(*attribute.text, several ? "," : "")) paths_.push_back(path_of(path));
    } else {
      paths_.push_back({attribute});
    }
  }

  // For paths that lead nowhere.
  void set_default(const Value& value) { default_ = value; }

  Value of(const Value& item) const {
    if (paths_.size() == 1) return follow(paths_[0], item);
    std::span<Value> values = m_.heap.room<Value>(paths_.size());
    for (size_t i = 0; i < values.size(); ++i) values[i] = follow(paths_[i], item);
    return list_value(m_.heap, values);
  }

 private:
  using Path = std::vector<Value>;

  std::vector<Text> parts(const Text& text, std::string_view separator) const {
    std::vector<Text> parts;
    size_t begin = 0;
    while (!separator.empty()) {
      size_t end = text.bytes.find(separator, begin);
      if (end == text.bytes.npos) break;
      parts.push_back(cut(m_.heap, text, begin, end));
      begin = end + 1;
    }
    parts.push_back(cut(m_.heap, text, begin, text.size()));
    return parts;
  }

  Path path_of(const Text& text) const {
    Path path;
    for (const Text& part : parts(text, ".")) {
      bool digits = !part.bytes.empty() && part.bytes.find_first_not_of("0123456789") == part.bytes.npos;
      auto index = digits ? read_integer(part.bytes) : std::nullopt;
      path.push_back(index ? Value(*index) : text_value(m_.heap, part));
    }
    return path;
  }

  Value follow(const Path& path, Value item) const {
    for (const Value& part : path) {
      if (m_.heap.failed()) return Kind::failure;
      item = get_element(m_, item, part);
      if (item.is_undefined() && !default_.is_absent()) item = default_;
    }
    if (!exact_ && item.is(Kind::text)) item = text_value(m_.heap, to_lower(m_.heap, *item.text));
    return item;
  }

  Machine& m_;
  bool exact_;
  Value default_;
  std::vector<Path> paths_;
};

bool less(Heap& heap, const Value& a, const Value& b) {
  return !heap.failed() && compare(heap, a, b, "<") < 0;
}

// The items in the order of their keys; where keys are equal, as they stood, in either direction.
std::optional<Items> sorted(const Call& c, Items items, const Key& key, bool reverse) {
  std::span<Value> keys = c.heap.room<Value>(items.size()), result = c.heap.room<Value>(items.size());
  if (keys.size() != items.size() || result.size() != items.size()) return Items();
  for (size_t i = 0; i < items.size(); ++i) keys[i] = key.of(items[i]);
  std::vector<size_t> order(items.size());
  std::iota(order.begin(), order.end(), size_t{0});
  if (c.heap.failed()) return std::nullopt;
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return reverse ? less(c.heap, keys[b], keys[a]) : less(c.heap, keys[a], keys[b]);
  });
  for (size_t i = 0; i < items.size(); ++i) result[i] = items[order[i]];
  return c.heap.failed() ? std::nullopt : std::optional<Items>(result);
}

Value sort(const Call& c) {
  auto items = items_of(c.heap, c.self);
  auto result = items ? sorted(c, *items, Key(c, c[2], c.flag(1), true), c.flag(0)) : std::nullopt;
  return result ? list_value(c.heap, *result) : Value(Kind::failure);
}

Value dictsort(const Call& c) {
  if (!c.self.is(Kind::dict)) return c.fail("dictsort needs a dict, found {}", type_name(c.self));
  std::string_view by = "key";
  if (c.given(1)) {
    const Text* text = c.text(1);
    if (!text) return Kind::failure;
    by = text->bytes;
  }
  if (by != "key" && by != "value")
    return c.fail("dictsort goes by \"key\" or \"value\", found {}", quote(by));
  auto items = items_of(c.heap, Value(c.heap.make<View>(View::items, c.self.dict)));
  if (!items) return Kind::failure;
  auto result = sorted(c, *items, Key(c, Value(int64_t{by == "key" ? 0 : 1}), c.flag(0)), c.flag(2));
  return result ? list_value(c.heap, *result) : Value(Kind::failure);
}

Value unique(const Call& c) {
  auto items = items_of(c.heap, c.self);
  if (!items) return Kind::failure;
  Key key(c, c[1], c.flag(0));
  std::set<std::string_view> texts;
  Growing<Value> others, kept;
  for (const Value& item : *items) {
    Value k = key.of(item);
    if (!c.heap.spend_steps(1)) return Kind::failure;
    if (!is_hashable(k)) return c.fail("unique cannot compare by a {}", type_name(k));
    auto same = [&](const Value& other) { return equal(c.heap, other, k); };
    if (k.is(Kind::text)) {
      c.heap.spend_memory(64);
      if (!texts.insert(k.text->bytes).second) continue;
    } else if (std::any_of(others.items().begin(), others.items().end(), same)) {
      continue;
    } else {
      others.push(c.heap, k);
    }
    kept.push(c.heap, item);
  }
  return generator_value(c.heap, kept.items());
}

constexpr std::string_view kGroupFields[] = {"grouper", "list"};

Value groupby(const Call& c) {
  auto items = items_of(c.heap, c.self);
  if (!items) return Kind::failure;
  Key key(c, c[0], c.flag(2)), name(c, c[0], true);
  if (c.given(1) && !c[1].is(Kind::none)) {
    key.set_default(c[1]);
    name.set_default(c[1]);
  }
  auto result = sorted(c, *items, key, false);
  if (!result) return Kind::failure;
  Growing<Value> groups;
  for (size_t begin = 0, end = 0; begin < result->size() && !c.heap.failed(); begin = end) {
    Value shared = key.of((*result)[begin]);
    for (end = begin + 1; end < result->size() && equal(c.heap, key.of((*result)[end]), shared);) ++end;
    Value members = list_value(c.heap, result->subspan(begin, end - begin));
    Value group = copy_list(c.heap, {name.of((*result)[begin]), members}, Kind::tuple);
    groups.push(c.heap, Value(c.heap.make<List>(group.list->items, kGroupFields), Kind::tuple));
  }
  return c.heap.failed() ? Value(Kind::failure) : list_value(c.heap, groups.items());
}

template <bool largest>
Value extreme(const Call& c) {
  auto items = items_of(c.heap, c.self);
  if (!items) return Kind::failure;
  if (items->empty()) return undefined_hint(c.heap, "there is no smallest or largest item of nothing");
  Key key(c, c[1], c.flag(0));
  const Value* best = &items->front();
  Value best_key = key.of(*best);
  for (const Value& item : items->subspan(1)) {
    Value k = key.of(item);
    if (c.heap.failed()) return Kind::failure;
    if (largest ? less(c.heap, best_key, k) : less(c.heap, k, best_key)) {
      best = &item;
      best_key = k;
    }
  }
  return *best;
}

Value sum(const Call& c) {
  auto items = items_of(c.heap, c.self);
  if (!items) return Kind::failure;
  Value total = c.given(1) ? c[1] : Value(int64_t{0});
  if (total.is(Kind::text)) return c.fail("sum adds no texts; join does");
  Key key(c, c[0], true);
  for (const Value& item : *items) {
    total = add(c.m, total, key.of(item));
    if (c.heap.failed()) return Kind::failure;
  }
  return total;
}

// The named arguments that `map` takes instead of a filter; false if there is another.
bool attribute_arguments(const Call& c, Value& attribute, Value& otherwise) {
  for (const Named& named : c.named) {
    if (named.name.bytes == "attribute") {
      attribute = named.value;
    } else if (named.name.bytes == "default") {
      otherwise = named.value;
    } else {
      c.fail("map has no parameter {}", quote(named.name.bytes));
      return false;
    }
  }
  return true;
}

Value map(const Call& c) {
  if (!truth(c.self)) return generator_value(c.heap, {});
  auto items = items_of(c.heap, c.self);
  if (!items) return Kind::failure;
  std::span<Value> mapped = c.heap.room<Value>(items->size());
  if (c.more.empty()) {
    Value attribute, otherwise;
    if (!attribute_arguments(c, attribute, otherwise)) return Kind::failure;
    if (attribute.is_absent()) return c.fail("map needs the name of a filter, or attribute=");
    Key key(c, attribute, true);
    if (!otherwise.is(Kind::none)) key.set_default(otherwise);
    for (size_t i = 0; i < mapped.size() && c.heap.spend_steps(1); ++i) mapped[i] = key.of((*items)[i]);
  } else {
    if (!c.more[0].is(Kind::text))
      return c.fail("map needs the name of a filter, found {}", type_name(c.more[0]));
    const Builtin* filter = find_filter(c.more[0].text->bytes);
    if (!filter) return c.fail("there is no filter {}", quote(c.more[0].text->bytes));
    for (size_t i = 0; i < mapped.size() && c.heap.spend_steps(1); ++i) {
      mapped[i] = call_builtin(c.m, *filter, (*items)[i], {c.more.subspan(1), c.named});
    }
  }
  return c.heap.failed() ? Value(Kind::failure) : generator_value(c.heap, mapped);
}

// select, reject, selectattr and rejectattr.
template <bool wanted, bool by_attribute>
Value select(const Call& c) {
  if (!truth(c.self)) return generator_value(c.heap, {});
  auto items = items_of(c.heap, c.self);
  if (!items) return Kind::failure;
  Items args = c.more;
  Value attribute;
  if (by_attribute) {
    if (args.empty()) return c.fail("the name of an attribute is needed");
    attribute = args[0];
    args = args.subspan(1);
  }
  Key key(c, attribute, true);
  const Builtin* test = nullptr;
  if (!args.empty()) {
    if (!args[0].is(Kind::text)) return c.fail("the name of a test is needed, found {}", type_name(args[0]));
    test = find_test(args[0].text->bytes);
    if (!test) return c.fail("there is no test {}", quote(args[0].text->bytes));
    args = args.subspan(1);
  }
  Growing<Value> selected;
  for (const Value& item : *items) {
    Value tested = key.of(item);
    if (!c.heap.spend_steps(1) || c.heap.failed()) return Kind::failure;
    if (test) tested = call_builtin(c.m, *test, tested, {args, c.named});
    if (truth(tested) == wanted) selected.push(c.heap, item);
  }
  return c.heap.failed() ? Value(Kind::failure) : generator_value(c.heap, selected.items());
}

Value join_filter(const Call& c) {
  auto items = items_of(c.heap, c.self);
  if (!items) return Kind::failure;
  Text separator = c.given(0) ? to_text(c.heap, c[0]) : Text();
  if (!c.given(1) || c[1].is(Kind::none)) return text_value(c.heap, join(c.heap, *items, separator));
  Key key(c, c[1], true);
  std::span<Value> parts = c.heap.room<Value>(items->size());
  for (size_t i = 0; i < parts.size(); ++i) parts[i] = key.of((*items)[i]);
  return c.heap.failed() ? Value(Kind::failure) : text_value(c.heap, join(c.heap, parts, separator));
}

Value first(const Call& c) {
  if (c.self.is(Kind::generator)) {
    Items& rest = c.self.generator->rest;
    if (rest.empty()) return undefined_hint(c.heap, "there is no first item of nothing");
    Value item = rest[0];
    rest = rest.subspan(1);
    return item;
  }
  auto items = items_of(c.heap, c.self);
  if (!items) return Kind::failure;
  return items->empty() ? undefined_hint(c.heap, "there is no first item of nothing") : items->front();
}

Value last(const Call& c) {
  if (c.self.is(Kind::generator)) return c.fail("last needs a list, found {}", type_name(c.self));
  auto items = items_of(c.heap, c.self);
  if (!items) return Kind::failure;
  return items->empty() ? undefined_hint(c.heap, "there is no last item of nothing") : items->back();
}

Value to_list(const Call& c) {
  auto items = items_of(c.heap, c.self);
  return items ? list_value(c.heap, *items) : Value(Kind::failure);
}

Value reverse(const Call& c) {
  if (c.self.is(Kind::text)) {
    Value whole(Kind::none);
    return slice(c.m, c.self, whole, whole, Value(int64_t{-1}));
  }
  auto items = items_of(c.heap, c.self);
  if (!items) return Kind::failure;
  std::span<Value> reversed = c.heap.room<Value>(items->size());
  if (!reversed.empty()) std::reverse_copy(items->begin(), items->end(), reversed.begin());
  return generator_value(c.heap, reversed);
}

Value length(const Call& c) {
  auto length = length_of(c.self);
  return length ? Value(static_cast<int64_t>(*length)) : c.fail("{} has no length", type_name(c.self));
}

Value items_filter(const Call& c) {
  if (c.self.is_undefined()) return generator_value(c.heap, {});
  if (!c.self.is(Kind::dict)) return c.fail("items needs a dict, found {}", type_name(c.self));
  auto items = items_of(c.heap, Value(c.heap.make<View>(View::items, c.self.dict)));
  return items ? generator_value(c.heap, *items) : Value(Kind::failure);
}

// `items`, and behind them `fill` as often as `times` says.
Value filled(const Call& c, Items items, const Value& fill, size_t times) {
  std::span<Value> all = c.heap.room<Value>(items.size() + times);
  if (!all.empty()) std::fill(std::copy(items.begin(), items.end(), all.begin()), all.end(), fill);
  return list_value(c.heap, all);
}

bool has_fill(const Call& c) { return c.given(1) && !c[1].is(Kind::none); }

// Rows of a length.
Value batch(const Call& c) {
  auto items = items_of(c.heap, c.self);
  auto length = c.whole(0);
  if (!items || !length) return Kind::failure;
  if (*length <= 0) return c.fail("batch needs a length of at least 1, found {}", *length);
  size_t size = static_cast<size_t>(*length);
  Growing<Value> rows;
  for (size_t at = 0; at < items->size(); at += std::min(size, items->size() - at)) {
    Items row = items->subspan(at, std::min(size, items->size() - at));
    rows.push(c.heap, filled(c, row, c.or_none(1), has_fill(c) ? size - row.size() : 0));
  }
  return generator_value(c.heap, rows.items());
}

// A number of columns, of nearly the same length.
Value slice_filter(const Call& c) {
  auto items = items_of(c.heap, c.self);
  auto count = c.whole(0);
  if (!items || !count) return Kind::failure;
  if (*count == 0) return c.fail("slice needs a number of slices that is not zero");
  Growing<Value> columns;
  size_t slices = static_cast<size_t>(std::max<int64_t>(*count, 0));
  size_t at = 0;
  for (size_t i = 0; i < slices && c.heap.spend_steps(1); ++i) {
    bool longer = i < items->size() % slices;
    size_t length = items->size() / slices + longer;
    columns.push(c.heap, filled(c, items->subspan(at, length), c.or_none(1), has_fill(c) && !longer));
    at += length;
  }
  return generator_value(c.heap, columns.items());
}

constexpr Builtin kListFilters[] = {
    {"batch", {"linecount", "fill_with?"}, batch},
    {"count", {}, length},
    {"dictsort", {"case_sensitive?", "by?", "reverse?"}, dictsort},
    {"first", {}, first},
    {"groupby", {"attribute", "default?", "case_sensitive?"}, groupby},
    {"items", {}, items_filter},
    {"join", {"d?", "attribute?"}, join_filter},
    {"last", {}, last},
    {"length", {}, length},
    {"list", {}, to_list},
    {"map", {"*", "**"}, map},
    {"max", {"case_sensitive?", "attribute?"}, extreme<true>},
    {"min", {"case_sensitive?", "attribute?"}, extreme<false>},
    {"reject", {"*", "**"}, select<false, false>},
    {"rejectattr", {"*", "**"}, select<false, true>},
    {"reverse", {}, reverse},
    {"select", {"*", "**"}, select<true, false>},
    {"selectattr", {"*", "**"}, select<true, true>},
    {"slice", {"slices", "fill_with?"}, slice_filter},
    {"sort", {"reverse?", "case_sensitive?", "attribute?"}, sort},
    {"sum", {"attribute?", "start?"}, sum},
    {"unique", {"case_sensitive?", "attribute?"}, unique},
};

}  // namespace

std::span<const Builtin> list_filters() { return kListFilters; }

}  // namespace hearth::jinja
