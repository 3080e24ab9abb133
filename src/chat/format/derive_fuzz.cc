// A template is a stranger's program: whatever it makes of probes, a format is learned from it, and the parser and the
// grammar that are made from that work.
#include <cstdint>
#include <cstdlib>

#include "chat/format/call_grammar.h"
#include "chat/format/derive.h"
#include "chat/format/output_parser.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hearth;
  std::string_view source(reinterpret_cast<const char*>(data), size);
  auto chat = ChatTemplate::parse(source);
  if (!chat) return 0;
  ChatFormat format = derive_format(*chat, source, "<s>", "</s>");
  if (format.describe().empty()) std::abort();
  static const ChatJson tools =
      ChatJson::parse(R"([{"name": "f", "parameters": {"type": "object", "properties": {
      "a": {"type": "string"}, "b": {"type": "array", "items": {"type": "integer"}}}, "required": ["b"]}}])");
  (void)call_grammar(format, {.tools = tools, .choice = ToolChoice::required});
  OutputParser parser(format, {.tools = tools}, format.opening(source));
  std::string text;
  for (const CallSyntax& calls : format.calls) {
    text += calls.trigger + calls.section_begin;
    for (const CallPart& part : calls.parts) text += part.text + "f{\"a\": 1}";
  }
  parser.feed(text);
  parser.finish();
  return 0;
}
