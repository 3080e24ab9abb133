#include "model/numbers.h"

#include <cmath>
#include <cstring>

#include "quant/format.h"

namespace hearth {

namespace {

template <class Stored, class Convert>
void convert(const std::byte* from, int64_t count, float* to, Convert to_float) {
  for (int64_t i = 0; i < count; ++i) {
    Stored stored;  // data may be aligned to nothing
    std::memcpy(&stored, from + static_cast<size_t>(i) * sizeof(Stored), sizeof(Stored));
    to[i] = to_float(stored);
  }
}

// A float of 8 bits: 1 of sign, then exponent, then `mantissa` bits. E4M3 has no infinities.
template <int mantissa, int bias>
float f32_from_f8(uint8_t bits) {
  int exponent = (bits & 0x7f) >> mantissa, fraction = bits & ((1 << mantissa) - 1);
  float sign = bits & 0x80 ? -1.0f : 1.0f;
  bool top = exponent == (0x7f >> mantissa);
  if (mantissa == 3 && (bits & 0x7f) == 0x7f) return NAN;
  if (mantissa == 2 && top) return fraction ? NAN : sign * INFINITY;
  float value = static_cast<float>(fraction) / static_cast<float>(1 << mantissa);
  return sign * (exponent == 0 ? std::ldexp(value, 1 - bias) : std::ldexp(1 + value, exponent - bias));
}

using Decode = void (*)(const std::byte* from, int64_t count, float* to);

template <class Stored>
void as_numbers(const std::byte* from, int64_t count, float* to) {
  convert<Stored>(from, count, to, [](Stored x) { return static_cast<float>(x); });
}

// Of types that are no format to compute with; null if the type is one, or unknown.
Decode decoder(Type type) {
  switch (type) {
    case Type::f64: return as_numbers<double>;
    case Type::i8: return as_numbers<int8_t>;
    case Type::i16: return as_numbers<int16_t>;
    case Type::i32: return as_numbers<int32_t>;
    case Type::i64: return as_numbers<int64_t>;
    case Type::u8:
    case Type::boolean: return as_numbers<uint8_t>;
    case Type::u16: return as_numbers<uint16_t>;
    case Type::u32: return as_numbers<uint32_t>;
    case Type::u64: return as_numbers<uint64_t>;
    case Type::f8_e4m3:
      return [](const std::byte* from, int64_t count, float* to) {
        convert<uint8_t>(from, count, to, f32_from_f8<3, 7>);
      };
    case Type::f8_e5m2:
      return [](const std::byte* from, int64_t count, float* to) {
        convert<uint8_t>(from, count, to, f32_from_f8<2, 15>);
      };
    default: return nullptr;
  }
}

}  // namespace

bool decodable(Type type) { return format_of(type) || decoder(type); }

void decode_numbers(Type type, const std::byte* from, int64_t count, float* to) {
  static const Isa isa = [] {
    auto chosen = choose_isa();
    return chosen.ok() ? *chosen : Isa::scalar;
  }();
  if (const Format* format = format_of(type))
    format->fast[isa](from, to, count);
  else
    decoder(type)(from, count, to);
}

Result<std::vector<float>> numbers_of(const StoredTensor& tensor) {
  if (info(tensor.type).block != 1 || !decodable(tensor.type)) {
    return fail("{} is of type {}; f32, f16, bf16 or f64 is expected here", tensor.name,
                info(tensor.type).name);
  }
  return decoded_numbers(tensor);
}

Result<std::vector<float>> decoded_numbers(const StoredTensor& tensor) {
  if (!decodable(tensor.type))
    return fail("{} is of type {}, which no numbers are read from", tensor.name, info(tensor.type).name);
  if (tensor.data.empty() && tensor.elements > 0) return fail("{} has no data here", tensor.name);
  std::vector<float> numbers(tensor.elements);
  decode_numbers(tensor.type, tensor.data.data(), static_cast<int64_t>(numbers.size()), numbers.data());
  return numbers;
}

}  // namespace hearth
