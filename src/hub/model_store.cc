#include "hub/model_store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>

#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "formats/json.h"
#include "hub/model_name.h"
#include "hub/url.h"

namespace hearth {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr uint64_t kMostEntryBytes = 16 << 20;
constexpr int64_t kManifestVersion = 1;

Error store_error(const fs::path& path, std::string_view what, const std::error_code& error) {
  return fail("{}: {}: {}", path.string(), what, error.message());
}

// Whoever changes which blobs are needed does so alone.
class StoreLock {
 public:
  static Result<StoreLock> take(const fs::path& root) {
    fs::path path = root / "lock";
    StoreLock lock;
    lock.descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (lock.descriptor_ < 0 || ::flock(lock.descriptor_, LOCK_EX) != 0)
      return fail("{}: cannot lock: {}", path.string(), std::strerror(errno));
    return lock;
  }
  StoreLock(StoreLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  ~StoreLock() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

 private:
  StoreLock() = default;
  int descriptor_ = -1;
};

Json to_json(const StoredModel& model) {
  Json files = Json::array();
  for (const StoredFile& file : model.files) {
    Json each = {{"path", file.path}, {"size", file.size}, {"sha256", file.sha256}};
    if (!file.at.empty()) each["at"] = file.at;
    files.push_back(std::move(each));
  }
  Json json = {{"version", kManifestVersion},  {"name", model.name},       {"source", model.source},
               {"revision", model.revision},   {"pulled", model.pulled},   {"model", model.model},
               {"projector", model.projector}, {"files", std::move(files)}};
  if (!model.system.empty()) json["system"] = model.system;
  if (!model.parameters.empty()) json["parameters"] = model.parameters;
  return json;
}

// A manifest is ours, but what lies on a disk may be anything.
Result<StoredModel> from_json(const Json& json) {
  auto text = [](const Json& object, const char* name) {
    auto at = object.find(name);
    return at != object.end() && at->is_string() ? at->get<std::string>() : std::string();
  };
  auto number = [](const Json& object, const char* name) {
    auto at = object.find(name);
    return at != object.end() && at->is_number_unsigned() ? at->get<uint64_t>() : 0;
  };
  if (!json.is_object() || number(json, "version") != kManifestVersion)
    return fail("is no manifest of version {}", kManifestVersion);
  StoredModel model;
  model.name = text(json, "name");
  model.source = text(json, "source");
  model.revision = text(json, "revision");
  model.model = text(json, "model");
  model.projector = text(json, "projector");
  model.system = text(json, "system");
  model.parameters = text(json, "parameters");
  model.pulled = static_cast<int64_t>(number(json, "pulled"));
  auto files = json.find("files");
  if (files == json.end() || !files->is_array()) return fail("lists no files");
  for (const Json& each : *files) {
    if (!each.is_object()) return fail("lists something that is no file");
    StoredFile file{text(each, "path"), number(each, "size"), text(each, "sha256"), text(each, "at")};
    if (!is_safe_path(file.path)) return fail("lists the file {}", quote(file.path));
    TRY_STATUS([&]() -> Status {
      TRY(Digest digest, Digest::parse(HashKind::sha256, file.sha256));
      return {};
    }());
    model.files.push_back(std::move(file));
  }
  bool opens = model.model == "." ||
               std::ranges::find(model.files, model.model, &StoredFile::path) != model.files.end();
  if (model.name.empty() || !opens) return fail("does not say what to open");
  return model;
}

bool same_but_for_case(std::string_view a, std::string_view b) {
  auto lower = [](char c) { return std::tolower(static_cast<unsigned char>(c)); };
  return std::ranges::equal(a, b, {}, lower, lower);
}

Status link_to(const fs::path& target, const fs::path& link) {
  std::error_code failed;
  fs::create_directories(link.parent_path(), failed);
  if (failed) return store_error(link.parent_path(), "cannot create", failed);
  fs::path temporary = link.string() + fmt::format(".{}.new", ::getpid());
  fs::remove(temporary, failed);
  fs::create_symlink(target, temporary, failed);
  if (failed) return store_error(link, "cannot create", failed);
  fs::rename(temporary, link, failed);
  if (failed) return store_error(link, "cannot create", failed);
  return {};
}

}  // namespace

uint64_t StoredModel::bytes() const {
  uint64_t sum = 0;
  for (const StoredFile& file : files) sum += file.size;
  return sum;
}

ModelStore::ModelStore(fs::path root) : root_(std::move(root)) {}

fs::path ModelStore::blob(const std::string& sha256) const { return root_ / "blobs" / ("sha256-" + sha256); }

fs::path ModelStore::part(const std::string& identity) const {
  return root_ / "downloads" / (digest_of(identity).hex + ".part");
}

fs::path ModelStore::folder_of(const std::string& name) const {
  // A name becomes one plain part of a path: its slashes and colons are escaped.
  std::string part = percent_encode(name);
  if (part.front() == '.') part = "%2E" + part.substr(1);
  return root_ / "models" / part;
}

fs::path ModelStore::path_of(const StoredModel& model, const std::string& file) const {
  return folder_of(model.name) / "files" / file;
}

fs::path ModelStore::path_of(const StoredModel& model) const {
  return model.model == "." ? folder_of(model.name) / "files" : path_of(model, model.model);
}

bool ModelStore::is_whole(const StoredModel& model) const {
  return std::ranges::all_of(model.files, [&](const StoredFile& file) {
    std::error_code failed;
    return fs::file_size(path_of(model, file.path), failed) == file.size && !failed;
  });
}

Status ModelStore::make_folders() const {
  for (const char* name : {"blobs", "models", "downloads"}) {
    std::error_code failed;
    fs::create_directories(root_ / name, failed);
    if (failed) return store_error(root_ / name, "cannot create", failed);
  }
  return {};
}

Status ModelStore::adopt(const fs::path& part, const Digest& sha256) const {
  fs::path to = blob(sha256.hex);
  if (::rename(part.c_str(), to.c_str()) != 0)
    return fail("{}: cannot rename into place: {}", to.string(), std::strerror(errno));
  if (int folder = ::open(to.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); folder >= 0) {
    ::fsync(folder);
    ::close(folder);
  }
  return {};
}

Status ModelStore::install(const StoredModel& model) const {
  TRY_STATUS(make_folders());
  TRY(StoreLock lock, StoreLock::take(root_));
  fs::path folder = folder_of(model.name);
  if (folder.filename().string().size() > 255) return fail("{}: the name is too long", model.name);
  for (const StoredFile& file : model.files) {
    fs::path at = file.at.empty() ? blob(file.sha256) : fs::path(file.at);
    std::error_code failed;
    if (fs::file_size(at, failed) != file.size || failed)
      return fail("{}: {} went away while it was fetched; try again", model.name, at.string());
    fs::path link = path_of(model, file.path);
    if (file.at.empty()) at = fs::relative(at, link.parent_path(), failed);
    TRY_STATUS(link_to(at, link));
  }
  TRY(AtomicFile manifest, AtomicFile::create(folder / "manifest.json"));
  TRY_STATUS(manifest.write(to_json(model).dump(2) + "\n"));
  return manifest.commit();
}

Result<StoredModel> ModelStore::read(const fs::path& folder) const {
  fs::path path = folder / "manifest.json";
  TRY(std::string text, read_file(path, kMostEntryBytes));
  auto json = parse_json(text);
  if (!json.ok()) return within(path.string(), std::move(json).error());
  auto model = from_json(*json);
  if (!model.ok()) return within(path.string(), std::move(model).error());
  if (folder_of(model->name) != folder) return fail("{}: belongs to {}", path.string(), quote(model->name));
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0) model->used = status.st_mtim.tv_sec;
  return model;
}

