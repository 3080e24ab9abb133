// Elementary functions, for each instruction set: see math.inl.
#pragma once

#include "simd/vocabulary.h"

#define HEARTH_BODY "simd/math.inl"
#include "simd/each_isa.inl"
