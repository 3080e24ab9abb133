// The weights of an architecture, found in one model's files: every declared one with the declared shape, and
// nothing in the files that no row declares (section 5.3 of the language). Where a tensor is looked for depends
// on the kind of file: GgufBinding, CheckpointBinding.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "graph/config.h"

namespace hearth::arch {

class Binding {
 public:
  // Both outlive it.
  Binding(const Architecture& architecture, Config& config) : architecture_(architecture), config_(config) {}
  virtual ~Binding() = default;

  // The weight that `word` means in a layer of `stack` (null: outside layers): a WeightItem, or an AbsentWeight
  // if it is optional; nothing if no weight has that name.
  Result<std::optional<Item>> find(std::string_view word, const std::string* stack,
                                   std::optional<int64_t> layer, Position use);
  // Finds every declared weight, those outside layers first and then layer by layer.
  Status find_all();
  // The names of tensors that no row took.
  virtual std::vector<std::string> undeclared() const = 0;
  // Finds every declared weight and refuses tensors that none of them took.
  Status check();

  const std::vector<WeightInfo>& weights() const { return weights_; }

  // A row, in one layer.
  struct Wanted {
    const Declaration& declaration;
    const std::string* stack;
    std::optional<int64_t> layer;
    std::string tensor;  // its name in GGUF
    std::string bias;    // the same of its bias; empty if the row has none
  };
  // By which rows the first of weights() were found: all but rows of others.
  const std::vector<Wanted>& wanted() const { return wanted_; }

 protected:
  struct Found {
    std::vector<int64_t> shape;
    std::optional<std::vector<int64_t>> bias;  // its shape
  };
  // Nothing if the files do not have it.
  virtual Result<std::optional<Found>> locate(const Wanted& wanted) = 0;
  virtual std::string missing(const Wanted& wanted) const = 0;
  virtual std::string missing_bias(const Wanted& wanted) const = 0;

  // -1 stands for `_`, which is whatever the files have.
  Result<std::vector<int64_t>> declared_shape(const Wanted& wanted);

  const Architecture& architecture_;
  Config& config_;
  std::vector<WeightInfo> weights_;
  std::vector<Wanted> wanted_;

 private:
  Result<Item> bind(const Weight& weight, const std::string* stack, std::optional<int64_t> layer,
                    Position use);
  Result<Item> take(const Weight& weight, const Declaration& declaration, const std::string* stack,
                    std::optional<int64_t> layer);
  Result<bool> holds(const Expr& guard, const std::string* stack, std::optional<int64_t> layer);

  std::map<std::pair<const Weight*, int64_t>, Item> bound_;  // by layer, -1 outside
  std::vector<const Weight*> busy_;
};

// What is said of tensors that nobody declares; `who` is the architecture, or several.
Error undeclared_error(std::string_view who, std::vector<std::string> names);

// What messages call a shape: "(48, 64)".
std::string join_shape(const std::vector<int64_t>& shape);

// `#` is the layer's index.
std::string numbered(std::string_view prefix, std::optional<int64_t> layer);

}  // namespace hearth::arch
