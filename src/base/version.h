#pragma once

namespace hearth {

// CMakeLists.txt reads it here too.
#define HEARTH_VERSION "0.1.0"
inline constexpr char kVersion[] = HEARTH_VERSION;

}  // namespace hearth
