// What a model's file says, whichever kind of file it is: the graph never knows which one it came from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "graph/item.h"

namespace hearth::arch {

class Facts {
 public:
  virtual ~Facts() = default;

  virtual std::string_view architecture() const = 0;  // general.architecture
  // A metadata value by its whole key: number, boolean, string or list; nothing if there is no such key.
  virtual Result<std::optional<Item>> metadata(std::string_view key) const = 0;
  // A tensor's shape, outermost dimension first; null if there is no such tensor.
  virtual const std::vector<int64_t>* shape(std::string_view tensor) const = 0;
  // The numbers of a small tensor, such as rotary factors.
  virtual Result<std::vector<double>> numbers(std::string_view tensor) const = 0;
  virtual std::vector<std::string_view> tensors() const = 0;
};

}  // namespace hearth::arch
