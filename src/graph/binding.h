// The weights of an architecture, found in one model's file: every declared one with the declared shape, and
// nothing in the file that no row declares (section 5.3 of the language).
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "graph/config.h"

namespace hearth::arch {

class Binding {
 public:
  // All outlive it.
  Binding(const Architecture& architecture, const Facts& facts, Config& config)
      : architecture_(architecture), facts_(facts), config_(config) {}

  // The weight that `word` means in a layer of `stack` (null: outside layers): a WeightItem, or an AbsentWeight
  // if it is optional; nothing if no weight has that name.
  Result<std::optional<Item>> find(std::string_view word, const std::string* stack,
                                   std::optional<int64_t> layer, Position use);
  // Finds every declared weight, in every layer that has it, and refuses tensors that none of them took.
  Status check();

  // A single row of a weight, as a weight of its own.
  Result<WeightId> row_of(WeightId weight, int64_t row, Position use);

  const std::vector<WeightInfo>& weights() const { return weights_; }
  const Facts& facts() const { return facts_; }

 private:
  Result<Item> bind(const Weight& weight, const std::string* stack, std::optional<int64_t> layer,
                    Position use);
  Result<Item> take(const Weight& weight, const Declaration& declaration, const std::string* stack,
                    std::optional<int64_t> layer);
  Result<bool> holds(const Expr& guard, const std::string* stack, std::optional<int64_t> layer);
  Result<std::vector<int64_t>> declared_shape(const Declaration& declaration, const std::string& tensor,
                                              std::optional<int64_t> layer);

  const Architecture& architecture_;
  const Facts& facts_;
  Config& config_;
  std::vector<WeightInfo> weights_;
  std::map<std::pair<const Weight*, int64_t>, Item> bound_;  // by layer, -1 outside
  std::set<std::string, std::less<>> taken_;
  std::vector<const Weight*> busy_;
};

}  // namespace hearth::arch
