// What a machine can do at best, as commands show it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "ops/machine_limits.h"

namespace hearth {

nlohmann::ordered_json to_json(const MachineLimits& limits);
std::string reads_as_text(const MachineLimits& limits);
std::string arithmetic_as_text(const MachineLimits& limits);

}  // namespace hearth
