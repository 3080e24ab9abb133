// The weights of an architecture in a checkpoint: where each comes from, as recipes (section 5 of the language).
#pragma once

#include <set>
#include <string>
#include <vector>

#include "graph/binding.h"
#include "graph/checkpoint_config.h"
#include "graph/recipe.h"

namespace hearth::arch {

// What a GGUF tensor is made of.
struct Made {
  std::string tensor;  // its name in GGUF
  Dims shape;          // as the row declares it
  Recipe recipe;
};

class CheckpointBinding : public Binding {
 public:
  // All outlive it.
  CheckpointBinding(const Architecture& architecture, CheckpointFacts& facts, CheckpointConfig& config)
      : Binding(architecture, config), facts_(facts), keys_(&config) {}
  // Where there is no config.json, what transforms compute with must be entries.
  CheckpointBinding(const Architecture& architecture, CheckpointFacts& facts, Config& config)
      : Binding(architecture, config), facts_(facts) {}

  // How a weight that another binding found by this row is made of what these facts have; nothing if they lack it.
  Result<std::optional<Recipe>> recipe_of(const Wanted& wanted);

  // After check(): weights and their biases, those outside layers first and then layer by layer.
  std::vector<Made> made() const;
  std::vector<std::string> undeclared() const override;

 private:
  Result<std::optional<Found>> locate(const Wanted& wanted) override;
  std::string missing(const Wanted& wanted) const override;
  std::string missing_bias(const Wanted& wanted) const override;

  struct Pair {
    Recipe weight;
    std::optional<Recipe> bias;
  };
  // From the names of one origin; nothing if some tensor of them does not exist.
  Result<std::optional<Pair>> gather(const Wanted& wanted, const Origin& origin);
  // From one name, in which `#` and `{a,b}` are still to be counted. `shape` is what its part of the row has.
  Result<std::optional<Pair>> gather(const Wanted& wanted, const std::string& name,
                                     const std::vector<const Transform*>& transforms, Dims shape);
  Result<Pair> leaf(const Wanted& wanted, const std::string& name, const CheckpointFacts::Logical& logical,
                    const std::vector<const Transform*>& transforms, const Dims& shape);
  Result<RecipeStep> step(const Wanted& wanted, const Transform& transform, const Dims& now,
                          const Dims& declared);
  Result<std::vector<RecipeStep::Cut>> cuts(const Wanted& wanted, const std::vector<SlicePart>& parts,
                                            const Dims& now);
  Result<std::optional<Recipe>> compute(const Wanted& wanted, const Expr& expr);
  // The prefix and the name, the layer's number put in.
  Result<std::string> full_name(const Wanted& wanted, std::string_view name) const;
  void take(const Recipe& recipe);
  Result<std::optional<Item>> evaluate_keys(const Expr& expr, std::optional<int64_t> layer);

  CheckpointFacts& facts_;
  CheckpointConfig* keys_ = nullptr;
  std::map<std::string, Recipe, std::less<>> recipes_;  // by their names in GGUF
  std::set<std::string, std::less<>> taken_;
};

}  // namespace hearth::arch
