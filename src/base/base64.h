// Bytes written as text, four characters for three.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hearth {

// Nothing where a character is none of the alphabet's; `=` may stand at the end or be left out.
std::optional<std::string> base64_decode(std::string_view text);

}  // namespace hearth
