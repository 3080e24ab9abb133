// Lists and objects that are spelled as parameters inside parameters, as JSON.
#pragma once

#include <string>
#include <string_view>

#include "chat/format/format.h"

namespace hearth {

// `schema` of the value, or null. What is no well-formed nesting is text.
std::string nested_to_json(std::string_view raw, const ParameterSyntax& syntax, const ChatJson* schema);

}  // namespace hearth
