// Values from JSON, and JSON from values.
#pragma once

#include <nlohmann/json.hpp>

#include "chat/jinja/value.h"

namespace hearth::jinja {

using Json = nlohmann::ordered_json;

// Texts are views into `json`, of origin `input`. Integers beyond 64 bits with a sign become floating point. Fails
// on text that is not UTF-8.
Value from_json(Heap& heap, const Json& json);
Value text_from_json(Heap& heap, const std::string& text);

struct JsonStyle {
  bool ascii = false;
  bool sort_keys = false;
  std::optional<std::string> indent;  // of one level
  std::string between = ", ";         // items
  std::string after_key = ": ";
};

// As Python's json.dumps(). Fails on what JSON cannot say.
void to_json(Heap& heap, TextBuilder& out, const Value& value, const JsonStyle& style);

}  // namespace hearth::jinja
