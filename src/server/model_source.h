// Where the models of a server come from. The server knows neither files nor hubs; who starts it does.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/progress.h"
#include "server/served_model.h"

namespace hearth {

// A model that could be served, as far as it is known without opening it.
struct ModelCard {
  std::vector<std::string> names;  // the first is the one that answers bear
  uint64_t bytes = 0;              // of its files; 0: not known
  std::string sha256{};            // of the model's file, where that is known
  int64_t modified = 0;            // seconds since 1970
  bool removable = false;          // ours to remove

  const std::string& id() const { return names.front(); }
};

// Called from threads of the server's that may wait, several at a time.
class ModelSource {
 public:
  virtual ~ModelSource() = default;
  // All that there are now. The first answers requests that name none.
  virtual Result<std::vector<ModelCard>> list() = 0;
  virtual Result<std::unique_ptr<const ServedModel>> load(const ModelCard& card) = 0;

  // Whether clients may fetch and remove models.
  virtual bool manages() const { return false; }
  // Gives the name that the model is listed under.
  virtual Result<std::string> pull(const std::string& name, const Progress& progress);
  virtual Status remove(const ModelCard& card);
};

}  // namespace hearth
