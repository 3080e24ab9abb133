// The models that answer requests, and how they run: for hearth serve, and for programs that have Hearth inside.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "cli/model_options.h"
#include "cli/sampling.h"
#include "server/served_models.h"

namespace hearth {

struct ServedGiven {
  std::vector<std::string> models, aliases;
  ModelOptionsGiven computing;
  SamplingGiven sampling;
  int32_t parallel = 8;
  size_t most_waiting = 1024;
  std::string chat_template;
  std::string slot_folder;
  std::string keep_alive = "5m";
  uint64_t memory = 0;
};

// Adds MODEL... and all that is not about the network.
void add_served_options(CLI::App& app, ServedGiven& given);

// Ready to be asked.
Result<std::unique_ptr<ServedModels>> open_served_models(const ServedGiven& given);

}  // namespace hearth
