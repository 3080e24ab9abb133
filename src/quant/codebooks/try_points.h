// The tries of every group, over a codebook's points, for each instruction set.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "quant/codebooks/codebooks.h"
#include "quant/codebooks/scales.h"
#include "quant/codebooks/tries.h"
#include "quant/search.h"
#include "simd/vocabulary.h"

#define HEARTH_BODY "quant/codebooks/tries.inl"
#include "simd/each_isa.inl"
