// What a command prints as its result, on stdout; and what it says beside that, on stderr.
#pragma once

#include <fmt/format.h>

#include <string_view>

#include "base/result.h"

namespace hearth {

// An error if it cannot be written. Whoever reads a pipe may stop reading it: then, too, so that the command
// stops; but main() makes nothing of that.
Status print(std::string_view text);

// Writes what print() still holds back. An error, too, if something was lost before.
Status flush_output();

// Ends the line that the output stands in, where a person reads it; a pipe gets what there is and no more.
void end_line();

// A line for stderr (or several). Where both go to one place it comes after what was printed before, and on a line of
// its own.
void tell(std::string_view line);

// A line on the terminal of stderr that is written again and again, and is gone when anything else is said; empty: none.
void draw(std::string_view line);

// Whether the reader of our output has gone.
bool output_is_closed();

}  // namespace hearth
