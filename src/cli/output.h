// What a command prints as its result, on stdout. Everything else goes to the log.
#pragma once

#include <fmt/format.h>

#include <string_view>

#include "base/result.h"

namespace hearth {

// An error if it cannot be written. Whoever reads a pipe may stop reading it: then, too, so that the command
// stops; but main() makes nothing of that.
Status print(std::string_view text);

// Writes what print() still holds back.
Status flush_output();

// Whether the reader of our output has gone.
bool output_is_closed();

}  // namespace hearth
