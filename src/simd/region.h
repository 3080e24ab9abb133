// Regions of code that may use more instructions than the rest of the file.
#pragma once

#include "simd/isa.h"

#if HEARTH_X86
// Before any region: the intrinsics are to be declared outside. GCC 12 takes the registers that they leave
// undefined on purpose for a mistake (bug 105593).
#  pragma GCC diagnostic push
#  pragma GCC diagnostic ignored "-Wuninitialized"
#  if !defined(__clang__)
#    pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#  endif
#  include <immintrin.h>
#  pragma GCC diagnostic pop
#elif HEARTH_NEON
#  include <arm_neon.h>
#elif HEARTH_RVV
#  include <riscv_vector.h>
#endif

#define HEARTH_PRAGMA(text) _Pragma(#text)
#if defined(__clang__)
#  define HEARTH_BEGIN_ISA(features) \
    HEARTH_PRAGMA(clang attribute push(__attribute__((target(features))), apply_to = function))
#  define HEARTH_END_ISA HEARTH_PRAGMA(clang attribute pop)
#else
#  define HEARTH_BEGIN_ISA(features) HEARTH_PRAGMA(GCC push_options) HEARTH_PRAGMA(GCC target(features))
#  define HEARTH_END_ISA HEARTH_PRAGMA(GCC pop_options)
#endif
#define HEARTH_BEGIN_AVX2 HEARTH_BEGIN_ISA("avx2,fma,f16c")
#define HEARTH_BEGIN_AVX_VNNI HEARTH_BEGIN_ISA("avx2,fma,f16c,avxvnni")
#define HEARTH_BEGIN_AVX512 HEARTH_BEGIN_ISA("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")
#define HEARTH_BEGIN_AVX512_BF16 \
  HEARTH_BEGIN_ISA("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx512bf16,avx2,fma,f16c")
#define HEARTH_BEGIN_NEON HEARTH_BEGIN_ISA("arch=armv8.2-a+dotprod")
#define HEARTH_BEGIN_NEON_I8MM HEARTH_BEGIN_ISA("arch=armv8.2-a+dotprod+i8mm")

// A vocabulary's function: part of its caller in every build, since a vector that is passed costs more than
// what is done with it.
#define HEARTH_INLINE inline __attribute__((always_inline))
// Before a loop over vectors in an array, which compilers otherwise leave in memory.
#define HEARTH_UNROLLED _Pragma("GCC unroll 16")
// A function whose reads stay in the order in which they are written. A processor fetches by itself what follows in a
// stream, if it sees the stream in order; GCC moves reads about as if they came from the cache.
#if defined(__GNUC__) && !defined(__clang__)
#  define HEARTH_IN_ORDER __attribute__((optimize("no-schedule-insns2")))
#else
#  define HEARTH_IN_ORDER
#endif
