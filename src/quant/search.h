// What the encoders search with, for each instruction set: sixteen trials side by side (lanes.inl), the best scale
// for a group's numbers (scales.inl), the best scale and offset (lines.inl), errors that do not add up
// (straighten.inl), rows of blocks (encode_row.inl).
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "quant/format.h"
#include "simd/vocabulary.h"
#include "tensor/half.h"

#define HEARTH_BODY "quant/lanes.inl"
#include "simd/each_isa.inl"

#define HEARTH_BODY "quant/scales.inl"
#include "simd/each_isa.inl"

#define HEARTH_BODY "quant/lines.inl"
#include "simd/each_isa.inl"

#define HEARTH_BODY "quant/straighten.inl"
#include "simd/each_isa.inl"

#define HEARTH_BODY "quant/encode_row.inl"
#include "simd/each_isa.inl"
