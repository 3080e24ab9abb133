// Texts and places in them: what messages show.
#pragma once

#include <fmt/format.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "graph/ast.h"

namespace hearth::arch {

std::shared_ptr<const Source> make_source(std::string name, std::string text);

// "llama.arch:22", as one-line messages name a row.
std::string where(Position at);

// `FILE:LINE:COLUMN: message`, the line itself, and a mark under the column.
std::string show_at(Position at, std::string_view message);

// The message without the text that it shows: for those who did not write the text.
inline Error first_line(const Error& error) {
  return Error{error.message.substr(0, error.message.find('\n'))};
}

template <class... Args>
Error error_at(Position at, fmt::format_string<Args...> format, Args&&... args) {
  return Error{show_at(at, fmt::format(format, std::forward<Args>(args)...))};
}

// Where a line's comment begins, or npos: at a `#` at the start or behind a blank, before a blank or the end,
// and in no string.
size_t find_comment(std::string_view line);

// The comment behind what stands at `at`, without its `#`; empty if there is none.
std::string_view comment_at(Position at);

}  // namespace hearth::arch
