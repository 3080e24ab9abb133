// Pieces of GBNF.
#pragma once

#include <string>
#include <string_view>

namespace hearth::gbnf {

// "text", with escapes; nothing for nothing.
std::string literal(std::string_view text);

// Rules under `name` for any text up to and with the first `end`, which is not empty.
std::string until(const std::string& name, std::string_view end);

}  // namespace hearth::gbnf
