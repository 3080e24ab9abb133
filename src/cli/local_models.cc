#include "cli/local_models.h"

#include <algorithm>
#include <filesystem>

#include "base/log.h"
#include "base/text.h"
#include "cli/named_model.h"
#include "hub/caches.h"
#include "hub/folders.h"
#include "model/builtin.h"

namespace hearth {

namespace {

// A file is called as its name goes, a model by name as it was asked for.
std::string served_name(const std::string& given) {
  if (given.empty()) return kBuiltinModelName;
  std::error_code failed;
  bool by_name = !std::filesystem::exists(given, failed) && is_model_name(given);
  return by_name ? given : std::filesystem::path(given).stem().string();
}

uint64_t bytes_at(const std::string& path) {
  std::error_code failed;
  uint64_t bytes = std::filesystem::file_size(path, failed);
  return failed ? 0 : bytes;
}

// Ollama's clients know their registry's models without what we put before them.
std::vector<std::string> names_of(const std::string& name) {
  std::vector<std::string> names = {name};
  constexpr std::string_view kOllama = "ollama:", kLibrary = "library/", kLatest = ":latest";
  if (!name.starts_with(kOllama)) return names;
  std::string_view plain = std::string_view(name).substr(kOllama.size());
  if (plain.starts_with(kLibrary)) plain.remove_prefix(kLibrary.size());
  names.emplace_back(plain);
  if (plain.ends_with(kLatest)) names.emplace_back(plain.substr(0, plain.size() - kLatest.size()));
  return names;
}

ModelCard card_of(const StoredModel& model) {
  ModelCard card{names_of(model.name), model.bytes(), {}, model.pulled, true};
  for (const StoredFile& file : model.files) {
    if (file.path == model.model) card.sha256 = file.sha256;
  }
  return card;
}

// Names in hearth.toml that nothing can be served under.
Status tell_of_missing(const std::vector<ModelCard>& cards) {
  TRY(auto settings, read_all_settings());
  for (const auto& each : settings) {
    bool here = std::ranges::any_of(cards, [&](const ModelCard& card) { return card.id() == each.first; });
    const std::string& model = each.second.model;
    if (!here) log_warning("{}: {} is not here: hearth pull {}", each.first, model, model);
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<LocalModels>> LocalModels::make(const ServedGiven& given) {
  std::unique_ptr<LocalModels> models(new LocalModels(given));
  TRY(auto cards, models->cards());
  TRY_STATUS(models->add_aliases(cards, true));
  if (given.models.empty()) TRY_STATUS(tell_of_missing(cards));
  TRY(models->backend_, open_backend(given.computing));
  return models;
}

Result<std::vector<ModelCard>> LocalModels::cards() const {
  std::vector<ModelCard> cards;
  TRY_STATUS(given_.models.empty() ? add_all(cards) : add_given(cards));
  return cards;
}

Result<std::vector<ModelCard>> LocalModels::list() {
  TRY(auto all, cards());
  TRY_STATUS(add_aliases(all, false));
  return all;
}

Status LocalModels::add_given(std::vector<ModelCard>& cards) const {
  for (const std::string& given : given_.models) {
    TRY(FoundModel found, find_model_here(given));
    ModelCard card{{served_name(given)}, found.path ? bytes_at(*found.path) : 0};
    for (const ModelCard& other : cards) {
      if (other.id() == card.id()) {
        return fail("two models are called {}; --alias gives other names, but files need names of their own",
                    card.id());
      }
    }
    cards.push_back(std::move(card));
  }
  return {};
}

// As hearth list shows them, after those of hearth.toml.
Status LocalModels::add_all(std::vector<ModelCard>& cards) const {
  auto add = [&](ModelCard card) {
    bool known = std::any_of(cards.begin(), cards.end(),
                             [&](const ModelCard& other) { return other.id() == card.id(); });
    if (!known) cards.push_back(std::move(card));
  };
  TRY(auto settings, read_all_settings());
  for (const auto& [name, model] : settings) {
    auto found = find_model_here(name);
    if (found.ok() && found->path) add({{name}, bytes_at(*found->path)});
  }
  ModelStore store(hearth_home());
  TRY(auto stored, store.list());
  for (const StoredModel& model : stored) {
    if (store.is_whole(model)) add(card_of(model));
  }
  for (const CachedModel& model : list_caches()) add({names_of(model.name), model.bytes});
  add({{kBuiltinModelName}, builtin_model().size()});
  return {};
}

// NAME=MODEL, or NAME for the first model.
Status LocalModels::add_aliases(std::vector<ModelCard>& cards, bool all) const {
  for (const std::string& alias : given_.aliases) {
    size_t mark = alias.find('=');
    std::string name = alias.substr(0, mark),
                model = mark == alias.npos ? cards.front().id() : alias.substr(mark + 1);
    if (name.empty()) return fail("--alias {}: there is no name before the equals sign", alias);
    auto has = [](const std::string& name) {
      return
          [&name](const ModelCard& card) { return std::ranges::find(card.names, name) != card.names.end(); };
    };
    if (std::any_of(cards.begin(), cards.end(), has(name)))
      return fail("--alias {}: a model is called {} already", alias, name);
    auto of = std::find_if(cards.begin(), cards.end(), has(model));
    if (of != cards.end()) {
      of->names.push_back(name);
    } else if (all) {
      return fail("--alias {}: no model is called {}", alias, model);
    }
  }
  return {};
}

Result<std::unique_ptr<const ServedModel>> LocalModels::load(const ModelCard& card) {
  NamedModel named;
  auto given = std::find_if(given_.models.begin(), given_.models.end(),
                            [&](const std::string& each) { return served_name(each) == card.id(); });
  if (given != given_.models.end()) {
    TRY(named, find_model(*given));
  } else if (card.id() != kBuiltinModelName) {
    // A request does not make this machine fetch something.
    TRY(FoundModel found, find_model_here(card.id()));
    if (!found.path) return fail("{} is not here any more", quote(card.id()));
    named = {*std::move(found.path), std::move(found.settings)};
  }
  ModelOptionsGiven computing = given_.computing;
  computing.model = named.path;
  if (computing.context == 0) computing.context = named.settings.context;
  SamplingGiven chosen = given_.sampling;
  complete_sampling(chosen, named.settings.sampling);
  TRY(auto model, open_model(computing));
  SamplingOptions sampling;
  TRY(auto tokenizer, model->tokenizer());
  if (tokenizer) { TRY(sampling, sampling_options(chosen, model->file().metadata(), *tokenizer)); }
  EngineOptions options;
  options.serving.parallel = given_.parallel;
  options.most_waiting = given_.most_waiting;
  TRY(auto engine, open_engine(computing, model, *backend_, options));
  ModelDefaults defaults{given_.chat_template.empty() ? named.settings.chat_template : given_.chat_template,
                         named.settings.system, named.settings.stops, named.settings.tokens};
  return ServedModel::make(card.names, std::move(engine), sampling, defaults, given_.slot_folder);
}

Result<std::string> LocalModels::pull(const std::string& name, const Progress& progress) {
  TRY(ModelName parsed, parse_model_name(is_model_name(name) ? name : "ollama:" + name));
  if (parsed.kind == ModelName::Kind::url)
    return fail("{}: over HTTP only names of models are fetched, not addresses", quote(name));
  TRY(WebClient web, WebClient::create());
  TRY(Pulled pulled, hearth::pull(web, ModelStore(hearth_home()), parsed, pull_options(), progress));
  return pulled.model.name;
}

Status LocalModels::remove(const ModelCard& card) {
  ModelStore store(hearth_home());
  TRY(StoredModel model, stored_model(store, card.id()));
  TRY(uint64_t freed, store.remove(model));
  log_info("{}: removed, {} bytes are free again", model.name, freed);
  return {};
}

}  // namespace hearth
