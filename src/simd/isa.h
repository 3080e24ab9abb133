// The instruction sets that kernels are compiled for. Adding one is a row here, a vocabulary file and its
// lines in each_isa.inl.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"

#if defined(__x86_64__)
#  define HEARTH_X86 1
#else
#  define HEARTH_X86 0
#endif
// clang's headers have the dot products only where the whole file may use them.
#if defined(__aarch64__) && (!defined(__clang__) || defined(__ARM_FEATURE_DOTPROD))
#  define HEARTH_NEON 1
#else
#  define HEARTH_NEON 0
#endif
#if HEARTH_NEON && (!defined(__clang__) || defined(__ARM_FEATURE_MATMUL_INT8))
#  define HEARTH_NEON_I8MM 1
#else
#  define HEARTH_NEON_I8MM 0
#endif
// Only where the whole program may use them: compilers know no regions for RISC-V's vectors yet.
#if defined(__riscv_v) && defined(__clang__)
#  define HEARTH_RVV 1
#else
#  define HEARTH_RVV 0
#endif

namespace hearth {

// X(enumerator and namespace, ...), slowest first; `...` is handed through.
#if HEARTH_X86
#  define HEARTH_ISAS(X, ...) X(scalar, __VA_ARGS__) X(avx2, __VA_ARGS__) X(avx512, __VA_ARGS__)
#elif HEARTH_NEON
#  define HEARTH_ISAS(X, ...) X(scalar, __VA_ARGS__) X(neon, __VA_ARGS__)
#elif HEARTH_RVV
#  define HEARTH_ISAS(X, ...) X(scalar, __VA_ARGS__) X(rvv, __VA_ARGS__)
#else
#  define HEARTH_ISAS(X, ...) X(scalar, __VA_ARGS__)
#endif

enum class Isa : uint8_t {
#define X(isa, ...) isa,
  HEARTH_ISAS(X)
#undef X
};

std::string_view name(Isa isa);
std::span<const Isa> isas();            // all that this build has
std::span<const Isa> supported_isas();  // those that this processor and its system can run

// The set that `wanted` names, the best one if it is empty.
Result<Isa> choose_isa(std::string_view wanted);
// The set that HEARTH_ISA names, the best one if it is unset.
Result<Isa> choose_isa();

// One thing for each instruction set, mostly a function: HEARTH_PER_ISA(f) lists scalar::f, avx2::f, ...
#define HEARTH_ONE_ISA(isa, thing) ::hearth::isa::thing,
#define HEARTH_PER_ISA(thing) \
  { HEARTH_ISAS(HEARTH_ONE_ISA, thing) }

#define X(isa, ...) +1
inline constexpr size_t kIsas = HEARTH_ISAS(X);
#undef X

template <class T>
struct PerIsa {
  T rows[kIsas];
  const T& operator[](Isa isa) const { return rows[static_cast<size_t>(isa)]; }
};

}  // namespace hearth
