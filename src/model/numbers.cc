#include "model/numbers.h"

#include <cstring>

#include "tensor/half.h"

namespace hearth {

namespace {

template <class Stored, class Convert>
std::vector<float> convert(const StoredTensor& tensor, Convert to_float) {
  std::vector<float> numbers(tensor.elements);
  for (size_t i = 0; i < numbers.size(); ++i) {
    Stored stored;  // data may be aligned to nothing
    std::memcpy(&stored, tensor.data.data() + i * sizeof(Stored), sizeof(Stored));
    numbers[i] = to_float(stored);
  }
  return numbers;
}

}  // namespace

Result<std::vector<float>> numbers_of(const StoredTensor& tensor) {
  switch (tensor.type) {
    case Type::f32: return convert<float>(tensor, [](float x) { return x; });
    case Type::f16: return convert<uint16_t>(tensor, f32_from_f16);
    case Type::bf16: return convert<uint16_t>(tensor, f32_from_bf16);
    case Type::f64: return convert<double>(tensor, [](double x) { return static_cast<float>(x); });
    default:
      return fail("{} is of type {}; f32, f16, bf16 or f64 is expected here", tensor.name,
                  info(tensor.type).name);
  }
}

}  // namespace hearth
