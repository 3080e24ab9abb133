#include "simd/isa.h"

#include <cstdlib>
#include <string>
#include <vector>

#include "simd/avx512_bf16.h"
#include "simd/avx_vnni.h"
#include "simd/neon_i8mm.h"

#if HEARTH_X86
#  include <cpuid.h>
#endif
#if HEARTH_NEON
#  include <sys/auxv.h>
#endif

namespace hearth {

namespace {

constexpr Isa kAll[] = {
#define X(isa, ...) Isa::isa,
    HEARTH_ISAS(X)
#undef X
};

#if HEARTH_X86
// Half-precision conversions; clang 14 knows no name for them.
bool has_f16c() {
  unsigned a, b, c = 0, d;
  return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_F16C);
}
bool has_byte_dots() {
  unsigned a, b, c, d;
  return __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a >> 4 & 1);
}
#endif

// GCC and clang ask the processor and whether the system saves the registers.
bool runs_here(Isa isa) {
#if HEARTH_X86
  bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && has_f16c();
  switch (isa) {
    case Isa::scalar: return true;
    case Isa::avx2: return avx2;
    case Isa::avx512:
      return avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
             __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
             __builtin_cpu_supports("avx512vnni");
  }
#endif
#if HEARTH_NEON
  if (isa == Isa::neon) return (getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0;
#endif
#if HEARTH_RVV
  if (isa == Isa::rvv) return true;  // all of this program is compiled for them
#endif
  return isa == Isa::scalar;
}

std::string names(std::span<const Isa> which) {
  std::string text;
  for (Isa isa : which) text += (text.empty() ? "" : ", ") + std::string(name(isa));
  return text;
}

}  // namespace

bool has_avx_vnni() {
#if HEARTH_X86
  return runs_here(Isa::avx2) && has_byte_dots();
#else
  return false;
#endif
}

bool has_fast_avx512_bf16() {
#if HEARTH_X86
  return runs_here(Isa::avx512) && __builtin_cpu_supports("avx512bf16") && __builtin_cpu_is("amd");
#else
  return false;
#endif
}

bool has_neon_i8mm() {
#if HEARTH_NEON_I8MM
  return runs_here(Isa::neon) && (getauxval(AT_HWCAP2) & HWCAP2_I8MM) != 0;
#else
  return false;
#endif
}

std::string_view name(Isa isa) {
  switch (isa) {
#define X(isa, ...) \
  case Isa::isa: return #isa;
    HEARTH_ISAS(X)
#undef X
  }
  return "";
}

std::span<const Isa> isas() { return kAll; }

std::span<const Isa> supported_isas() {
  static const std::vector<Isa> here = [] {
    std::vector<Isa> list;
    for (Isa isa : kAll) {
      if (runs_here(isa)) list.push_back(isa);
    }
    return list;
  }();
  return here;
}

Result<Isa> choose_isa(std::string_view wanted) {
  std::span<const Isa> here = supported_isas();
  if (wanted.empty()) return here.back();
  for (Isa isa : here) {
    if (name(isa) == wanted) return isa;
  }
  for (Isa isa : kAll) {
    if (name(isa) == wanted) {
      return fail("instruction set {} is not supported by this processor, which has {}", wanted, names(here));
    }
  }
  return fail("instruction set {} is unknown; this processor has {}", wanted, names(here));
}

Result<Isa> choose_isa() {
  const char* wanted = std::getenv("HEARTH_ISA");
  auto chosen = choose_isa(wanted ? wanted : "");
  if (!chosen.ok()) return within("HEARTH_ISA", chosen.error());
  return chosen;
}

}  // namespace hearth
