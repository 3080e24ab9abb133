#include "cli/named_model.h"

#include <filesystem>

#include "base/human.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/progress.h"
#include "hub/caches.h"
#include "hub/folders.h"

namespace hearth {

namespace {

FoundModel in_store(const ModelStore& store, const StoredModel& model) {
  store.note_use(model);
  FoundModel found{store.path_of(model).string(), {}, {}};
  found.settings.system = model.system;
  if (!model.parameters.empty()) {
    auto read = read_ollama_parameters(model.parameters, found.settings);
    if (!read.ok()) log_warning("{}: {}", model.name, read.error().message);
  }
  return found;
}

bool is_path(const std::string& given) {
  std::error_code failed;
  return given.empty() || std::filesystem::exists(given, failed);
}

// What Ollama's users type: a word that is neither a path nor says where it is from.
bool is_bare_word(const std::string& given) {
  return given.find('/') == given.npos && !given.ends_with(".gguf") && given.find(".gguf.") == given.npos;
}

// The store, then what other programs have.
Result<FoundModel> without_settings(const std::string& given) {
  if (!is_path(given) && !is_model_name(given) && is_bare_word(given)) {
    return fail(
        "{}: there is no such file, and no such name in hearth.toml; Ollama's models are called ollama:{}, "
        "those "
        "of a hub org/repo",
        quote(given), escape(given, 60));
  }
  if (is_path(given) || !is_model_name(given)) return FoundModel{given, {}, {}};
  TRY(ModelName name, parse_model_name(given));
  ModelStore store(hearth_home());
  TRY(auto stored, store.find(name.text()));
  if (stored && store.is_whole(*stored)) return in_store(store, *stored);
  if (auto cached = find_in_caches(name)) {
    log_info("{}: {}, as {} keeps it", cached->name, cached->path.string(), cached->owner);
    return FoundModel{cached->path.string(), {}, {}};
  }
  return FoundModel{std::nullopt, given, {}};
}

}  // namespace

Result<FoundModel> find_model_here(const std::string& given) {
  if (is_path(given)) return FoundModel{given, {}, {}};
  TRY(auto settings, read_model_settings(given));
  if (!settings) return without_settings(given);
  auto found = without_settings(settings->model);
  if (!found.ok()) return within(given, std::move(found).error());
  settings->complete_with(found->settings);
  found->settings = *std::move(settings);
  return found;
}

Result<NamedModel> find_model(const std::string& given) {
  TRY(FoundModel found, find_model_here(given));
  if (found.path) return NamedModel{*std::move(found.path), std::move(found.settings)};
  TRY(ModelName name, parse_model_name(found.name));
  auto fetched = pull_here(name, pull_options());
  if (!fetched.ok()) return within(given + " is not here, and cannot be pulled", std::move(fetched).error());
  const StoredModel& pulled = *fetched;
  FoundModel stored = in_store(ModelStore(hearth_home()), pulled);
  found.settings.complete_with(stored.settings);
  return NamedModel{*std::move(stored.path), std::move(found.settings)};
}

Result<std::string> find_model_path(const std::string& given) {
  TRY(NamedModel named, find_model(given));
  return std::move(named.path);
}

PullOptions pull_options() {
  PullOptions options;
  options.hub = hub_options_of_environment();
  return options;
}

Result<StoredModel> pull_here(const ModelName& name, const PullOptions& options) {
  TRY(WebClient web, WebClient::create());
  ModelStore store(hearth_home());
  ProgressLine line;
  auto start = std::chrono::steady_clock::now();
  std::optional<uint64_t> first;
  auto show = [&](std::string_view what, uint64_t done, uint64_t total) {
    if (!first) first = done;
    double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    auto rate =
        static_cast<uint64_t>(static_cast<double>(done - std::min(done, *first)) / std::max(seconds, 0.1));
    line.show(what, done, total, human_bytes(rate) + "/s");
    return true;
  };
  auto pulled = pull(web, store, name, options, show);
  line.clear();
  if (!pulled.ok()) return std::move(pulled).error();
  log_info("{}: {}, {} of it fetched now", pulled->model.name, human_bytes(pulled->model.bytes()),
           human_bytes(pulled->fetched));
  return std::move(pulled->model);
}

Result<StoredModel> stored_model(const ModelStore& store, const std::string& name) {
  std::string text = name;
  if (is_model_name(name)) {
    TRY(ModelName parsed, parse_model_name(name));
    text = parsed.text();
  }
  TRY(auto found, store.find(text));
  if (!found) return fail("{}: is not in the store; hearth list shows what is", quote(name));
  return *std::move(found);
}

}  // namespace hearth
