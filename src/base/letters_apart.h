// How far a word is from one that was meant, for "did you mean".
#pragma once

#include <cstddef>
#include <string_view>

namespace hearth {

// In how many letters two words differ: the fewest that must be changed, added or left out.
size_t letters_apart(std::string_view a, std::string_view b);

}  // namespace hearth
