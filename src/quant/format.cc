#include "quant/format.h"

#include "quant/decoders.h"
#include "quant/encoders.h"

#define HEARTH_BODY "quant/decode_row.inl"
#include "simd/each_isa.inl"

namespace hearth {

namespace {

#define HEARTH_DECODE(isa, name) ::hearth::isa::decode_row<::hearth::isa::name>,
constexpr Format kFormats[] = {
#define X(type, name) \
  {Type::type, decode_##type, {HEARTH_ISAS(HEARTH_DECODE, name)}, HEARTH_PER_ISA(encode_##type)},
    HEARTH_FORMATS(X)
#undef X
};

}  // namespace

std::span<const Format> formats() { return kFormats; }

const Format* format_of(Type type) {
  for (const Format& format : kFormats) {
    if (format.type == type) return &format;
  }
  return nullptr;
}

}  // namespace hearth
