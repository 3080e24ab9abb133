// All that is put beside a model's weights when it is loaded: adapters and control vectors.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "formats/stored_tensor.h"
#include "graph/adapt.h"
#include "model/adapter/adapter.h"
#include "model/adapter/control_vector.h"

namespace hearth {

struct GivenAdapter {
  std::filesystem::path path;
  float scale = 1;  // where nobody says otherwise
};

struct GivenAdditions {
  std::vector<GivenAdapter> adapters;
  std::vector<GivenControlVector> control_vectors;
  LayerRange control_layers;

  bool empty() const { return adapters.empty() && control_vectors.empty(); }
};

class Additions {
 public:
  // Their weights are numbered from `first` on.
  static Result<Additions> read(const GivenAdditions& given, const AdapterBase& base, WeightId first);

  // Of every graph of the model; the streams of the plain one alone are pushed.
  Status apply(Graph& graph, bool plain) const;

  struct Weight {
    std::string name;
    std::vector<float> numbers;
    std::vector<int64_t> shape;
    StoredTensor tensor;  // of the above
  };
  const std::deque<Weight>& weights() const { return weights_; }

 private:
  WeightId add(std::string name, Dims shape, std::vector<float> numbers);

  WeightId first_ = 0;
  int32_t adapters_ = 0;
  std::vector<LowRankTerm> terms_;
  std::vector<LayerPush> pushes_;
  std::deque<Weight> weights_;  // whose addresses stay
};

}  // namespace hearth
