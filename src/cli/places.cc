#include "cli/places.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "base/human.h"
#include "cli/model_settings.h"
#include "hub/caches.h"
#include "hub/folders.h"
#include "hub/model_store.h"
#include "server/listener.h"

namespace hearth {

namespace {

namespace fs = std::filesystem;

constexpr uint64_t kLittleDisk = 5'000'000'000;

fs::path nearest_existing(fs::path path) {
  std::error_code failed;
  while (!fs::exists(path, failed) && path.has_relative_path()) path = path.parent_path();
  return path;
}

uint64_t bytes_beneath(const fs::path& folder) {
  uint64_t bytes = 0;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(folder, failed)) {
    std::error_code gone;
    uint64_t size = entry.file_size(gone);
    if (!gone) bytes += size;
  }
  return bytes;
}

// Nobody else listens there. Any other reason is told by the server when it starts.
bool can_listen(uint16_t port) {
  int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return true;
  int yes = 1;
  ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  bool taken =
      ::bind(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 && errno == EADDRINUSE;
  ::close(descriptor);
  return !taken;
}

void examine_store(Places& places) {
  ModelStore store(hearth_home());
  places.store = store.root().string();
  fs::path there = nearest_existing(store.root());
  places.writable = ::access(there.c_str(), W_OK | X_OK) == 0;
  std::error_code failed;
  fs::space_info space = fs::space(there, failed);
  places.disk_free = failed ? 0 : space.available;
  places.unfinished_bytes = bytes_beneath(store.root() / "downloads");
  auto models = store.list();
  if (!models.ok()) {
    places.store_error = models.error().message;
    return;
  }
  for (const StoredModel& model : *models) {
    places.models.push_back(model.name);
    places.models_bytes += model.bytes();
    if (!store.is_whole(model)) places.damaged.push_back(model.name);
  }
}

}  // namespace

Places examine_places() {
  Places places;
  examine_store(places);
  for (const CachedModel& model : list_caches()) {
    auto at = std::ranges::find(places.caches, model.owner, &std::pair<std::string, size_t>::first);
    if (at == places.caches.end()) at = places.caches.insert(at, {model.owner, 0});
    ++at->second;
  }
  places.settings = hearth_settings().string();
  if (auto settings = read_all_settings(); !settings.ok()) places.settings_error = settings.error().message;
  places.port = ListenOptions().port;
  places.port_free = can_listen(places.port);
  return places;
}

std::vector<std::string> advise(const Places& places) {
  std::vector<std::string> advice;
  if (!places.writable)
    advice.push_back(
        fmt::format("{} cannot be written: HEARTH_HOME names another folder for models.", places.store));
  if (places.disk_free > 0 && places.disk_free < kLittleDisk) {
    advice.push_back(
        fmt::format("Only {} are free where models are kept: hearth rm NAME makes room, HEARTH_HOME "
                    "names a folder on another disk.",
                    human_bytes(places.disk_free)));
  }
  for (const std::string& name : places.damaged)
    advice.push_back(fmt::format("{} lacks files: hearth pull {} fetches them again.", name, name));
  if (places.unfinished_bytes > 0) {
    advice.push_back(
        fmt::format("Downloads that did not end take {}: hearth pull of the same model goes on; to give "
                    "them up, remove {}/downloads.",
                    human_bytes(places.unfinished_bytes), places.store));
  }
  if (!places.store_error.empty()) advice.push_back(places.store_error);
  if (!places.settings_error.empty())
    advice.push_back(fmt::format("{}; until that is mended, no name of it is known.", places.settings_error));
  if (!places.port_free) {
    advice.push_back(
        fmt::format("Something listens on port {} already: hearth serve --port {} takes another one.",
                    places.port, places.port + 1));
  }
  return advice;
}

std::vector<std::pair<std::string, std::string>> findings(const Places& places) {
  std::string caches;
  for (const auto& [owner, count] : places.caches)
    caches += fmt::format("{}{} of {}", caches.empty() ? "" : ", ", count, owner);
  return {
      {"store", fmt::format("{} models, {}, in {}; {} free", places.models.size(),
                            human_bytes(places.models_bytes), places.store, human_bytes(places.disk_free))},
      {"other models", caches.empty() ? "none found" : caches + ", used where they lie"},
      {"settings", places.settings_error.empty() ? places.settings : places.settings + ": wrong"},
      {"port", fmt::format("{} {}", places.port, places.port_free ? "is free" : "is taken")}};
}

nlohmann::ordered_json to_json(const Places& places) {
  nlohmann::ordered_json caches = nlohmann::ordered_json::object();
  for (const auto& [owner, count] : places.caches) caches[owner] = count;
  return {{"store",
           {{"folder", places.store},
            {"writable", places.writable},
            {"free", places.disk_free},
            {"models", places.models},
            {"bytes", places.models_bytes},
            {"damaged", places.damaged},
            {"unfinished", places.unfinished_bytes}}},
          {"caches", std::move(caches)},
          {"settings", {{"file", places.settings}, {"error", places.settings_error}}},
          {"port", {{"number", places.port}, {"free", places.port_free}}}};
}

}  // namespace hearth
