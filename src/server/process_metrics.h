// What the kernel tells of this process and this machine, as Prometheus' own clients name it.
#pragma once

#include <string>

namespace hearth {

// Appends lines. What cannot be read is absent, never zero.
void write_process_metrics(std::string& out);

}  // namespace hearth
