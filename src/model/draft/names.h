// How much two names of tensors or keys mean the same, for those who look for the one that was meant.
#pragma once

#include <string_view>

namespace hearth {

// 0: nothing in common, 1: the same words.
double likeness(std::string_view a, std::string_view b);

}  // namespace hearth
