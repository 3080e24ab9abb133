#include "model/adapter/control_vector.h"

#include <charconv>

#include "base/text.h"
#include "formats/gguf.h"
#include "model/numbers.h"

namespace hearth {

namespace {

constexpr std::string_view kDirection = "direction.";

Status add(const GivenControlVector& given, LayerRange range, std::map<int32_t, std::vector<float>>& sums) {
  TRY(GgufFile file, GgufFile::open(given.path));
  bool any = false;
  for (const StoredTensor& tensor : file.tensors()) {
    std::string_view number = tensor.name;
    if (!number.starts_with(kDirection)) continue;
    number.remove_prefix(kDirection.size());
    int32_t layer = 0;
    auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), layer);
    if (error != std::errc() || end != number.data() + number.size() || layer < 1)
      return fail("{} names no layer", escape(tensor.name));
    if (tensor.shape.size() != 1)
      return fail("{} is {}; a vector is expected", escape(tensor.name), shape_text(tensor.shape));
    any = true;
    if (layer < range.first || layer > range.last) continue;
    TRY(std::vector<float> numbers, decoded_numbers(tensor));
    std::vector<float>& sum = sums[layer];
    if (sum.empty()) sum.resize(numbers.size());
    if (sum.size() != numbers.size())
      return fail("{} has {} numbers, another vector for that layer {}", escape(tensor.name), numbers.size(),
                  sum.size());
    for (size_t i = 0; i < numbers.size(); ++i)
      sum[i] += static_cast<float>(given.scale * static_cast<double>(numbers[i]));
  }
  if (!any) return fail("has no tensor {}N, so it is no control vector", kDirection);
  return {};
}

}  // namespace

Result<std::map<int32_t, std::vector<float>>> read_control_vectors(
    const std::vector<GivenControlVector>& given, LayerRange range) {
  std::map<int32_t, std::vector<float>> sums;
  for (const GivenControlVector& each : given) {
    Status status = add(each, range, sums);
    if (!status.ok()) return within(each.path.string(), std::move(status).error());
  }
  return sums;
}

}  // namespace hearth
