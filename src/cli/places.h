// Where models, settings and the server's port are on this machine, and what is wrong with them.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

namespace hearth {

struct Places {
  std::string store;  // a folder, which need not exist yet
  bool writable = true;
  uint64_t disk_free = 0, models_bytes = 0, unfinished_bytes = 0;
  std::vector<std::string> models, damaged;  // names; the latter are among the former
  std::string store_error, settings, settings_error;
  // Other programs that have models here, and how many.
  std::vector<std::pair<std::string, size_t>> caches;
  uint16_t port = 0;  // the server's own
  bool port_free = true;
};

Places examine_places();
// What to do about it, a line each.
std::vector<std::string> advise(const Places& places);
// "store", "2 models, ...": what was found.
std::vector<std::pair<std::string, std::string>> findings(const Places& places);
nlohmann::ordered_json to_json(const Places& places);

}  // namespace hearth
