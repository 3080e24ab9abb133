// The formats' decoders, for each instruction set. A decoder D makes the numbers of one step of a row:
//   D::kStep, D::kStepBytes  how many elements, and the bytes they take
//   D::decode(p, emit)       calls emit(i, v) for each vector of the step, in order: v holds elements i * kLanes on
//   D::part(p, n)            the first n < kStep elements, for formats whose rows may end within a step
// What happens to a vector is the caller's: it may be stored, or go into a product without touching memory.
#pragma once

#include "quant/codebooks/codebooks.h"
#include "quant/codebooks/signs.h"
#include "quant/floats/floats.h"
#include "quant/iq1_m/iq1_m.h"
#include "quant/iq1_s/iq1_s.h"
#include "quant/iq2_s/iq2_s.h"
#include "quant/iq2_xs/iq2_xs.h"
#include "quant/iq2_xxs/iq2_xxs.h"
#include "quant/iq3_s/iq3_s.h"
#include "quant/iq3_xxs/iq3_xxs.h"
#include "quant/iq4_nl/iq4_nl.h"
#include "quant/iq4_xs/iq4_xs.h"
#include "quant/mxfp4/mxfp4.h"
#include "quant/nvfp4/nvfp4.h"
#include "quant/q1_0/q1_0.h"
#include "quant/q2_0/q2_0.h"
#include "quant/q2_k/q2_k.h"
#include "quant/q3_k/q3_k.h"
#include "quant/q4_0/q4_0.h"
#include "quant/q4_1/q4_1.h"
#include "quant/q4_k/q4_k.h"
#include "quant/q5_0/q5_0.h"
#include "quant/q5_1/q5_1.h"
#include "quant/q5_k/q5_k.h"
#include "quant/q6_k/q6_k.h"
#include "quant/q8_0/q8_0.h"
#include "quant/tq1_0/tq1_0.h"
#include "quant/tq2_0/tq2_0.h"
#include "simd/vocabulary.h"

#define HEARTH_BODY "quant/codebooks/signs.inl"
#include "simd/each_isa.inl"

#define HEARTH_BODY "quant/floats/floats.inl"
#include "simd/each_isa.inl"

#define HEARTH_BODY "quant/iq1_m/iq1_m.inl"
#include "simd/each_isa.inl"

#define HEARTH_BODY "quant/iq1_s/iq1_s.inl"
#include "simd/each_isa.inl"

#define HEARTH_BODY "quant/iq2_s/iq2_s.inl"
#include "simd/each_isa.inl"

#define HEARTH_BODY "quant/iq2_xs/iq2_xs.inl"
#include "simd/each_isa.inl"

#define HEARTH_BODY "quant/iq2_xxs/iq2_xxs.inl"
#include "simd/each_isa.inl"

#define HEARTH_BODY "quant/iq3_s/iq3_s.inl"
#include "simd/each_isa.inl"

#define HEARTH_BODY "quant/iq3_xxs/iq3_xxs.inl"
#include "simd/each_isa.inl"

#define HEARTH_BODY "quant/iq4_nl/iq4_nl.inl"
#include "simd/each_isa.inl"

#define HEARTH_BODY "quant/iq4_xs/iq4_xs.inl"
#include "simd/each_isa.inl"

#define HEARTH_BODY "quant/mxfp4/mxfp4.inl"
#include "simd/each_isa.inl"

#define HEARTH_BODY "quant/nvfp4/nvfp4.inl"
#include "simd/each_isa.inl"

#define HEARTH_BODY "quant/q1_0/q1_0.inl"
#include "simd/each_isa.inl"

#define HEARTH_BODY "quant/q2_0/q2_0.inl"
#include "simd/each_isa.inl"

#define HEARTH_BODY "quant/q2_k/q2_k.inl"
#include "simd/each_isa.inl"

#define HEARTH_BODY "quant/q3_k/q3_k.inl"
#include "simd/each_isa.inl"

#define HEARTH_BODY "quant/q4_0/q4_0.inl"
#include "simd/each_isa.inl"

#define HEARTH_BODY "quant/q4_1/q4_1.inl"
#include "simd/each_isa.inl"

#define HEARTH_BODY "quant/q4_k/q4_k.inl"
#include "simd/each_isa.inl"

#define HEARTH_BODY "quant/q5_0/q5_0.inl"
#include "simd/each_isa.inl"

#define HEARTH_BODY "quant/q5_1/q5_1.inl"
#include "simd/each_isa.inl"

#define HEARTH_BODY "quant/q5_k/q5_k.inl"
#include "simd/each_isa.inl"

#define HEARTH_BODY "quant/q6_k/q6_k.inl"
#include "simd/each_isa.inl"

#define HEARTH_BODY "quant/q8_0/q8_0.inl"
#include "simd/each_isa.inl"

#define HEARTH_BODY "quant/tq1_0/tq1_0.inl"
#include "simd/each_isa.inl"

#define HEARTH_BODY "quant/tq2_0/tq2_0.inl"
#include "simd/each_isa.inl"
