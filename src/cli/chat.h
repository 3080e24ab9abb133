// A chat at a terminal.
#pragma once

#include "cli/runner.h"

namespace hearth {

// Questions and answers, and commands that begin with /, until the end of the input.
Status chat(Runner& runner);

}  // namespace hearth
