// A model with all that it takes to answer requests.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "chat/format/format.h"
#include "engine/constraint.h"
#include "engine/engine.h"
#include "model/chat_template.h"
#include "sample/sampler.h"
#include "server/meters.h"
#include "server/problem.h"
#include "server/slots.h"

namespace hearth {

struct ServedModel {
  // `engine` serves the model; `sampling` is what holds where a request does not say; `chat_template`: in place of the
  // model's own, a file or the name of a well-known one. Conversations may be saved in
  // `slot_folder`; empty: nowhere.
  static Result<std::unique_ptr<const ServedModel>> make(std::vector<std::string> names,
                                                         std::unique_ptr<Engine> engine,
                                                         const SamplingOptions& sampling,
                                                         const std::string& chat_template,
                                                         const std::string& slot_folder = {});

  const Model& model() const { return engine->model(); }
  const std::string& id() const { return names.front(); }

  std::vector<std::string> names;              // the first is the one that answers bear
  std::shared_ptr<const Tokenizer> tokenizer;  // null: it reads no text
  std::optional<ModelChat> chat;
  ChatFormat format;                         // with `chat`
  std::string no_chat;                       // without: why
  bool generates = false;                    // else it embeds
  bool ranks = false;                        // or says how well two texts belong together
  std::unique_ptr<Constraints> constraints;  // with a tokenizer
  SamplingOptions sampling;
  int64_t created = 0;  // seconds since 1970
  mutable Meters meters;
  std::unique_ptr<Slots> slots;
  std::string slot_folder;  // in which they are saved; empty: nowhere
  std::unique_ptr<Engine> engine;
};

class ServedModels {
 public:
  explicit ServedModels(std::vector<std::unique_ptr<const ServedModel>> models)
      : models_(std::move(models)) {}

  // By any of its names; without a name, the first. Null if there is none.
  const ServedModel* find(std::string_view name) const;
  // Says what there is instead.
  Problem missing(std::string_view name) const;
  const std::vector<std::unique_ptr<const ServedModel>>& all() const { return models_; }

 private:
  std::vector<std::unique_ptr<const ServedModel>> models_;
};

}  // namespace hearth
