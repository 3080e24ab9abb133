// Formats and texts of any kind, in chunks of any size: the parser never crashes, gives the same whatever the chunks,
// and every byte of the text is in exactly one piece of content, reasoning or syntax, in order.
#include <cstdint>
#include <cstdlib>
#include <map>

#include "base/text.h"
#include "chat/format/derive.h"
#include "chat/format/output_parser.h"
#include "chat/format/own_templates_testing.h"

namespace {

using namespace hearth;

void require(bool holds) {
  if (!holds) std::abort();
}

const std::vector<ChatFormat>& formats() {
  static const std::vector<ChatFormat> all = [] {
    std::vector<ChatFormat> formats;
    for (const auto& each : roundtrip::own_templates()) {
      auto chat = ChatTemplate::parse(each.source);
      formats.push_back(derive_format(*chat, each.source, "<s>", "</s>"));
    }
    return formats;
  }();
  return all;
}

const ChatJson& tools() {
  static const ChatJson tools =
      ChatJson::parse(R"([{"type": "function", "function": {"name": "f", "parameters": {
    "type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "integer"},
    "c": {"type": "array", "items": {"type": "object", "properties": {"d": {}}}}}}}}])");
  return tools;
}

class Bytes {
 public:
  Bytes(const uint8_t* data, size_t size) : data_(data), size_(size) {}
  uint8_t next() { return size_ ? (--size_, *data_++) : 0; }
  bool empty() const { return size_ == 0; }
  std::string take(size_t count) {
    std::string text;
    while (count-- > 0 && size_) text += static_cast<char>(next());
    return text;
  }

 private:
  const uint8_t* data_;
  size_t size_;
};

// A format that no template has.
ChatFormat odd_format(Bytes& bytes) {
  auto text = [&] { return repair_utf8(bytes.take(bytes.next() % 8)); };
  ChatFormat format;
  format.turn_begin = text();
  format.turn_ends = {text(), text()};
  format.reasoning = {text(), text()};
  format.content = {{text(), text()}};
  format.content_space = " ";
  CallSyntax calls;
  calls.trigger = text();
  calls.section_begin = calls.trigger + text();
  calls.section_end = text();
  calls.separator = text();
  calls.where = static_cast<CallSyntax::Where>(bytes.next() % 3);
  auto literal = [&] { calls.parts.push_back({CallPart::Kind::literal, text(), bytes.next() % 4 == 0}); };
  literal();
  uint8_t kind = bytes.next() % 4;
  if (kind == 0) {
    calls.parts = {{CallPart::Kind::literal, text() + "{"},
                   {CallPart::Kind::arguments},
                   {CallPart::Kind::literal, "}" + text()}};
    calls.object = CallObject{{"n"}, {"a"}, {"i"}};
    calls.object->name_is_key = bytes.next() % 2;
  } else {
    calls.parts.push_back({CallPart::Kind::name});
    literal();
    if (bytes.next() % 2) calls.parts.push_back({CallPart::Kind::index});
    literal();
    calls.parts.push_back({CallPart::Kind::arguments});
    literal();
    if (kind > 1) {
      calls.parameters = ParameterSyntax{.key_begin = text(),
                                         .key_end = text() + "=",
                                         .value_end = kind == 2 ? text() + ";" : "",
                                         .separator = text(),
                                         .text_open = text(),
                                         .text_close = text() + "'",
                                         .text_is_json = bytes.next() % 2 == 0};
      if (kind == 2 && bytes.next() % 4 == 0) calls.parameters->item_name = "item";
    }
  }
  format.calls.push_back(calls);
  return format;
}

