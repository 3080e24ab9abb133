// What the language brings along: filters, tests, methods and functions. Each is a row: its name, the names of its
// parameters, and what it does.
#pragma once

#include <array>
#include <string_view>

#include "chat/jinja/value.h"

namespace hearth::jinja {

class Machine;

// A named argument.
struct Named {
  Text name;
  Value value;
};

struct Args {
  Items values;
  std::span<const Named> named;
};

// A builtin at work.
struct Call {
  Machine& m;
  Heap& heap;
  Value self;                    // what is filtered or tested, whose method this is
  Items args;                    // one for each parameter; absent where it was not given
  Items more;                    // positional ones behind those, for a builtin that takes them
  std::span<const Named> named;  // for a builtin that takes them

  const Value& operator[](size_t i) const { return args[i]; }
  bool given(size_t i) const { return !args[i].is_absent(); }
  const Value& or_none(size_t i) const;

  // Arguments of a type; the render fails if what was given is of another.
  std::optional<int64_t> whole(size_t i, int64_t otherwise = 0) const;
  const Text* text(size_t i) const;
  bool flag(size_t i) const { return truth(args[i]); }

  template <class... T>
  Value fail(fmt::format_string<T...> format, T&&... parts) const {
    heap.fail(format, std::forward<T>(parts)...);
    return Kind::failure;
  }
};

inline constexpr size_t kMostParameters = 6;

struct Builtin {
  std::string_view name;
  // A `?` behind a name: it may be left out. "*": any number of further values. "**": named arguments are its own
  // affair, and the parameters go by position only.
  std::array<std::string_view, kMostParameters> parameters;
  Value (*run)(const Call& call);
};

// A function, or a method with its object.
struct Bound {
  const Builtin* builtin;
  Value self;
};

Value call_builtin(Machine& m, const Builtin& builtin, const Value& self, const Args& args);

const Builtin* find_filter(std::string_view name);
const Builtin* find_test(std::string_view name);
// A method of a value of this kind.
const Builtin* find_method(Kind kind, std::string_view name);
// Whether Python has a method of this name that changes the object.
bool is_modifier(Kind kind, std::string_view name);
// The functions that every template sees.
std::span<const Builtin> functions();

// The tables of the files that hold them.
std::span<const Builtin> text_filters();
std::span<const Builtin> list_filters();
std::span<const Builtin> value_filters();
std::span<const Builtin> text_methods();
std::span<const Builtin> dict_methods();
std::span<const Builtin> list_methods();
std::span<const Builtin> loop_methods();
std::span<const Builtin> cycler_methods();
std::span<const Builtin> tests();

}  // namespace hearth::jinja
