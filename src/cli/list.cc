// hearth list: the models that are here.
#include <chrono>
#include <nlohmann/json.hpp>

#include "base/human.h"
#include "base/log.h"
#include "cli/command.h"
#include "cli/named_model.h"
#include "cli/output.h"
#include "hub/caches.h"
#include "hub/folders.h"

namespace hearth {

namespace {

std::string ago(int64_t then) {
  int64_t now =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
          .count();
  int64_t minutes = std::max<int64_t>(0, now - then) / 60;
  if (minutes < 2) return "just now";
  if (minutes < 120) return fmt::format("{} minutes ago", minutes);
  if (minutes < 48 * 60) return fmt::format("{} hours ago", minutes / 60);
  return fmt::format("{} days ago", minutes / (24 * 60));
}

std::string notes_on(const ModelStore& store, const StoredModel& model, const std::vector<StoredModel>& all) {
  std::string notes;
  auto add = [&](const std::string& note) { notes += (notes.empty() ? "" : "; ") + note; };
  if (!store.is_whole(model)) add("files are missing: pull it again");
  for (const StoredFile& file : model.files) {
    if (file.at.empty()) continue;
    add("lies in " + std::filesystem::path(file.at).parent_path().string());
    break;
  }
  if (auto names = ModelStore::shared_with(model, all); !names.empty())
    add("shares files with " + names.front());
  return notes;
}

using NamedSettings = std::vector<std::pair<std::string, ModelSettings>>;

Status print_json(const ModelStore& store, const std::vector<StoredModel>& all,
                  const std::vector<CachedModel>& cached, const NamedSettings& named) {
  auto models = nlohmann::ordered_json::array();
  for (const StoredModel& model : all) {
    models.push_back({{"name", model.name},
                      {"owner", "hearth"},
                      {"path", store.path_of(model).string()},
                      {"bytes", model.bytes()},
                      {"pulled", model.pulled},
                      {"used", model.used},
                      {"whole", store.is_whole(model)},
                      {"shared_with", ModelStore::shared_with(model, all)}});
  }
  for (const CachedModel& model : cached) {
    models.push_back({{"name", model.name},
                      {"owner", model.owner},
                      {"path", model.path.string()},
                      {"bytes", model.bytes}});
  }
  auto names = nlohmann::ordered_json::array();
  for (const auto& [name, settings] : named) names.push_back({{"name", name}, {"model", settings.model}});
  return print(nlohmann::ordered_json{{"store", store.root().string()},
                                      {"models", std::move(models)},
                                      {"named", std::move(names)}}
                   .dump(2) +
               "\n");
}

Status list_models(bool json) {
  ModelStore store(hearth_home());
  TRY(auto all, store.list());
  std::vector<CachedModel> cached = list_caches();
  NamedSettings named;
  if (auto read = read_all_settings(); read.ok()) {
    named = *std::move(read);
  } else {
    log_warning("{}", read.error().message);  // the models are here all the same
  }
  if (json) return print_json(store, all, cached, named);
  Table table("<><<");
  for (const StoredModel& model : all)
    table.add({model.name, human_bytes(model.bytes()), ago(model.used), notes_on(store, model, all)});
  for (const CachedModel& model : cached)
    table.add({model.name, human_bytes(model.bytes), "", "of " + model.owner});
  for (const auto& [name, settings] : named)
    table.add(
        {name, "", "",
         fmt::format("in hearth.toml: {}", settings.model.empty() ? "the built-in model" : settings.model)});
  if (table.empty()) return print("No models yet: hearth pull org/repo fetches one.\n");
  return print(table.text(""));
}

}  // namespace

void list_command(CLI::App& app) {
  add_command(app, "list", "Show the models that are here, also those that other programs keep",
              "hearth list", [](CLI::App& command) {
                auto json = std::make_shared<bool>(false);
                command.add_flag("--json", *json, "print one JSON document");
                return [json] { return list_models(*json); };
              });
}

}  // namespace hearth
