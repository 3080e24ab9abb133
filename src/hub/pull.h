// Brings a model by its name into the store: asks what there is, chooses, uses what lies here already, fetches the
// rest, and installs what was checked.
#pragma once

#include "hub/download.h"
#include "hub/model_store.h"
#include "hub/offers.h"

namespace hearth {

// What of a remote model is wanted.
struct Wanted {
  std::string name;           // the whole one, with the quant that was chosen
  std::vector<size_t> files;  // of the remote model
  std::string model;          // as StoredModel has it
  std::string projector;
  std::string why;
  uint64_t bytes = 0;
};
Result<Wanted> choose_files(const ModelName& name, const RemoteModel& remote, std::optional<uint64_t> memory);
std::vector<OfferedFile> offered(const RemoteModel& remote);

struct PullOptions {
  HubOptions hub;
  DownloadOptions download;
  std::optional<uint64_t> memory = memory_for_weights();
};

struct Pulled {
  StoredModel model;
  uint64_t fetched = 0;  // bytes; the others were here
};

// What it does is told with log_info. `progress` is of all files together.
Result<Pulled> pull(const WebClient& web, const ModelStore& store, const ModelName& name,
                    const PullOptions& options, const Progress& progress = {});

}  // namespace hearth
