#include "cli/served_options.h"

#include <algorithm>
#include <filesystem>

#include "chat/named_templates.h"
#include "cli/named_model.h"
#include "model/builtin.h"

namespace hearth {

namespace {

// NAME=MODEL, or NAME for the first model.
Status add_aliases(const std::vector<std::string>& given, std::vector<std::vector<std::string>>& names) {
  for (const std::string& alias : given) {
    size_t mark = alias.find('=');
    std::string name = alias.substr(0, mark),
                model = mark == alias.npos ? names.front().front() : alias.substr(mark + 1);
    auto of =
        std::find_if(names.begin(), names.end(), [&](const auto& each) { return each.front() == model; });
    if (of == names.end()) return fail("--alias {}: no model is called {}", alias, model);
    if (name.empty()) return fail("--alias {}: there is no name before the equals sign", alias);
    of->push_back(name);
  }
  std::vector<std::string> all;
  for (const auto& each : names) all.insert(all.end(), each.begin(), each.end());
  std::sort(all.begin(), all.end());
  if (auto twice = std::adjacent_find(all.begin(), all.end()); twice != all.end())
    return fail("two models are called {}; --alias gives other names, but files need names of their own",
                *twice);
  return {};
}

Result<std::unique_ptr<const ServedModel>> open_served(const ServedGiven& given, const std::string& file,
                                                       std::vector<std::string> names, Backend& backend) {
  TRY(NamedModel named, find_model(file));
  ModelOptionsGiven computing = given.computing;
  computing.model = named.path;
  if (computing.context == 0) computing.context = named.settings.context;
  SamplingGiven chosen = given.sampling;
  complete_sampling(chosen, named.settings.sampling);
  TRY(auto model, open_model(computing));
  SamplingOptions sampling;
  TRY(auto tokenizer, model->tokenizer());
  if (tokenizer) { TRY(sampling, sampling_options(chosen, model->file().metadata(), *tokenizer)); }
  EngineOptions options;
  options.serving.parallel = given.parallel;
  options.most_waiting = given.most_waiting;
  TRY(auto engine, open_engine(computing, model, backend, options));
  return ServedModel::make(std::move(names), std::move(engine), sampling,
                           given.chat_template.empty() ? named.settings.chat_template : given.chat_template,
                           given.slot_folder);
}

// A file is called as its name goes, a model by name as it was asked for.
std::string served_name(const std::string& given) {
  if (given.empty()) return kBuiltinModelName;
  std::error_code failed;
  bool by_name = !std::filesystem::exists(given, failed) && is_model_name(given);
  return by_name ? given : std::filesystem::path(given).stem().string();
}

}  // namespace

void add_served_options(CLI::App& app, ServedGiven& given) {
  app.add_option("MODEL", given.models, "models, as of run; the built-in one if none is given");
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
  add_sampling_options(app, given.sampling);
}

Result<LoadedModels> load_models(const ServedGiven& given) {
  std::vector<std::string> files = given.models;
  if (files.empty()) files.push_back("");
  std::vector<std::vector<std::string>> names;
  for (const std::string& file : files) names.push_back({served_name(file)});
  TRY_STATUS(add_aliases(given.aliases, names));
  LoadedModels loaded;
  TRY(loaded.backend, open_backend(given.computing));
  for (size_t i = 0; i < files.size(); ++i) {
    TRY(auto model, open_served(given, files[i], names[i], *loaded.backend));
    loaded.models.push_back(std::move(model));
    loaded.names += (loaded.names.empty() ? "" : ", ") + names[i].front();
  }
  return loaded;
}

}  // namespace hearth
