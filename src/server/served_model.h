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
#include "server/slots.h"

namespace hearth {

// What a person set for a model.
struct ModelDefaults {
  std::string chat_template;       // in place of the model's own: a file, or the name of a well-known one
  std::string system;              // of conversations that have no system message
  std::vector<std::string> stops;  // of requests that name none
  int64_t most = -1;               // tokens of an answer
};

struct ServedModel {
  // `engine` serves the model; `sampling` is what holds where a request does not say. Conversations may be saved in
  // `slot_folder`; empty: nowhere.
  static Result<std::unique_ptr<const ServedModel>> make(std::vector<std::string> names,
                                                         std::unique_ptr<Engine> engine,
                                                         const SamplingOptions& sampling,
                                                         const ModelDefaults& defaults,
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
  // What holds where a request does not say.
  SamplingOptions sampling;
  ModelDefaults defaults;
  int64_t created = 0;  // seconds since 1970
  mutable Meters meters;
  std::unique_ptr<Slots> slots;
  std::string slot_folder;  // in which they are saved; empty: nowhere
  std::unique_ptr<Engine> engine;
};

}  // namespace hearth
