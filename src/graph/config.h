// The values of an architecture's config entries for one model: read from the file, or defaults, each worked out
// once (section 4 of the language).
#pragma once

#include <map>
#include <optional>
#include <string>

#include "graph/evaluate.h"
#include "graph/facts.h"

namespace hearth::arch {

inline constexpr int64_t kMostLayers = 4096;

class Config : private Evaluator {
 public:
  // Both outlive it.
  Config(const Architecture& architecture, const Facts& facts) : architecture_(architecture), facts_(facts) {}

  // Every entry, worked out, and every requirement that a GGUF file can be held to.
  Status check();

  // An entry's value in a layer; outside layers one that is by layer is an error.
  Result<Item> value(const Entry& entry, std::optional<int64_t> layer, Position use);
  // `rope_scaling.factor`: the member of an entry whose value is an object; nothing if `name` is not of that form.
  Result<std::optional<Item>> member(std::string_view name, Position use);
  // How many layers a stack has.
  Result<int64_t> layers(const std::string& stack, Position use);
  // An expression in the context of a layer, with entries and `layer` only.
  Result<Item> evaluate_in(const Expr& expr, std::optional<int64_t> layer);

 private:
  struct Known {
    Item item;
    bool by_layer = false;  // then item is a list
  };

  Result<Item> name(const Expr& expr) override;
  Result<const Known*> known(const Entry& entry, Position use);
  Result<Known> work_out(const Entry& entry);
  Result<std::optional<Item>> from_file(const Entry& entry);
  Result<std::optional<Item>> rope_scaling();
  Result<Known> by_layer(const Entry& entry, const Expr& expr);
  // Does the expression depend on the layer, by itself or through an entry?
  Result<bool> depends_on_layer(const Expr& expr);

  const Architecture& architecture_;
  const Facts& facts_;
  std::map<const Entry*, Known> known_;
  std::vector<const Entry*> busy_;
  std::optional<int64_t> layer_;
};

}  // namespace hearth::arch
