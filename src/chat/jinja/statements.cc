// How statements run.
#include "base/text.h"
#include "chat/jinja/machine.h"
#include "chat/jinja/show.h"

namespace hearth::jinja {

namespace {

// False: the render has failed.
bool bind(Machine& m, const Target& target, const Value& value);

bool bind_attribute(Machine& m, const Target::Attribute& attribute, const Value& value) {
  Value space = m.lookup(attribute.space);
  if (space.is_undefined()) {
    fail_undefined(m.heap, space);
    return false;
  }
  if (!space.is(Kind::space)) {
    m.fail("{} is a {}; only a namespace can be changed", quote(m.name_of(attribute.space)),
           type_name(space));
    return false;
  }
  for (Entry& entry : space.space->entries.items()) {
    if (entry.key.text->bytes == attribute.name.bytes) {
      entry.value = value;
      return true;
    }
  }
  space.space->entries.push(m.heap, {text_value(m.heap, attribute.name), value});
  return !m.heap.failed();
}

bool bind_all(Machine& m, const std::vector<Target>& targets, const Value& value) {
  auto items = items_of(m.heap, value);
  if (!items) return false;
  if (items->size() != targets.size()) {
    m.fail("cannot unpack {} values into {} names", items->size(), targets.size());
    return false;
  }
  for (size_t i = 0; i < targets.size(); ++i) {
    if (!bind(m, targets[i], (*items)[i])) return false;
  }
  return true;
}

bool bind(Machine& m, const Target& target, const Value& value) {
  if (auto symbol = std::get_if<Symbol>(&target.to)) {
    m.assign(*symbol, value);
    return !m.heap.failed();
  }
  if (auto attribute = std::get_if<Target::Attribute>(&target.to))
    return bind_attribute(m, *attribute, value);
  return bind_all(m, std::get<std::vector<Target>>(target.to), value);
}

// The next item of a loop that its filter lets through; absent at the end.
Value fetch(Machine& m, Loop& loop) {
  while (loop.next < loop.source.size() && !m.heap.failed()) {
    Value item = loop.source[loop.next++];
    if (!loop.node->filter) return item;
    Machine::InScope inside(m, m.new_scope(loop.outer));
    if (bind(m, loop.node->target, item) && truth((*loop.node->filter)(m))) return item;
  }
  return {};
}

// What the loop yields behind the current item, read as far as `count` items.
Items look_ahead(Machine& m, Loop& loop, size_t count) {
  if (!loop.node->filter) return loop.source.subspan(loop.next);
  while (loop.ahead.size() - loop.ahead_next < count) {
    Value item = fetch(m, loop);
    if (item.is_absent()) break;
    loop.ahead.push(m.heap, item);
    if (m.heap.failed()) break;
  }
  return Items(loop.ahead.items()).subspan(loop.ahead_next);
}

bool advance(Machine& m, Loop& loop) {
  Value item = loop.ahead_next < loop.ahead.size() ? loop.ahead.items()[loop.ahead_next++] : fetch(m, loop);
  if (item.is_absent()) return false;
  ++loop.index0;
  loop.before = std::exchange(loop.current, item);
  return true;
}

Flow run_loop(Machine& m, const For& node, const Value& iterable, Scope* outer, int64_t depth0) {
  m.heap.at = node.iterable->at;
  auto items = items_of(m.heap, iterable);
  if (!items) return Flow::next;
  Loop& loop = *m.heap.make<Loop>(&node, outer, *items);
  loop.depth0 = depth0;

  Scope* scope = m.new_scope(outer);
  while (!m.heap.failed() && advance(m, loop)) {
    if (scope->kept) {
      scope = m.new_scope(outer);
    } else {
      scope->variables.clear();
    }
    Machine::InScope inside(m, scope);
    m.assign(kLoop, Value(&loop));
    m.heap.at = node.at;
    if (!bind(m, node.target, loop.current)) break;
    if (node.body.run(m) == Flow::break_loop) return Flow::next;
  }
  if (loop.index0 >= 0 || m.heap.failed()) return Flow::next;
  Machine::InScope inside(m, m.new_scope(outer));
  return node.otherwise.run(m);
}

}  // namespace

Flow Body::run(Machine& m) const {
  Level level(m.heap);
  if (!level.ok()) return Flow::next;
  for (const StatementPtr& statement : statements) {
    if (!m.heap.spend_steps(1) || m.heap.failed()) return Flow::next;
    if (Flow flow = statement->run(m); flow != Flow::next) return flow;
  }
  return Flow::next;
}

Flow Data::run(Machine& m) const {
  m.heap.at = at;
  m.out().add(text);
  return Flow::next;
}

Flow Print::run(Machine& m) const {
  Value shown = (*value)(m);
  m.heap.at = at;
  show(m.heap, m.out(), shown);
  return Flow::next;
}

Flow If::run(Machine& m) const {
  for (const auto& [condition, body] : branches) {
    Value chosen = (*condition)(m);
    if (chosen.is_failure()) return Flow::next;
    if (truth(chosen)) return body.run(m);
  }
  return otherwise.run(m);
}

Flow For::run(Machine& m) const {
  Value value = (*iterable)(m);
  return value.is_failure() ? Flow::next : run_loop(m, *this, value, m.scope(), 0);
}

Value call_loop(Machine& m, const Loop& loop, const Args& args) {
  if (!loop.node->recursive) return m.fail("this loop is not recursive");
  if (args.values.size() != 1 || !args.named.empty()) return m.fail("loop() takes one list");
  Level level(m.heap);
  if (!level.ok()) return Kind::failure;
  Machine::Capture capture(m);
  run_loop(m, *loop.node, args.values[0], loop.outer, loop.depth0 + 1);
  return capture.finish();
}

Value loop_attribute(Machine& m, Loop& loop, std::string_view name) {
  auto length = [&] {
    if (!loop.node->filter) return static_cast<int64_t>(loop.source.size());
    return loop.index0 + 1 + static_cast<int64_t>(look_ahead(m, loop, SIZE_MAX).size());
  };
  if (name == "index") return Value(loop.index0 + 1);
  if (name == "index0") return Value(loop.index0);
  if (name == "first") return Value(loop.index0 == 0);
  if (name == "last") return Value(look_ahead(m, loop, 1).empty());
  if (name == "length") return Value(length());
  if (name == "revindex") return Value(length() - loop.index0);
  if (name == "revindex0") return Value(length() - loop.index0 - 1);
  if (name == "depth") return Value(loop.depth0 + 1);
  if (name == "depth0") return Value(loop.depth0);
  if (name == "previtem")
    return loop.index0 == 0 ? undefined_hint(m.heap, "there is no previous item") : loop.before;
  if (name == "nextitem") {
    Items next = look_ahead(m, loop, 1);
    return next.empty() ? undefined_hint(m.heap, "there is no next item") : next[0];
  }
  return {};
}

Flow Set::run(Machine& m) const {
  Value assigned = (*value)(m);
  m.heap.at = at;
  if (!assigned.is_failure()) bind(m, target, assigned);
  return Flow::next;
}

namespace {

// What the body writes, in a scope of its own; absent if a break or continue left it.
std::pair<Value, Flow> capture_body(Machine& m, const Body& body) {
  Machine::InScope inside(m, m.new_scope(m.scope()));
  Machine::Capture capture(m);
  Flow flow = body.run(m);
  return {capture.finish(), flow};
}

}  // namespace

Flow SetBlock::run(Machine& m) const {
  auto [value, flow] = capture_body(m, body);
  if (flow != Flow::next) return flow;
  if (filter) {
    m.captured = value;
    value = (*filter)(m);
  }
  m.heap.at = at;
  if (!m.heap.failed()) bind(m, target, value);
  return Flow::next;
}

Flow FilterBlock::run(Machine& m) const {
  auto [value, flow] = capture_body(m, body);
  if (flow != Flow::next) return flow;
  m.captured = value;
  value = (*filter)(m);
  m.heap.at = at;
  show(m.heap, m.out(), value);
  return Flow::next;
}

Flow MacroStatement::run(Machine& m) const {
  m.keep_scope();
  m.assign(symbol, Value(m.heap.make<Macro>(&routine, m.scope())));
  return Flow::next;
}

Flow CallBlock::run(Machine& m) const {
  Value function = (*call->callee)(m);
  if (function.is_failure()) return Flow::next;
  Args args = m.evaluate(call->arguments);
  m.keep_scope();
  Growing<Named> named;
  for (const Named& other : args.named) named.push(m.heap, other);
  Value caller(m.heap.make<Macro>(&routine, m.scope()));
  named.push(m.heap, {Text("caller", Origin::author), caller});
  m.heap.at = call->at;
  if (m.heap.failed()) return Flow::next;
  show(m.heap, m.out(), m.call(function, {args.values, named.items()}));
  return Flow::next;
}

Flow With::run(Machine& m) const {
  Scope* scope = m.new_scope(m.scope());
  for (const auto& [target, value] : variables) {
    Value assigned = (*value)(m);
    if (assigned.is_failure()) return Flow::next;
    m.heap.at = value->at;
    Machine::InScope inside(m, scope);
    if (!bind(m, target, assigned)) return Flow::next;
  }
  Machine::InScope inside(m, scope);
  return body.run(m);
}

}  // namespace hearth::jinja
