// What a machine can do at best, as commands show it and reckon with it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "backends/cpu/limits.h"
#include "engine/work.h"

namespace hearth {

MachineLimits per_second(const Limits& limits);

nlohmann::ordered_json to_json(const Limits& limits);
std::string arithmetic_as_text(const Limits& limits);

}  // namespace hearth
