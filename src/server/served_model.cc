#include "server/served_model.h"

#include <ctime>

namespace hearth {

Result<std::unique_ptr<const ServedModel>> ServedModel::make(std::vector<std::string> names,
                                                             std::unique_ptr<Engine> engine,
                                                             const SamplingOptions& sampling,
                                                             const ModelDefaults& defaults,
                                                             const std::string& slot_folder) {
  auto served = std::make_unique<ServedModel>();
  const Model& model = engine->model();
  const GgufMetadata& metadata = model.file().metadata();
  TRY(served->tokenizer, model.tokenizer());
  served->generates = model.vocabulary().has_value();
  served->ranks = model.plan().outputs.front().name == "scores";
  if (served->generates && served->tokenizer &&
      *model.vocabulary() < static_cast<int64_t>(served->tokenizer->size())) {
    return fail("{}: the tokenizer has {} tokens, the model's output only {}", model.name(),
                served->tokenizer->size(), *model.vocabulary());
  }
  if (!served->tokenizer) {
    served->no_chat = "the model has no tokenizer";
  } else if (!defaults.chat_template.empty()) {
    TRY(served->chat, choose_chat_template(defaults.chat_template, *served->tokenizer));
    served->format = served->chat->format();
  } else if (auto chat = read_chat_template(metadata, *served->tokenizer); chat.ok()) {
    served->chat.emplace(*std::move(chat));
    served->format = served->chat->format();
  } else {
    served->no_chat = std::move(chat).error().message;
  }
  if (served->tokenizer)
    served->constraints = std::make_unique<Constraints>(served->tokenizer, served->format);
  served->names = std::move(names);
  served->sampling = sampling;
  served->defaults = defaults;
  served->created = std::time(nullptr);
  served->slots = std::make_unique<Slots>(engine->parallel());
  served->slot_folder = slot_folder;
  served->engine = std::move(engine);
  return std::unique_ptr<const ServedModel>(std::move(served));
}

}  // namespace hearth
