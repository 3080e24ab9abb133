// What this machine has left.
#pragma once

#include <cstdint>
#include <optional>

namespace hearth {

// Bytes that can be used without pushing others out, as the kernel estimates; nothing if it does not say.
std::optional<uint64_t> available_memory();

// Files and sockets that this process may have open at once: now, and at most if it asks.
struct OpenFiles {
  uint64_t now = 0, most = 0;
};
OpenFiles open_files_limit();
// Asks for as many as it may have; gives what came of it.
OpenFiles raise_open_files_limit();

// For a thread that is needed at once and not for long: when it wakes, it gets the processor from those that have
// longer turns, rather than after them. Asks no privilege and takes no larger share; a system that knows no turns
// of a thread's own (Linux before 6.12) stays as it is.
void take_short_turns();

}  // namespace hearth
