// One render: what the tree of a template evaluates in.
#pragma once

#include <span>

#include "chat/jinja/ast.h"
#include "chat/jinja/builtin.h"
#include "chat/jinja/clock.h"
#include "chat/jinja/heap.h"
#include "chat/jinja/text.h"

namespace hearth::jinja {

// The variables of a block. The outermost scope has a slot for every symbol; the others list what was set in them.
struct Scope {
  struct Variable {
    Symbol symbol;
    Value value;
  };
  Scope* parent = nullptr;
  Growing<Variable> variables;
  bool kept = false;  // a macro may look at it later
};

struct Macro {
  const Routine* routine;
  Scope* scope;  // where it was defined
};

struct Loop {
  const For* node;
  Scope* outer;
  Items source;
  size_t next = 0;         // of the source
  Growing<Value> ahead{};  // items that were asked for early
  size_t ahead_next = 0;
  Value before{}, current{};
  int64_t index0 = -1;
  int64_t depth0 = 0;
  const List* changed = nullptr;  // what loop.changed() saw last
};

class Machine {
 public:
  Machine(const Program& program, const Limits& limits, WallTime now);
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  Heap heap;
  const WallTime now;

  // Variables.
  void assign(Symbol symbol, Value value);
  Value lookup(Symbol symbol);
  void set_global(std::string_view name, Value value);
  bool mentions(std::string_view name) const;  // whether the template has such a name at all
  std::string_view name_of(Symbol symbol) const { return program_.symbols[symbol]; }

  Scope* scope() { return scope_; }
  Scope* new_scope(Scope* parent);
  void keep_scope();  // the current one, and those around it

  // Output.
  TextBuilder& out() { return *out_; }
  Value captured;

  // Calls.
  Value call(const Value& callee, const Args& args);
  Value call_macro(const Macro& macro, const Args& args);
  Args evaluate(const Arguments& arguments);

  template <class... T>
  Value fail(fmt::format_string<T...> format, T&&... args) {
    heap.fail(format, std::forward<T>(args)...);
    return Kind::failure;
  }

  // Makes `scope` the current one for as long as it lives.
  class InScope {
   public:
    InScope(Machine& m, Scope* scope) : m_(m), saved_(std::exchange(m.scope_, scope)) {}
    ~InScope() { m_.scope_ = saved_; }
    InScope(const InScope&) = delete;
    InScope& operator=(const InScope&) = delete;

   private:
    Machine& m_;
    Scope* saved_;
  };

  // Takes the output for as long as it lives.
  class Capture {
   public:
    explicit Capture(Machine& m) : m_(m), builder_(m.heap), saved_(std::exchange(m.out_, &builder_)) {}
    ~Capture() { m_.out_ = saved_; }
    Capture(const Capture&) = delete;
    Capture& operator=(const Capture&) = delete;
    Value finish() { return text_value(m_.heap, builder_.finish()); }

   private:
    Machine& m_;
    TextBuilder builder_;
    TextBuilder* saved_;
  };

 private:
  const Program& program_;
  std::span<Value> globals_;
  Scope* scope_;
  TextBuilder output_;
  TextBuilder* out_;
};

// Runs a loop over what `loop(...)` was given, as deep as it is.
Value call_loop(Machine& m, const Loop& loop, const Args& args);
// loop.index and the like; absent if there is no such attribute.
Value loop_attribute(Machine& m, Loop& loop, std::string_view name);

}  // namespace hearth::jinja
