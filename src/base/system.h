// What this machine has left.
#pragma once

#include <cstdint>
#include <optional>

namespace hearth {

// Bytes that can be used without pushing others out, as the kernel estimates; nothing if it does not say.
std::optional<uint64_t> available_memory();

}  // namespace hearth
