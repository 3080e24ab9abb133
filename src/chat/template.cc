#include "chat/template.h"

#include <algorithm>

#include "base/text.h"
#include "chat/jinja/machine.h"
#include "chat/jinja/unicode.h"

namespace hearth {

namespace {

using namespace jinja;

// Templates build control tokens of roles: '<|' + message.role + '|>'. So these names are trusted, and no others: a
// role that is not one of them could spell any token between the same brackets.
constexpr std::string_view kRoles[] = {"system", "developer", "user", "assistant", "tool", "function"};

bool is_role(const ChatJson& value) {
  const std::string* text = value.get_ptr<const std::string*>();
  return text && std::find(std::begin(kRoles), std::end(kRoles), *text) != std::end(kRoles);
}

Value message_value(Heap& heap, const ChatJson& message) {
  if (!message.is_object()) return from_json(heap, message);
  Growing<Entry> entries;
  for (auto member = message.begin(); member != message.end(); ++member) {
    bool trusted = member.key() == "role" && is_role(member.value());
    Value value = trusted
                      ? text_value(heap, Text(member.value().get_ref<const std::string&>(), Origin::author))
                      : from_json(heap, member.value());
    entries.push(heap, {text_from_json(heap, member.key()), value});
  }
  return heap.failed() ? Value(Kind::failure) : dict_value(heap, entries.items());
}

Value messages_value(Heap& heap, const ChatJson& messages) {
  if (!messages.is_array()) return from_json(heap, messages);
  Growing<Value> items;
  for (const ChatJson& message : messages) items.push(heap, message_value(heap, message));
  return list_value(heap, items.items());
}

void set_variable(Machine& m, std::string_view name, const ChatJson& value) {
  if (!m.mentions(name)) return;
  m.set_global(name, name == "messages" ? messages_value(m.heap, value) : from_json(m.heap, value));
}

Value token_value(Heap& heap, const std::string& token) {
  if (is_utf8(token)) return text_value(heap, Text(token, Origin::author));
  heap.fail("the text of a special token is not UTF-8");
  return Kind::failure;
}

}  // namespace

Result<ChatTemplate> ChatTemplate::parse(std::string_view source, std::string name,
                                         const ParseOptions& options) {
  auto program = jinja::parse(source, options);
  if (!program) return Error{name + ":" + program.error().message};
  return ChatTemplate(std::move(program).value(), std::move(name));
}

Result<Rendered> ChatTemplate::render(const ChatJson& messages, const ChatJson& tools,
                                      const RenderOptions& options) const {
  return render_with(&messages, &tools, options);
}

Result<Rendered> ChatTemplate::render(const RenderOptions& options) const {
  return render_with(nullptr, nullptr, options);
}

Result<Rendered> ChatTemplate::render_with(const ChatJson* messages, const ChatJson* tools,
                                           const RenderOptions& options) const {
  Machine m(*program_, options.limits, options.now ? *options.now : wall_time_now());
  m.set_global("bos_token", token_value(m.heap, options.bos_token));
  m.set_global("eos_token", token_value(m.heap, options.eos_token));
  m.set_global("add_generation_prompt", Value(options.add_generation_prompt));
  if (messages) set_variable(m, "messages", *messages);
  if (tools) set_variable(m, "tools", *tools);
  for (auto variable = options.variables.begin(); variable != options.variables.end(); ++variable) {
    set_variable(m, variable.key(), variable.value());
  }
  if (m.heap.failed()) return fail("{}: {}", name_, m.heap.failure());
  program_->body.run(m);
  if (m.heap.failed()) {
    Position at = m.heap.failed_at();
    return fail("{}:{}:{}: {}", name_, at.line, at.column, m.heap.failure());
  }
  Rendered rendered{m.out().take(), {}};
  size_t begin = 0;
  for (const Run& run : m.out().runs()) {
    rendered.spans.push_back({begin, run.end, run.origin == Origin::author});
    begin = run.end;
  }
  return rendered;
}

}  // namespace hearth