// Marks of the format and bytes of the input, mixed.
std::string some_text(const ChatFormat& format, Bytes& bytes) {
  std::vector<std::string> pieces = {"<think>",
                                     "</think>",
                                     "{\"name\": \"f\", ",
                                     "\"arguments\": {\"a\": \"x\"}}",
                                     "{\"a\": [1]}",
                                     "f",
                                     "a",
                                     "\"",
                                     "'",
                                     "\n",
                                     " ",
                                     "(",
                                     ")",
                                     ",",
                                     "1",
                                     "\xe4\xbd\xa0"};
  auto add = [&](const std::string& text) {
    pieces.push_back(text);
    pieces.push_back(text.substr(0, text.size() / 2));
  };
  add(format.turn_begin);
  for (const auto& end : format.turn_ends) add(end);
  add(format.reasoning.begin);
  add(format.reasoning.end);
  for (const auto& calls : format.calls) {
    add(calls.trigger);
    add(calls.section_begin);
    add(calls.section_end);
    add(calls.separator);
    for (const auto& part : calls.parts) add(part.text);
    if (!calls.parameters) continue;
    add(calls.parameters->key_begin);
    add(calls.parameters->key_end);
    add(calls.parameters->value_end);
    add(calls.parameters->text_open);
    add(calls.parameters->text_close);
  }
  std::string text;
  while (!bytes.empty() && text.size() < 4096) {
    uint8_t choice = bytes.next();
    text += choice < pieces.size() ? pieces[choice] : bytes.take(choice % 5 + 1);
  }
  return repair_utf8(text);
}

std::vector<Delta> parse(const ChatFormat& format, std::string_view text, const std::vector<uint8_t>& sizes) {
  OutputParser parser(format, {.tools = tools(), .syntax = true}, "");
  std::vector<Delta> all;
  size_t turn = 0;
  while (!text.empty()) {
    size_t size = sizes.empty() ? text.size() : sizes[turn++ % sizes.size()] % 16 + 1;
    size = std::min(size, text.size());
    while (size < text.size() && (static_cast<uint8_t>(text[size]) & 0xC0) == 0x80) ++size;
    for (Delta& delta : parser.feed(text.substr(0, size))) all.push_back(std::move(delta));
    text.remove_prefix(size);
  }
  for (Delta& delta : parser.finish()) all.push_back(std::move(delta));
  // Neighbours are one.
  std::vector<Delta> joined;
  for (Delta& delta : all) {
    bool text_kind = delta.kind != Delta::Kind::call_begin && delta.kind != Delta::Kind::call_end;
    if (text_kind && !joined.empty() && joined.back().kind == delta.kind &&
        joined.back().malformed == delta.malformed && joined.back().call == delta.call) {
      joined.back().text += delta.text;
    } else {
      joined.push_back(std::move(delta));
    }
  }
  return joined;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Bytes bytes(data, size);
  uint8_t which = bytes.next();
  ChatFormat format = which < formats().size() * 8 ? formats()[which % formats().size()] : odd_format(bytes);
  std::vector<uint8_t> sizes;
  for (uint8_t count = bytes.next() % 8; count > 0; --count) sizes.push_back(bytes.next());
  std::string text = some_text(format, bytes);

  std::vector<Delta> whole = parse(format, text, {}), chunks = parse(format, text, sizes);
  std::string accounted;
  size_t open = 0, calls = 0;
  for (const Delta& delta : whole) {
    switch (delta.kind) {
      case Delta::Kind::content:
      case Delta::Kind::reasoning:
      case Delta::Kind::syntax: accounted += delta.text; break;
      case Delta::Kind::call_begin:
        require(delta.call == calls++ && open++ == 0 && !delta.name.empty());
        break;
      case Delta::Kind::call_end: require(delta.call + 1 == calls && open-- == 1); break;
      case Delta::Kind::arguments: require(open == 1 && delta.call + 1 == calls); break;
    }
  }
  require(open == 0);
  require(accounted == text);
  auto without_syntax = [](std::vector<Delta> deltas) {
    std::vector<Delta> kept;
    for (Delta& delta : deltas) {
      if (delta.kind == Delta::Kind::syntax) continue;
      bool joins = !kept.empty() && kept.back().kind == delta.kind &&
                   kept.back().malformed == delta.malformed &&
                   (delta.kind == Delta::Kind::content || delta.kind == Delta::Kind::reasoning);
      if (joins) {
        kept.back().text += delta.text;
      } else {
        kept.push_back(std::move(delta));
      }
    }
    return kept;
  };
  require(without_syntax(whole) == without_syntax(chunks));
  return 0;
}
