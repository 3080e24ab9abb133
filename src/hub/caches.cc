#include "hub/caches.h"

#include <algorithm>

#include "base/file.h"
#include "formats/json.h"
#include "hub/folders.h"
#include "hub/offers.h"

namespace hearth {

namespace {

namespace fs = std::filesystem;

constexpr size_t kMostCached = 20000;  // that are looked at in one folder

bool has_size(const fs::path& path, uint64_t size) {
  std::error_code failed;
  return fs::is_regular_file(path, failed) && fs::file_size(path, failed) == size && !failed;
}

// The files beneath a folder that holds one repository's.
std::vector<OfferedFile> files_beneath(const fs::path& folder) {
  std::vector<OfferedFile> files;
  std::error_code failed;
  auto options = fs::directory_options::skip_permission_denied;
  for (fs::recursive_directory_iterator at(folder, options, failed), end; !failed && at != end;
       at.increment(failed)) {
    std::error_code none;
    if (!at->is_regular_file(none)) continue;
    uint64_t size = at->file_size(none);
    if (!none) files.push_back({fs::path(at->path()).lexically_relative(folder).string(), size});
    if (files.size() == kMostCached) break;
  }
  std::ranges::sort(files, {}, &OfferedFile::path);
  return files;
}

// The models of a repository of which a program has a folder.
std::vector<CachedModel> models_in(const fs::path& folder, const std::string& repository,
                                   const std::string& owner) {
  std::vector<CachedModel> models;
  std::vector<OfferedFile> files = files_beneath(folder);
  for (const Offer& offer : offers_of(files)) {
    fs::path path = offer.checkpoint ? folder : folder / files[offer.files.front()].path;
    models.push_back({fmt::format("{}:{}", repository, offer.label), owner, path, offer.bytes});
  }
  return models;
}

std::vector<CachedModel> hugging_face_models(const std::string& repository) {
  std::string name = repository;
  name.replace(name.find('/'), 1, "--");
  fs::path folder = hugging_face_hub() / ("models--" + name);
  auto commit = read_file(folder / "refs/main", 256);
  if (!commit.ok() || !is_safe_path(*commit)) return {};
  return models_in(folder / "snapshots" / *commit, repository, "Hugging Face");
}

void list_hugging_face(std::vector<CachedModel>& all) {
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(hugging_face_hub(), failed)) {
    std::string name = entry.path().filename();
    if (!name.starts_with("models--")) continue;
    name.erase(0, 8);
    size_t mark = name.find("--");
    if (mark == name.npos) continue;
    name.replace(mark, 2, "/");
    if (!is_model_name(name)) continue;
    std::ranges::move(hugging_face_models(name), std::back_inserter(all));
  }
}

void list_lm_studio(std::vector<CachedModel>& all) {
  for (const fs::path& root : lm_studio_folders()) {
    std::error_code failed;
    for (const auto& space : fs::directory_iterator(root, failed)) {
      std::error_code none;
      for (const auto& folder : fs::directory_iterator(space.path(), none)) {
        std::string name =
            fmt::format("{}/{}", space.path().filename().string(), folder.path().filename().string());
        if (is_model_name(name))
          std::ranges::move(models_in(folder, name, "LM Studio"), std::back_inserter(all));
      }
    }
  }
}

// The model that a manifest of Ollama's names.
std::optional<CachedModel> ollama_model(const fs::path& root, const fs::path& manifest,
                                        const ModelName& name) {
  auto text = read_file(manifest, 1 << 20);
  if (!text.ok()) return std::nullopt;
  auto json = parse_json(*text);
  if (!json.ok() || !json->is_object()) return std::nullopt;
  auto layers = json->find("layers");
  if (layers == json->end() || !layers->is_array()) return std::nullopt;
  for (const auto& layer : *layers) {
    if (!layer.is_object() || layer.value("mediaType", "") != "application/vnd.ollama.image.model") continue;
    auto digest = Digest::parse_prefixed(layer.value("digest", ""));
    if (!digest.ok()) continue;
    fs::path blob = root / "blobs" / ("sha256-" + digest->hex);
    std::error_code failed;
    uint64_t size = fs::file_size(blob, failed);
    if (!failed) return CachedModel{name.text(), "Ollama", blob, size};
  }
  return std::nullopt;
}

constexpr const char* kOllamaManifests = "manifests/registry.ollama.ai";

void list_ollama(std::vector<CachedModel>& all) {
  for (const fs::path& root : ollama_folders()) {
    fs::path manifests = root / kOllamaManifests;
    for (const OfferedFile& file : files_beneath(manifests)) {
      fs::path path = file.path;
      if (std::distance(path.begin(), path.end()) != 3) continue;
      ModelName name{ModelName::Kind::ollama, path.parent_path(), path.filename(), {}};
      if (auto model = ollama_model(root, manifests / path, name)) all.push_back(*std::move(model));
    }
  }
}

std::optional<CachedModel> choose_cached(std::vector<CachedModel> models, const std::string& tag) {
  std::vector<Offer> offers;
  for (size_t i = 0; i < models.size(); ++i)
    offers.push_back({models[i].name.substr(models[i].name.find(':') + 1), {i}, models[i].bytes, false});
  auto choice = choose_offer(offers, tag, std::nullopt);
  if (!choice.ok()) return std::nullopt;
  return std::move(models[choice->offer.files.front()]);
}

}  // namespace

std::vector<CachedModel> list_caches() {
  std::vector<CachedModel> all;
  list_hugging_face(all);
  list_ollama(all);
  list_lm_studio(all);
  std::ranges::sort(all, {}, &CachedModel::name);
  return all;
}

std::optional<CachedModel> find_in_caches(const ModelName& name) {
  if (name.kind == ModelName::Kind::ollama) {
    for (const fs::path& root : ollama_folders()) {
      auto model = ollama_model(root, root / kOllamaManifests / name.repository / name.tag, name);
      if (model) return model;
    }
    return std::nullopt;
  }
  if (name.kind != ModelName::Kind::hub) return std::nullopt;
  if (auto model = choose_cached(hugging_face_models(name.repository), name.tag)) return model;
  for (const fs::path& root : lm_studio_folders()) {
    if (auto model = choose_cached(models_in(root / name.repository, name.repository, "LM Studio"), name.tag))
      return model;
  }
  return std::nullopt;
}

std::optional<fs::path> cached_copy(const ModelName& name, const RemoteFile& file) {
  if (!file.digest) return std::nullopt;
  std::vector<fs::path> places;
  if (name.kind == ModelName::Kind::hub) {
    std::string repository = name.repository;
    repository.replace(repository.find('/'), 1, "--");
    places.push_back(hugging_face_hub() / ("models--" + repository) / "blobs" / file.digest->hex);
    for (const fs::path& root : lm_studio_folders()) places.push_back(root / name.repository / file.path);
  }
  if (file.digest->kind == HashKind::sha256) {
    for (const fs::path& root : ollama_folders())
      places.push_back(root / "blobs" / ("sha256-" + file.digest->hex));
  }
  auto found = std::ranges::find_if(places, [&](const fs::path& path) { return has_size(path, file.size); });
  return found == places.end() ? std::nullopt : std::optional(*found);
}

}  // namespace hearth
