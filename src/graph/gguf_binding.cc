#include "graph/gguf_binding.h"

namespace hearth::arch {

Result<std::optional<Binding::Found>> GgufBinding::locate(const Wanted& wanted) {
  const std::vector<int64_t>* shape = facts_.shape(wanted.tensor);
  if (!shape) return std::optional<Found>();
  taken_.insert(wanted.tensor);
  Found found{*shape, std::nullopt};
  if (const auto* bias = wanted.bias.empty() ? nullptr : facts_.shape(wanted.bias)) {
    taken_.insert(wanted.bias);
    found.bias = *bias;
  }
  return std::optional<Found>(std::move(found));
}

std::string GgufBinding::missing(const Wanted& wanted) const {
  return fmt::format("{} is not in the file", wanted.tensor);
}

std::string GgufBinding::missing_bias(const Wanted& wanted) const {
  return fmt::format("{} is not in the file", wanted.bias);
}

std::vector<std::string> GgufBinding::undeclared() const {
  std::vector<std::string> names;
  for (std::string_view tensor : facts_.tensors()) {
    if (!taken_.contains(tensor)) names.emplace_back(tensor);
  }
  return names;
}

Result<WeightId> GgufBinding::row_of(WeightId weight, int64_t row, Position use) {
  const WeightInfo& whole = weights_[static_cast<size_t>(weight)];
  if (whole.shape.empty() || row < 0 || row >= whole.shape[0]) {
    return error_at(use, "{} has {} rows; row {} is asked for", whole.name,
                    whole.shape.empty() ? 0 : whole.shape[0], row);
  }
  if (!whole.bias.empty())
    return error_at(use, "{} has a bias, so that a row of it is no weight", whole.name);
  WeightInfo info{whole.name, {whole.shape.begin() + 1, whole.shape.end()}, "", {}, weight, row};
  weights_.push_back(std::move(info));
  return static_cast<WeightId>(weights_.size() - 1);
}

}  // namespace hearth::arch
