#include "chat/jinja/builtin.h"

#include <algorithm>

#include "base/text.h"
#include "chat/jinja/machine.h"

namespace hearth::jinja {

namespace {

bool is_optional(std::string_view parameter) { return parameter.ends_with('?'); }
std::string_view plain(std::string_view parameter) {
  return is_optional(parameter) ? parameter.substr(0, parameter.size() - 1) : parameter;
}

const Builtin* find_in(std::span<const Builtin> table, std::string_view name) {
  auto found = std::find_if(table.begin(), table.end(), [&](const Builtin& row) { return row.name == name; });
  return found == table.end() ? nullptr : &*found;
}

}  // namespace

const Value& Call::or_none(size_t i) const {
  static const Value none(Kind::none);
  return given(i) ? args[i] : none;
}

std::optional<int64_t> Call::whole(size_t i, int64_t otherwise) const {
  if (!given(i)) return otherwise;
  if (args[i].is_whole()) return args[i].whole();
  fail("a whole number is needed, found {}", type_name(args[i]));
  return std::nullopt;
}

const Text* Call::text(size_t i) const {
  if (args[i].is(Kind::text)) return args[i].text;
  fail("a str is needed, found {}", type_name(args[i]));
  return nullptr;
}

Value call_builtin(Machine& m, const Builtin& builtin, const Value& self, const Args& args) {
  Level level(m.heap);  // builtins call others: map('map', 'map', ...)
  if (!level.ok()) return Kind::failure;
  Value bound[kMostParameters];
  size_t count = 0;
  bool takes_more = false, takes_names = false;
  for (std::string_view parameter : builtin.parameters) {
    if (parameter == "*") {
      takes_more = true;
    } else if (parameter == "**") {
      takes_names = true;
    } else if (!parameter.empty()) {
      ++count;
    }
  }
  size_t direct = std::min(count, args.values.size());
  std::copy_n(args.values.begin(), direct, bound);
  if (args.values.size() > count && !takes_more) {
    return m.fail("{} takes at most {} arguments, found {}", quote(builtin.name), count, args.values.size());
  }
  for (const Named& named : args.named) {
    if (takes_names) break;
    size_t i = 0;
    while (i < count && plain(builtin.parameters[i]) != named.name.bytes) ++i;
    if (i == count) return m.fail("{} has no parameter {}", quote(builtin.name), quote(named.name.bytes));
    if (!bound[i].is_absent()) {
      return m.fail("{} is given {} twice", quote(builtin.name), quote(named.name.bytes));
    }
    bound[i] = named.value;
  }
  for (size_t i = 0; i < count; ++i) {
    if (bound[i].is_absent() && !is_optional(builtin.parameters[i])) {
      return m.fail("{} needs the argument {}", quote(builtin.name), quote(builtin.parameters[i]));
    }
  }
  auto spend_text = [&](const Value& value) {
    return !value.is(Kind::text) || m.heap.spend_bytes(value.text->size());
  };
  if (!spend_text(self) || !std::all_of(bound, bound + count, spend_text)) return Kind::failure;
  return builtin.run({m, m.heap, self, Items(bound, count), args.values.subspan(direct),
                      takes_names ? args.named : std::span<const Named>()});
}

const Builtin* find_filter(std::string_view name) {
  for (auto table : {text_filters(), list_filters(), value_filters()}) {
    if (const Builtin* found = find_in(table, name)) return found;
  }
  return nullptr;
}

const Builtin* find_test(std::string_view name) { return find_in(tests(), name); }

const Builtin* find_method(Kind kind, std::string_view name) {
  switch (kind) {
    case Kind::text: return find_in(text_methods(), name);
    case Kind::dict: return find_in(dict_methods(), name);
    case Kind::list:
    case Kind::tuple:
    case Kind::range: return find_in(list_methods(), name);
    case Kind::loop: return find_in(loop_methods(), name);
    case Kind::cycler: return find_in(cycler_methods(), name);
    default: return nullptr;
  }
}

bool is_modifier(Kind kind, std::string_view name) {
  constexpr std::string_view kOfDict[] = {"clear", "pop", "popitem", "setdefault", "update"};
  constexpr std::string_view kOfList[] = {"append", "clear",  "extend",  "insert",
                                          "pop",    "remove", "reverse", "sort"};
  if (kind == Kind::dict) return std::find(std::begin(kOfDict), std::end(kOfDict), name) != std::end(kOfDict);
  return kind == Kind::list && std::find(std::begin(kOfList), std::end(kOfList), name) != std::end(kOfList);
}

}  // namespace hearth::jinja
