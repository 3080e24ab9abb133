// Values of parameters, as models spell them, made into JSON.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "chat/template.h"

namespace hearth {

// What a schema says a value is.
enum class ValueKind : uint8_t {
  unknown,  // nothing
  text,
  other,  // not text
  mixed,  // text, or something else
};

ValueKind kind_of_schema(const ChatJson* schema);

// The schema of a function's parameter in a list of tools, or null.
const ChatJson* parameter_schema(const ChatJson& tools, std::string_view function,
                                 std::string_view parameter);
const ChatJson* property_schema(const ChatJson* object_schema, std::string_view name);
const ChatJson* find_tool(const ChatJson& tools, std::string_view function);

// `text` as a JSON string, quoted.
std::string json_text(std::string_view text);
// The same without the quotes.
void append_json_text(std::string& out, std::string_view text);

// A literal of JSON or Python (True, None, 'text', tuples) as JSON.
std::optional<std::string> literal_to_json(std::string_view text);

struct ValueReading {
  bool python_words = false;  // True is no text, if nothing says it is
  bool text_is_json = false;  // text is quoted
};

// The raw text of a value, for a parameter of this kind. What cannot be anything else is text.
std::string value_to_json(std::string_view raw, ValueKind kind, const ValueReading& reading);

}  // namespace hearth
