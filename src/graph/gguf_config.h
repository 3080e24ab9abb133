// What a GGUF file says of an architecture's entries: the second column of config.
#pragma once

#include "graph/config.h"
#include "graph/facts.h"

namespace hearth::arch {

class GgufConfig : public Config {
 public:
  // Both outlive it.
  GgufConfig(const Architecture& architecture, const Facts& facts) : Config(architecture), facts_(facts) {}

 private:
  Result<std::optional<Known>> given(const Entry& entry) override;
  std::string missing(const Entry& entry) const override;
  // What names a key of config.json was checked when the checkpoint was converted.
  bool can_check(const std::vector<const Expr*>& others) const override { return others.empty(); }
  Result<Item> in_requirement(const Expr& expr, std::optional<int64_t> layer) override {
    return evaluate_in(expr, layer);
  }

  std::string key_of(const Entry& entry) const;
  Result<std::optional<Item>> from_file(const Entry& entry);
  Result<std::optional<Item>> rope_scaling();

  const Facts& facts_;
};

}  // namespace hearth::arch
