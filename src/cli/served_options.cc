#include "cli/served_options.h"

#include "base/duration.h"
#include "chat/named_templates.h"
#include "cli/local_models.h"

namespace hearth {

void add_served_options(CLI::App& app, ServedGiven& given) {
  app.add_option("MODEL", given.models,
                 "models, as of run, loaded at once; without any, those that hearth list shows, each when it "
                 "is asked for");
  add_computing_options(app, given.computing);
  add_speculation_options(app, given.computing);
  add_cache_options(app, given.computing);
  app.add_option(
         "--slot-save-path", given.slot_folder,
         "a folder in which POST /slots/N?action=save and restore keep conversations; without it they "
         "are refused")
      ->type_name("FOLDER")
      ->check(CLI::ExistingDirectory);
  app.add_option("--parallel", given.parallel, "requests that are computed at once, of each model")
      ->check(CLI::Range(1, 512))
      ->capture_default_str();
  app.add_option("--queue", given.most_waiting, "requests that may wait; more are refused")
      ->capture_default_str();
  app.add_option("--chat-template", given.chat_template,
                 "instead of the models' own: a file, or one of " + template_names());
  app.add_option("--alias", given.aliases, "another name for a model: NAME=MODEL; NAME alone for the first");
  app.add_option(
         "--keep-alive", given.keep_alive,
         "how long a model that was loaded when it was asked for stays: 300, 5m, 1h; -1 until room is wanted")
      ->type_name("TIME")
      ->capture_default_str();
  app.add_option("--models-memory", given.memory,
                 "that models may take together, like 16GB; others go for one that is asked for")
      ->type_name("SIZE")
      ->transform(CLI::AsSizeValue(true));
  add_sampling_options(app, given.sampling);
}

Result<std::unique_ptr<ServedModels>> open_served_models(const ServedGiven& given) {
  ServedModelsOptions options;
  auto seconds = parse_duration(given.keep_alive);
  if (!seconds) return fail("--keep-alive {}: expected seconds, or 5m and the like", given.keep_alive);
  options.keep_alive = *seconds < 0 ? kForever : *seconds;
  options.most_bytes = given.memory;
  TRY(auto source, LocalModels::make(given));
  auto models = std::make_unique<ServedModels>(std::move(source), options);
  TRY_STATUS(models->start(!given.models.empty()));
  return models;
}

}  // namespace hearth
