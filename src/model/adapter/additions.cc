#include "model/adapter/additions.h"

namespace hearth {

WeightId Additions::add(std::string name, Dims shape, std::vector<float> numbers) {
  Weight& weight = weights_.emplace_back();
  weight.name = std::move(name);
  weight.numbers = std::move(numbers);
  weight.shape = std::move(shape);
  weight.tensor = {
      weight.name, Type::f32, {weight.shape.begin(), weight.shape.end()},           weight.numbers.size(),
      0,           0,         std::as_bytes(std::span<const float>(weight.numbers))};
  return first_ + static_cast<WeightId>(weights_.size()) - 1;
}

Result<Additions> Additions::read(const GivenAdditions& given, const AdapterBase& base, WeightId first) {
  Additions all;
  all.first_ = first;
  for (const GivenAdapter& each : given.adapters) {
    TRY(Adapter adapter, read_adapter(each.path, base));
    for (AdapterTensor& tensor : adapter.tensors) {
      LowRankTerm term;
      term.base = tensor.base;
      term.rank = tensor.rank();
      term.of_rows = tensor.of_rows;
      term.adapter = all.adapters_;
      term.down = all.add(tensor.weight + ".lora_a", std::move(tensor.down_shape), std::move(tensor.down));
      term.up = all.add(tensor.weight + ".lora_b", std::move(tensor.up_shape), std::move(tensor.up));
      all.terms_.push_back(term);
    }
    ++all.adapters_;
  }
  TRY(auto vectors, read_control_vectors(given.control_vectors, given.control_layers));
  for (auto& [layer, vector] : vectors) {
    LayerPush push{layer, -1, static_cast<int64_t>(vector.size())};
    push.vector = all.add(fmt::format("direction.{}", layer), {push.width}, std::move(vector));
    all.pushes_.push_back(push);
  }
  return all;
}

Status Additions::apply(Graph& graph, bool plain) const {
  if (plain && !pushes_.empty()) {
    Status status = push_layers(graph, pushes_);
    if (!status.ok()) return within("control vector", std::move(status).error());
  }
  return adapters_ > 0 ? add_terms(graph, terms_, adapters_) : Status();
}

}  // namespace hearth
