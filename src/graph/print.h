// Documents and architectures as text, in columns. The text parses to the same again; comments behind rows and
// statements are kept, those on lines of their own are not.
#pragma once

#include <string>

#include "graph/ast.h"

namespace hearth::arch {

std::string print(const Document& document);

// A Document without `like` that expands to `architecture`; valid as long as that is.
Document flatten(const Architecture& architecture);

}  // namespace hearth::arch