Result<std::vector<StoredModel>> ModelStore::list() const {
  std::vector<StoredModel> models;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(root_ / "models", failed)) {
    std::error_code gone;
    if (!fs::exists(entry.path() / "manifest.json", gone)) continue;  // an installation that was cut off
    auto model = read(entry.path());
    if (!model.ok()) {
      log_warning("{}", model.error().message);
      continue;
    }
    models.push_back(*std::move(model));
  }
  std::ranges::sort(models, {}, &StoredModel::name);
  return models;
}

Result<std::optional<StoredModel>> ModelStore::find(const std::string& name) const {
  if (name.empty()) return std::optional<StoredModel>();
  std::error_code failed;
  if (fs::path folder = folder_of(name); fs::exists(folder / "manifest.json", failed)) {
    TRY(StoredModel model, read(folder));
    return std::optional(std::move(model));
  }
  // With its quant in other letters, or without: the one of that repository that was used last.
  TRY(std::vector<StoredModel> all, list());
  std::optional<StoredModel> found;
  for (StoredModel& model : all) {
    bool meant = model.name.starts_with(name + ":") || same_but_for_case(model.name, name);
    if (meant && (!found || model.used > found->used)) found = std::move(model);
  }
  return found;
}

void ModelStore::note_use(const StoredModel& model) const {
  ::utimensat(AT_FDCWD, (folder_of(model.name) / "manifest.json").c_str(), nullptr, 0);
}

std::vector<std::string> ModelStore::shared_with(const StoredModel& model,
                                                 const std::vector<StoredModel>& all) {
  std::vector<std::string> names;
  for (const StoredModel& other : all) {
    bool shares = other.name != model.name && std::ranges::any_of(model.files, [&](const StoredFile& file) {
                    return std::ranges::any_of(other.files, [&](const StoredFile& theirs) {
                      return theirs.sha256 == file.sha256 && theirs.at == file.at;
                    });
                  });
    if (shares) names.push_back(other.name);
  }
  return names;
}

Result<uint64_t> ModelStore::remove(const StoredModel& model) const {
  TRY(StoreLock lock, StoreLock::take(root_));
  std::error_code failed;
  fs::path folder = folder_of(model.name);
  fs::remove(folder / "manifest.json", failed);  // first: without it there is no model
  if (failed) return store_error(folder, "cannot remove", failed);
  fs::remove_all(folder, failed);
  if (failed) return store_error(folder, "cannot remove", failed);
  TRY(std::vector<StoredModel> others, list());
  uint64_t freed = 0;
  for (const StoredFile& file : model.files) {
    bool needed = !file.at.empty() || std::ranges::any_of(others, [&](const StoredModel& other) {
      return std::ranges::any_of(other.files, [&](const StoredFile& theirs) {
        return theirs.at.empty() && theirs.sha256 == file.sha256;
      });
    });
    if (!needed && fs::remove(blob(file.sha256), failed)) freed += file.size;
  }
  return freed;
}

}  // namespace hearth
