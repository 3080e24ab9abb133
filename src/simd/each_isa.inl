// Compiles HEARTH_BODY, the path of a file, once for each instruction set, in a region of code for that set.
// There HEARTH_SIMD is the set's name, and the body puts all it defines into namespace hearth::HEARTH_SIMD.
// No file is compiled with flags of its own: an inline function of a header that the linker keeps from such a
// file would bring its instructions to every processor.
//
// Only what stands in the body gets the region's instructions. Lambdas do with GCC, not with clang: a body
// uses function objects instead.

#define HEARTH_SIMD scalar
#include HEARTH_BODY
#undef HEARTH_SIMD

#if HEARTH_X86
#  define HEARTH_SIMD avx2
HEARTH_BEGIN_AVX2
#  include HEARTH_BODY
HEARTH_END_ISA
#  undef HEARTH_SIMD

#  define HEARTH_SIMD avx512
HEARTH_BEGIN_AVX512
#  include HEARTH_BODY
HEARTH_END_ISA
#  undef HEARTH_SIMD
#endif

#if HEARTH_NEON
#  define HEARTH_SIMD neon
HEARTH_BEGIN_NEON
#  include HEARTH_BODY
HEARTH_END_ISA
#  undef HEARTH_SIMD
#endif

#if HEARTH_RVV
#  define HEARTH_SIMD rvv
#  include HEARTH_BODY
#  undef HEARTH_SIMD
#endif

#undef HEARTH_BODY
