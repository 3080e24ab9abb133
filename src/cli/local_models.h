// The models of this machine as a server's: those of the command line, or all that hearth list shows.
#pragma once

#include "cli/served_options.h"
#include "hub/model_store.h"
#include "server/model_source.h"

namespace hearth {

class LocalModels final : public ModelSource {
 public:
  // An alias that names no model is an error, unless the model goes later.
  static Result<std::unique_ptr<LocalModels>> make(const ServedGiven& given);

  Result<std::vector<ModelCard>> list() override;
  Result<std::unique_ptr<const ServedModel>> load(const ModelCard& card) override;
  bool manages() const override { return given_.models.empty(); }
  // Names of a hub or a registry; an address would let clients choose what this machine connects to.
  Result<std::string> pull(const std::string& name, const Progress& progress) override;
  Status remove(const ModelCard& card) override;

 private:
  explicit LocalModels(const ServedGiven& given) : given_(given) {}

  Status add_given(std::vector<ModelCard>& cards) const;
  Status add_all(std::vector<ModelCard>& cards) const;
  Result<std::vector<ModelCard>> cards() const;
  // `all`: each has to name a model.
  Status add_aliases(std::vector<ModelCard>& cards, bool all) const;

  const ServedGiven given_;
  std::unique_ptr<Backend> backend_;  // of all models
};

}  // namespace hearth
