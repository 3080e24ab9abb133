// How a person wants a model to be used, kept under a name in hearth.toml:
//
//   [models.pirate]
//   model = "org/repo:Q4_K_M"     # anything that MODEL may be
//   system = "You are a pirate."
//   template = "chatml"           # or a file
//   context = 8192
//   tokens = 400                  # that an answer may have
//   stop = ["###"]
//   [models.pirate.sampling]      # as the options of run are called, with _ for -
//   temperature = 0.5
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/sampling.h"

namespace hearth {

struct ModelSettings {
  std::string model, system, chat_template;
  int64_t context = 0, tokens = -1;
  std::vector<std::string> stops;
  SamplingGiven sampling;

  // Takes from `other` what is not said here.
  void complete_with(const ModelSettings& other);
};

// Takes from `other` what is not given.
void complete_sampling(SamplingGiven& given, const SamplingGiven& other);
// An error says what there is.
Status set_sampling(SamplingGiven& given, std::string_view name, double value);

// All of the file, in its order; none without one.
Result<std::vector<std::pair<std::string, ModelSettings>>> read_all_settings();
// Those of this name; nothing if there are none, or no file.
Result<std::optional<ModelSettings>> read_model_settings(const std::string& name);
// Of the text of such a file; `source` begins every message.
Result<std::vector<std::pair<std::string, ModelSettings>>> parse_settings(std::string_view text,
                                                                          const std::string& source);
// The lines of a section.
std::string settings_text(const std::string& name, const ModelSettings& settings);
// Adds a section to a file, which must not have one of this name.
Status add_model_settings(const std::filesystem::path& file, const std::string& name,
                          const ModelSettings& settings);

// Ollama's parameters: JSON as a registry has them, and the file that `ollama create` reads.
Status read_ollama_parameters(std::string_view json, ModelSettings& settings);
Result<ModelSettings> parse_modelfile(std::string_view text, const std::string& source);

}  // namespace hearth
