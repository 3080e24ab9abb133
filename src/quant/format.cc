#include "quant/format.h"

#include "quant/decoders.h"
#include "quant/encoders.h"

#define HEARTH_BODY "quant/decode_row.inl"
#include "simd/each_isa.inl"

namespace hearth {

namespace {

// Until every format has one.
constexpr PerIsa<EncodeRow> encoder(Type type) {
  switch (type) {
    case Type::f32: return {HEARTH_PER_ISA(encode_f32)};
    case Type::f16: return {HEARTH_PER_ISA(encode_f16)};
    case Type::bf16: return {HEARTH_PER_ISA(encode_bf16)};
    case Type::q8_0: return {HEARTH_PER_ISA(encode_q8_0)};
    case Type::q4_0: return {HEARTH_PER_ISA(encode_q4_0)};
    default: return {};
  }
}

#define HEARTH_DECODE(isa, name) ::hearth::isa::decode_row<::hearth::isa::name>,
constexpr Format kFormats[] = {
#define X(type, name) {Type::type, decode_##type, {HEARTH_ISAS(HEARTH_DECODE, name)}, encoder(Type::type)},
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
