#include <cstring>

#include "backends/cpu/panels.h"
#include "backends/cpu/sorted.h"
#include "simd/vocabulary.h"
#include "tensor/half.h"

#define HEARTH_BODY "backends/cpu/panel_products.inl"
#include "simd/each_isa.inl"

namespace hearth::cpu {

const PanelKernels& panel_kernels(Isa isa) {
  static const PerIsa<PanelKernels> kKernels = {
#define X(isa, ...) ::hearth::isa::panel_kernels(),
      {HEARTH_ISAS(X)}
#undef X
  };
  return kKernels[isa];
}

}  // namespace hearth::cpu
