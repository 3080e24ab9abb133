// Rows of the file's formats laid out as panels.
#pragma once

#include "backends/cpu/panels.h"

namespace hearth::cpu {

// A row of quantized weights as row `row` of a panel.
using PackRow = void (*)(const std::byte* from, int64_t columns, std::byte* panel, const PanelFormat& format,
                         int64_t row);
PackRow pack_row_of(Type type);

}  // namespace hearth::cpu
