// Whether a converted or quantized model still is its checkpoint: both read one text side by side, and what each
// layer leaves to the next is compared, with what they foretell at the end.
#pragma once

#include <optional>
#include <vector>

#include "engine/session.h"

namespace hearth {

struct Verification {
  int64_t tokens = 0;
  struct Layer {
    int32_t layer;
    double
        error;  // of the residual stream behind it: the root of the difference's squares over the reference's
  };
  std::vector<Layer> layers;
  double logits_error = 0;         // the same of the logits
  double kl_mean = 0, kl_max = 0;  // nats, from the reference's probabilities
  double same_top = 0;             // the share of tokens after which both find the same one likeliest
  struct Difference {
    int64_t place;            // of the text's token after which it is
    int32_t expected, found;  // what the reference and the model find likeliest
  };
  std::optional<Difference> first;  // the first such token that differs
};

struct Verified {
  std::shared_ptr<const Model> model;
  Backend& backend;
};

// Keys and values are kept in `cache`.
Result<Verification> verify(const Verified& model, const Verified& reference, std::span<const int32_t> tokens,
                            Type cache);

}  // namespace hearth
