// The `weights` section: rows, and the stacks of layers they stand in.
#pragma once

#include "base/result.h"
#include "graph/ast.h"
#include "graph/lines.h"

namespace hearth::arch {

Status parse_weights(const Line& section, Document& document);

}  // namespace hearth::arch
