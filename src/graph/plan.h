// Lays a graph out: which values are views of others, where each buffer lies, when its place is free again.
#pragma once

#include "base/result.h"
#include "ops/plan.h"

namespace hearth {

Result<Plan> make_plan(const Graph& graph);

}  // namespace hearth
