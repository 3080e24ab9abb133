#include "hub/pull.h"

#include <sys/stat.h>

#include <algorithm>
#include <chrono>

#include "base/checked.h"
#include "base/human.h"
#include "base/log.h"
#include "formats/gguf.h"
#include "hub/caches.h"

namespace hearth {

namespace {

namespace fs = std::filesystem;

std::string part_identity(const RemoteFile& file) { return file.digest ? file.digest->hex : file.url.text(); }

// A file that is here, or on its way.
struct Place {
  const RemoteFile* file;
  StoredFile stored;
  bool here = false;
};

// Of our own, or another program's: only after its hash was checked is it what it seems.
Result<Place> look_for(const ModelStore& store, const ModelName& name, const RemoteFile& file,
                       const Progress& progress) {
  Place place{&file, {file.path, file.size, {}, {}}, false};
  std::error_code failed;
  if (!file.digest) return place;
  if (file.digest->kind == HashKind::sha256) {
    place.stored.sha256 = file.digest->hex;
    if (fs::file_size(store.blob(file.digest->hex), failed) == file.size && !failed) {
      place.here = true;
      return place;
    }
  }
  auto copy = cached_copy(name, file);
  if (!copy) return place;
  auto found = digest_of_file(*copy, file.digest->kind, progress, fmt::format("checking {}", file.path));
  if (!found.ok() || *found != *file.digest) {
    log_warning("{}: is not what its name says; {} is fetched anew", copy->string(), file.path);
    return place;
  }
  if (file.digest->kind != HashKind::sha256) { TRY(found, digest_of_file(*copy, HashKind::sha256)); }
  place.stored.sha256 = found->hex;
  place.stored.at = fs::canonical(*copy, failed).string();
  place.here = !failed;
  if (place.here) log_info("{}: used from {}", file.path, place.stored.at);
  return place;
}

Status check_room(const ModelStore& store, const std::vector<Place>& places) {
  uint64_t needed = 0;
  for (const Place& place : places) {
    if (place.here) continue;
    fs::path part = store.part(part_identity(*place.file));
    struct stat status {};
    // Room that a part has taken already is not needed again.
    uint64_t taken = ::stat(part.c_str(), &status) == 0 ? static_cast<uint64_t>(status.st_blocks) * 512 : 0;
    uint64_t missing = place.file->size - std::min(place.file->size, taken);
    auto sum = checked_add(needed, missing);
    if (!sum) return fail("the files' sizes add up to more than there is");
    needed = *sum;
  }
  std::error_code failed;
  fs::space_info space = fs::space(store.root(), failed);
  if (!failed && needed > space.available) {
    return fail("{}: {} are needed and {} are free; HEARTH_HOME names another place for models",
                store.root().string(), human_bytes(needed), human_bytes(space.available));
  }
  return {};
}

// A page that says "not found" is no model, whatever its status.
Status check_content(const std::string& path, const fs::path& part) {
  if (!path.ends_with(kGgufExtension)) return {};
  TRY(MappedFile file, MappedFile::open(part));
  TRY(GgufFile gguf, GgufFile::parse(file.bytes(), path));
  return {};
}

Status fetch(const WebClient& web, const ModelStore& store, Place& place, const PullOptions& options,
             const Progress& progress) {
  const RemoteFile& file = *place.file;
  fs::path part = store.part(part_identity(file));
  if (uint64_t there = downloaded_bytes(file, part); there > 0)
    log_info("{}: goes on after {}", file.path, human_bytes(there));
  Keep keep = [&](const Digest& sha256) -> Status {
    if (Status status = check_content(file.path, part); !status.ok()) {
      std::error_code failed;
      fs::remove(part, failed);
      return status;
    }
    return store.adopt(part, sha256);
  };
  TRY(Digest digest, download(web, file, part, keep, options.download, progress));
  place.stored.sha256 = digest.hex;
  place.here = true;
  return {};
}

}  // namespace

std::vector<OfferedFile> offered(const RemoteModel& remote) {
  std::vector<OfferedFile> files;
  for (const RemoteFile& file : remote.files) files.push_back({file.path, file.size});
  return files;
}

Result<Wanted> choose_files(const ModelName& name, const RemoteModel& remote,
                            std::optional<uint64_t> memory) {
  std::vector<OfferedFile> files = offered(remote);
  bool of_hub = name.kind == ModelName::Kind::hub;
  auto choice = choose_offer(offers_of(files), of_hub ? name.tag : std::string(), memory);
  if (!choice.ok()) return within(name.text(), std::move(choice).error());
  const Offer& offer = choice->offer;
  Wanted wanted;
  wanted.files = offer.files;
  wanted.why = choice->why;
  wanted.name = of_hub ? fmt::format("{}:{}", name.repository, offer.label) : name.text();
  wanted.model = offer.checkpoint ? "." : files[offer.files.front()].path;
  if (auto projector = projector_of(files); projector && !offer.checkpoint) {
    wanted.files.push_back(*projector);
    wanted.projector = files[*projector].path;
  }
  for (size_t i : wanted.files) {
    auto sum = checked_add(wanted.bytes, files[i].size);
    if (!sum || *sum > static_cast<uint64_t>(INT64_MAX))
      return fail("{}: {} bytes for {} are more than a file can have", name.text(), files[i].size,
                  files[i].path);
    wanted.bytes = *sum;
  }
  return wanted;
}

Result<Pulled> pull(const WebClient& web, const ModelStore& store, const ModelName& name,
                    const PullOptions& options, const Progress& progress) {
  TRY(RemoteModel remote, list_remote(web, name, options.hub));
  TRY(Wanted wanted, choose_files(name, remote, options.memory));
  if (name.kind == ModelName::Kind::hub && name.tag.empty())
    log_info("{}, {}: {}", wanted.name, human_bytes(wanted.bytes), wanted.why);
  TRY_STATUS(store.make_folders());

  std::vector<Place> places;
  Pulled pulled;
  uint64_t before = 0, missing = 0;
  for (size_t i : wanted.files) {
    TRY(Place place, look_for(store, name, remote.files[i], progress));
    if (!place.here) missing += place.file->size;
    places.push_back(std::move(place));
  }
  TRY_STATUS(check_room(store, places));
  StoredModel& model = pulled.model;
  for (Place& place : places) {
    const RemoteFile& file = *place.file;
    if (place.here) {
      forget_download(store.part(part_identity(file)));
    } else {
      pulled.fetched += file.size - downloaded_bytes(file, store.part(part_identity(file)));
      Progress of_all = [&](std::string_view what, uint64_t done, uint64_t total) {
        bool checking = what != file.path;
        return checking ? report(progress, what, done, total)
                        : report(progress, wanted.name, before + done, missing);
      };
      if (Status status = fetch(web, store, place, options, of_all); !status.ok())
        return within(wanted.name, std::move(status).error());
      before += file.size;
    }
    model.files.push_back(place.stored);
  }
  model.name = wanted.name;
  model.source = name.kind == ModelName::Kind::hub      ? options.hub.hub
                 : name.kind == ModelName::Kind::ollama ? options.hub.registry
                                                        : name.url.text();
  model.revision = remote.revision;
  model.model = wanted.model;
  model.projector = wanted.projector;
  model.system = remote.system;
  model.parameters = remote.parameters;
  model.pulled =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
          .count();
  TRY_STATUS(store.install(model));
  return pulled;
}

}  // namespace hearth
