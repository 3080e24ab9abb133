// The weights of an architecture in a GGUF file, under their own names.
#pragma once

#include <set>
#include <string>

#include "graph/binding.h"
#include "graph/facts.h"

namespace hearth::arch {

class GgufBinding : public Binding {
 public:
  // All outlive it.
  GgufBinding(const Architecture& architecture, const Facts& facts, Config& config)
      : Binding(architecture, config), facts_(facts) {}

  // A single row of a weight, as a weight of its own.
  Result<WeightId> row_of(WeightId weight, int64_t row, Position use);

  const Facts& facts() const { return facts_; }
  std::vector<std::string> undeclared() const override;

 private:
  Result<std::optional<Found>> locate(const Wanted& wanted) override;
  std::string missing(const Wanted& wanted) const override;
  std::string missing_bias(const Wanted& wanted) const override;

  const Facts& facts_;
  std::set<std::string, std::less<>> taken_;
};

}  // namespace hearth::arch
