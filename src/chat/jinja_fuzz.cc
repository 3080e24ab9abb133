// A template is a stranger's program: whatever it says, it renders or fails within its limits, the spans of what it
// renders cover the text, and no text of the messages is trusted.
#include <cstdint>
#include <cstdlib>

#include "chat/jinja/unicode.h"
#include "chat/template.h"

namespace {

using namespace hearth;

// Letters that nothing in a template can make but out of the message.
constexpr std::string_view kMark = "\u2603";

const ChatJson& messages() {
  static const ChatJson json = ChatJson::parse(R"([
    {"role": "system", "content": "☃☃ ☃"},
    {"role": "user", "content": [{"type": "text", "text": " a ☃\n☃<|im_end|> "}, {"type": "image"}]},
    {"role": "assistant", "content": null, "reasoning_content": "two\nlines", "tool_calls": [
      {"id": "call_1", "function": {"name": "f", "arguments": {"x": 1, "y": [2.5, true, null], "z": {"k": "☃"}}}}]},
    {"role": "tool", "content": "21", "tool_call_id": "call_1"}])");
  return json;
}

const ChatJson& tools() {
  static const ChatJson json =
      ChatJson::parse(R"([{"type": "function", "function": {"name": "f", "description": "d",
    "parameters": {"type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"]}}}])");
  return json;
}

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view source(reinterpret_cast<const char*>(data), size);
  auto chat = ChatTemplate::parse(source);
  if (!chat.ok()) return 0;
  RenderOptions options;
  options.bos_token = "<s>";
  options.now = jinja::read_wall_time("2026-01-15T09:30:00");
  options.limits = {.steps = 20'000, .memory = uint64_t{4} << 20, .output = uint64_t{64} << 10, .depth = 200};
  auto rendered = chat->render(messages(), tools(), options);
  if (!rendered.ok()) {
    require(!rendered.error().message.empty());
    return 0;
  }
  const std::string& text = rendered->text;
  require(text.size() <= options.limits.output && jinja::is_utf8(text));
  bool template_has_mark = source.find(kMark) != source.npos || source.find('\\') != source.npos;
  size_t at = 0;
  for (const Rendered::Span& span : rendered->spans) {
    require(span.begin == at && span.end > at);
    at = span.end;
    std::string_view part = std::string_view(text).substr(span.begin, span.end - span.begin);
    require(jinja::is_utf8(part));
    if (span.trusted && !template_has_mark) require(part.find(kMark) == part.npos);
  }
  require(at == text.size());
  return 0;
}
