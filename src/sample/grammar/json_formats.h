// What JSON Schema's `format` means for strings.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hearth::grammar {

// The regular expression that a whole string of the format matches; nothing for a name not in the table. A host's
// name is held to 63 characters between dots, not to 253 in all.
std::optional<std::string> format_regex(std::string_view name);

// For messages: all names.
std::string format_names();

}  // namespace hearth::grammar
