// What a checkpoint says: keys of config.json and logical tensors. A logical tensor has the numbers and the
// orientation that the unquantized checkpoint would have, however it is stored (section 5.5 of the language).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "graph/item.h"

namespace hearth::arch {

class CheckpointFacts {
 public:
  virtual ~CheckpointFacts() = default;

  // The value at a dotted path of config.json, where null is as good as absent; it counts as read from now on.
  virtual Result<std::optional<Item>> key(std::string_view path) = 0;

  struct Logical {
    std::vector<int64_t> shape;       // outermost dimension first
    std::vector<std::string> stored;  // the names of what it is stored as
  };
  // The tensor that a row calls `name`: NAME.weight, or NAME itself, or what NAME is packed into. Nothing if there
  // is none. Errors are about tensors that contradict each other.
  virtual Result<std::optional<Logical>> tensor(std::string_view name) const = 0;
  // Its bias: NAME.bias or NAME_bias.
  virtual Result<std::optional<Logical>> bias(std::string_view name) const = 0;
  // The first number of a tensor.
  virtual Result<double> number(std::string_view name) const = 0;
  // The names of everything stored, as rows write them: with prefixes stripped.
  virtual std::vector<std::string_view> stored() const = 0;
};

}  // namespace hearth::arch
