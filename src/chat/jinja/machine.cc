#include "chat/jinja/machine.h"

#include <algorithm>

#include "base/text.h"

namespace hearth::jinja {

Machine::Machine(const Program& program, const Limits& limits, WallTime time)
    : heap(limits),
      now(time),
      program_(program),
      globals_(heap.room<Value>(program.symbols.size())),
      scope_(heap.make<Scope>()),
      output_(heap, limits.output),
      out_(&output_) {
  std::uninitialized_default_construct(globals_.begin(), globals_.end());
  for (const Builtin& function : functions())
    set_global(function.name, Value(heap.make<Bound>(&function, Value())));
}

bool Machine::mentions(std::string_view name) const {
  return std::find(program_.symbols.begin(), program_.symbols.end(), name) != program_.symbols.end();
}

void Machine::set_global(std::string_view name, Value value) {
  auto found = std::find(program_.symbols.begin(), program_.symbols.end(), name);
  if (found == program_.symbols.end() || globals_.empty()) return;
  globals_[static_cast<size_t>(found - program_.symbols.begin())] = value;
}

Scope* Machine::new_scope(Scope* parent) {
  Scope* scope = heap.make<Scope>();
  scope->parent = parent;
  return scope;
}

void Machine::keep_scope() {
  for (Scope* scope = scope_; scope && !scope->kept; scope = scope->parent) scope->kept = true;
}

void Machine::assign(Symbol symbol, Value value) {
  if (!scope_->parent) {
    if (!globals_.empty()) globals_[symbol] = value;
    return;
  }
  for (Scope::Variable& variable : scope_->variables.items()) {
    if (variable.symbol == symbol) {
      variable.value = value;
      return;
    }
  }
  scope_->variables.push(heap, {symbol, value});
}

Value Machine::lookup(Symbol symbol) {
  for (Scope* scope = scope_; scope->parent; scope = scope->parent) {
    for (const Scope::Variable& variable : scope->variables.items()) {
      if (variable.symbol == symbol) return variable.value;
    }
  }
  if (!globals_.empty() && !globals_[symbol].is_absent()) return globals_[symbol];
  return undefined_name(heap, name_of(symbol));
}

Args Machine::evaluate(const Arguments& arguments) {
  Growing<Value> values;
  Growing<Named> named;
  for (const ExprPtr& argument : arguments.values) values.push(heap, (*argument)(*this));
  if (arguments.more_values) {
    Value more = (*arguments.more_values)(*this);
    if (auto items = more.is_failure() ? std::nullopt : items_of(heap, more)) {
      for (const Value& item : *items) values.push(heap, item);
    }
  }
  for (const auto& [name, argument] : arguments.named) named.push(heap, {name, (*argument)(*this)});
  if (arguments.more_named) {
    Value more = (*arguments.more_named)(*this);
    if (!more.is(Kind::dict)) {
      fail("** needs a dict, found {}", type_name(more));
      return {};
    }
    for (const Entry& entry : more.dict->entries) {
      if (!entry.key.is(Kind::text)) {
        fail("** needs names as keys, found {}", type_name(entry.key));
        return {};
      }
      named.push(heap, {*entry.key.text, entry.value});
    }
  }
  return {values.items(), named.items()};
}

Value Machine::call(const Value& callee, const Args& args) {
  switch (callee.kind) {
    case Kind::bound: return call_builtin(*this, *callee.bound->builtin, callee.bound->self, args);
    case Kind::macro: return call_macro(*callee.macro, args);
    case Kind::loop: return call_loop(*this, *callee.loop, args);
    case Kind::joiner:
      return std::exchange(callee.joiner->used, true) ? callee.joiner->separator : text_value(heap, Text());
    case Kind::undefined: return fail_undefined(heap, callee);
    default: return fail("{} cannot be called", type_name(callee));
  }
}

Value Machine::call_macro(const Macro& macro, const Args& args) {
  const Routine& routine = *macro.routine;
  Level level(heap);
  if (!level.ok()) return Kind::failure;
  InScope inside(*this, new_scope(macro.scope));

  std::vector<bool> used(args.named.size());
  auto named = [&](std::string_view name) -> const Value* {
    for (size_t i = 0; i < args.named.size(); ++i) {
      if (args.named[i].name.bytes != name || used[i]) continue;
      used[i] = true;
      return &args.named[i].value;
    }
    return nullptr;
  };

  // Defaults see all parameters: those that were given, and the defaults of those before them.
  size_t count = routine.parameters.size();
  bool takes_caller = routine.uses_caller;
  std::vector<const Parameter*> missing;
  for (size_t i = 0; i < count; ++i) {
    const Parameter& parameter = routine.parameters[i];
    if (parameter.symbol == kCaller) takes_caller = false;
    const Value* value = i < args.values.size() ? &args.values[i] : named(name_of(parameter.symbol));
    if (!value) missing.push_back(&parameter);
    assign(parameter.symbol, value ? *value : undefined_name(heap, name_of(parameter.symbol)));
  }
  for (const Parameter* parameter : missing) {
    if (parameter->fallback) assign(parameter->symbol, (*parameter->fallback)(*this));
  }
  if (takes_caller) {
    const Value* caller = named("caller");
    assign(kCaller,
           caller ? *caller
                  : undefined_hint(heap, "no caller is defined: this macro was not called by a call block"));
  }
  if (routine.uses_kwargs) {
    DictBuilder rest;
    for (size_t i = 0; i < args.named.size(); ++i) {
      if (!used[i]) rest.put(heap, text_value(heap, args.named[i].name), args.named[i].value);
    }
    assign(kKwargs, rest.finish(heap));
  } else if (auto unused = std::find(used.begin(), used.end(), false); unused != used.end()) {
    return fail("the macro {} has no parameter {}", quote(routine.name),
                quote(args.named[static_cast<size_t>(unused - used.begin())].name.bytes));
  }
  Items more = args.values.size() > count ? args.values.subspan(count) : Items();
  if (routine.uses_varargs) {
    assign(kVarargs, list_value(heap, more, Kind::tuple));
  } else if (!more.empty()) {
    return fail("the macro {} takes {} arguments, found {}", quote(routine.name), count, args.values.size());
  }

  Capture capture(*this);
  routine.body.run(*this);
  return capture.finish();
}

}  // namespace hearth::jinja
