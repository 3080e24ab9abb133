// The shape rules of the operators, named as the rows of the table name them.
#pragma once

#include "ops/operators.h"

namespace hearth::rules {

#define HEARTH_RULE(name) Result<std::vector<Shape>> name(std::span<const ShapeArgument> arguments)
HEARTH_RULE(linear);
HEARTH_RULE(linears);
HEARTH_RULE(experts);
HEARTH_RULE(rows);
HEARTH_RULE(entries);
HEARTH_RULE(binary);
HEARTH_RULE(broadcast);
HEARTH_RULE(same);
HEARTH_RULE(with_numbers);
HEARTH_RULE(heads);
HEARTH_RULE(split);
HEARTH_RULE(merge);
HEARTH_RULE(cut);
HEARTH_RULE(cat);
HEARTH_RULE(stack);
HEARTH_RULE(tile);
HEARTH_RULE(norm);
HEARTH_RULE(last_to_one);
HEARTH_RULE(total);
HEARTH_RULE(mix);
HEARTH_RULE(pick);
HEARTH_RULE(attend);
HEARTH_RULE(indexer);
HEARTH_RULE(conv1d);
HEARTH_RULE(scan);
HEARTH_RULE(delta);
HEARTH_RULE(wkv6);
HEARTH_RULE(wkv7);
HEARTH_RULE(pool);
#undef HEARTH_RULE

}  // namespace hearth::rules
