// The values of an architecture's config entries for one model: what its file says, or defaults, each worked out
// once (section 4 of the language). What a file says depends on its kind: GgufConfig, CheckpointConfig.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "graph/evaluate.h"

namespace hearth::arch {

inline constexpr int64_t kMostLayers = 4096;

class Config : protected Evaluator {
 public:
  // It outlives this.
  explicit Config(const Architecture& architecture) : architecture_(architecture) {}

  // Every entry, worked out, and every requirement that this kind of file can be held to.
  Status check();
  Status check(const Require& require);

  // An entry's value in a layer; outside layers one that is by layer is an error.
  Result<Item> value(const Entry& entry, std::optional<int64_t> layer, Position use);
  // All of it: of one that is by layer, the list.
  Result<Item> whole_value(const Entry& entry);
  // `rope_scaling.factor`: the member of an entry whose value is an object; nothing if `name` is not of that form.
  Result<std::optional<Item>> member(std::string_view name, Position use);
  // How many layers a stack has.
  Result<int64_t> layers(const std::string& stack, Position use);
  // An expression in the context of a layer, with entries and `layer` only.
  Result<Item> evaluate_in(const Expr& expr, std::optional<int64_t> layer);

 protected:
  struct Known {
    Item item;
    bool by_layer = false;  // then item is a list
  };

  // What the file says of an entry; nothing if it does not say.
  virtual Result<std::optional<Known>> given(const Entry& entry) = 0;
  // How a message says that it does not.
  virtual std::string missing(const Entry& entry) const = 0;
  // Whether the file can be held to a requirement, which mentions these names that are not entries.
  virtual bool can_check(const std::vector<const Expr*>& others) const = 0;
  // A name in a requirement is known to the architecture, whether or not its value comes to matter.
  virtual void mention(const Expr& name) { (void)name; }
  // The value of a requirement, or of a name in it.
  virtual Result<Item> in_requirement(const Expr& expr, std::optional<int64_t> layer) = 0;

  Result<Item> name(const Expr& expr) override;
  // The whole value of an entry, by layer or not.
  Result<const Known*> known(const Entry& entry, Position use);
  // A list that the file holds: by layer, if it has an element for each.
  Result<Known> listed(const Entry& entry, Item item);
  Result<Known> by_layer(const Entry& entry, const Expr& expr);
  // The default, or the constant.
  Result<Known> fallback(const Entry& entry);
  // Does the expression depend on the layer, by itself or through an entry?
  Result<bool> depends_on_layer(const Expr& expr);

  const Architecture& architecture_;
  std::optional<int64_t> layer_;

 private:
  Result<Known> work_out(const Entry& entry);
  bool is_ours(std::string_view name) const;

  std::map<const Entry*, Known> known_;
  std::vector<const Entry*> busy_;
};

}  // namespace hearth::arch
