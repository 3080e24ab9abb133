// What a template computes with: Python's values, as far as templates can tell.
//
// Lists and dictionaries never change once made, as in the sandbox that templates are written for; only a
// namespace does. So slices, views and iterations share their items.
#pragma once

#include <compare>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>

#include "chat/jinja/heap.h"
#include "chat/jinja/text.h"

namespace hearth::jinja {

struct Value;
struct Bound;
struct Cycler;
struct Dict;
struct Generator;
struct Joiner;
struct List;
struct Loop;
struct Macro;
struct Missing;
struct Namespace;
struct Range;
struct View;

enum class Kind : uint8_t {
  absent,   // no value at all: a parameter that was not given, a name that is not set
  failure,  // the render has failed; its heap knows why
  undefined,
  none,
  boolean,
  integer,
  real,
  text,
  list,
  tuple,
  dict,
  range,
  view,       // dict.keys(), dict.values(), dict.items()
  generator,  // what most filters over lists return: its items can be taken once
  space,      // namespace()
  loop,
  macro,
  bound,  // a function or method of the language
  cycler,
  joiner,
};

struct Value {
  Kind kind = Kind::absent;
  union {
    bool boolean;
    int64_t integer = 0;
    double real;
    const Text* text;
    const List* list;  // list and tuple
    const Dict* dict;
    const Missing* missing;  // undefined
    const Range* range;
    const View* view;
    const Macro* macro;
    const Bound* bound;
    Generator* generator;
    Namespace* space;
    Loop* loop;
    Cycler* cycler;
    Joiner* joiner;
  };

  Value() = default;
  Value(Kind k) : kind(k) {}
  template <std::same_as<bool> B>  // and not what converts to it, as pointers do
  explicit Value(B v) : kind(Kind::boolean), boolean(v) {}
  explicit Value(int64_t v) : kind(Kind::integer), integer(v) {}
  explicit Value(double v) : kind(Kind::real), real(v) {}
  explicit Value(const Text* v) : kind(Kind::text), text(v) {}
  explicit Value(const List* v, Kind k = Kind::list) : kind(k), list(v) {}
  explicit Value(const Dict* v) : kind(Kind::dict), dict(v) {}
  explicit Value(const Missing* v) : kind(Kind::undefined), missing(v) {}
  explicit Value(const Range* v) : kind(Kind::range), range(v) {}
  explicit Value(const View* v) : kind(Kind::view), view(v) {}
  explicit Value(const Macro* v) : kind(Kind::macro), macro(v) {}
  explicit Value(const Bound* v) : kind(Kind::bound), bound(v) {}
  explicit Value(Generator* v) : kind(Kind::generator), generator(v) {}
  explicit Value(Namespace* v) : kind(Kind::space), space(v) {}
  explicit Value(Loop* v) : kind(Kind::loop), loop(v) {}
  explicit Value(Cycler* v) : kind(Kind::cycler), cycler(v) {}
  explicit Value(Joiner* v) : kind(Kind::joiner), joiner(v) {}

  bool is(Kind k) const { return kind == k; }
  bool is_absent() const { return kind == Kind::absent; }
  bool is_undefined() const { return kind == Kind::undefined; }
  bool is_failure() const { return kind == Kind::failure; }
  bool is_sequence() const { return kind == Kind::list || kind == Kind::tuple; }
  bool is_number() const { return kind >= Kind::boolean && kind <= Kind::real; }
  bool is_whole() const { return kind == Kind::boolean || kind == Kind::integer; }
  int64_t whole() const { return kind == Kind::boolean ? int64_t{boolean} : integer; }
  double as_real() const { return kind == Kind::real ? real : static_cast<double>(whole()); }
};

using Items = std::span<const Value>;

struct List {
  Items items;
  const std::string_view* names = nullptr;  // of the fields, for the tuples that groupby makes
};

struct Entry {
  Value key, value;
};

// In order of insertion. `by_name`, where there is one, lists the entries in the order of their keys' bytes: it is
// there when the dictionary is large, and then all keys are text.
struct Dict {
  std::span<const Entry> entries;
  std::span<const uint32_t> by_name{};
};

struct Namespace {
  Growing<Entry> entries;  // keys are text
};

struct Range {
  int64_t start, stop, step;
  size_t size() const;
  Value at(size_t i) const { return Value(start + static_cast<int64_t>(i) * step); }
};

struct View {
  enum Of : uint8_t { keys, values, items } of;
  const Dict* dict;
};

struct Generator {
  Items rest;
};

// Why something is undefined, kept until someone needs it to be defined.
struct Missing {
  enum Reason : uint8_t { name, attribute, modifies, hint } reason;
  Value object{};  // whose attribute or element
  Value key{};
  std::string_view text{};  // the name, or the hint
};

struct Cycler {
  Items items;
  size_t next = 0;
};

struct Joiner {
  Value separator;
  bool used = false;
};

// Builds a dictionary; a key that is there already keeps its place and gets the new value.
class DictBuilder {
 public:
  // False: the render has failed.
  bool put(Heap& heap, Value key, Value value);
  Value finish(Heap& heap);

 private:
  Growing<Entry> entries_;
};

Value text_value(Heap& heap, const Text& text);
Value text_value(Heap& heap, std::string_view bytes, Origin origin);  // a copy
Value list_value(Heap& heap, Items items, Kind kind = Kind::list);
Value copy_list(Heap& heap, std::initializer_list<Value> items, Kind kind = Kind::list);
Value dict_value(Heap& heap, std::span<const Entry> entries);  // keys are different texts
Value generator_value(Heap& heap, Items items);
Value undefined_name(Heap& heap, std::string_view name);
Value undefined_attribute(Heap& heap, Value object, Value key);
Value undefined_hint(Heap& heap, std::string_view hint);  // which must outlive the render

// As messages and Python name it: str, NoneType, dict_items.
std::string_view type_name(const Value& value);

// Fails the render: something needed this undefined value.
Value fail_undefined(Heap& heap, const Value& value);

bool truth(const Value& value);

// Python's ==. What nests deeper than the limit fails.
bool equal(Heap& heap, const Value& a, const Value& b);

// Python's order of two values, for the operator `sign` (named in messages). Fails on types
// that have no order between them.
std::partial_ordering compare(Heap& heap, const Value& a, const Value& b, std::string_view sign);

// Whether a value can be a key: what could change or cannot be compared cannot.
bool is_hashable(const Value& value);

// The value of a key, or null.
const Value* find(Heap& heap, const Dict& dict, const Value& key);
const Value* find(const Dict& dict, std::string_view name);

// Everything that iterating over `value` gives; a generator is used up. Fails on what cannot be iterated.
std::optional<Items> items_of(Heap& heap, const Value& value);

// len(), for what has one.
std::optional<size_t> length_of(const Value& value);

}  // namespace hearth::jinja
