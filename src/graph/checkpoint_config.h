// What a checkpoint's config.json says of an architecture's entries: the third column of config.
#pragma once

#include <set>
#include <string>

#include "graph/checkpoint_facts.h"
#include "graph/config.h"

namespace hearth::arch {

class CheckpointConfig : public Config {
 public:
  // Both outlive it.
  CheckpointConfig(const Architecture& architecture, CheckpointFacts& facts)
      : Config(architecture), facts_(facts) {}

  // An expression over entries and keys of config.json; nothing if it needs a key that is absent.
  Result<std::optional<Item>> evaluate_keys(const Expr& expr, std::optional<int64_t> layer);
  // The tensors whose numbers were read.
  const std::set<std::string>& numbers_read() const { return numbers_read_; }
  // What transforms compute with counts as read, as if the tensors were there.
  void mention_transforms();
  // Every entry without a key in GGUF must equal its default: whoever reads the GGUF will have nothing else.
  Status check_tellable();

 private:
  Result<std::optional<Known>> given(const Entry& entry) override;
  std::string missing(const Entry& entry) const override;
  bool can_check(const std::vector<const Expr*>&) const override { return true; }
  void mention(const Expr& name) override;
  Result<Item> in_requirement(const Expr& expr, std::optional<int64_t> layer) override;
  Result<Item> name(const Expr& expr) override;
  Result<Item> call(const Expr& expr) override;
  bool recover() override;

  Result<Item> tensor_number(const Expr& call);
  Result<Item> stretch(const Expr& call);
  Result<Item> rope_factors(const Expr& call);
  Result<std::optional<Known>> column(const Entry& entry);
  Result<std::optional<Item>> rope_scaling();
  Result<std::optional<double>> number_at(std::string_view path);

  CheckpointFacts& facts_;
  // Names in an expression may be keys of config.json; an absent one is `none`, or ends the evaluation.
  enum class Keys { no, needed, may_be_absent } keys_ = Keys::no;
  std::set<std::string> numbers_read_;
  bool absent_ = false;  // the evaluation ended so
};

}  // namespace hearth::arch
