// The options of every command that runs a model.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/engine.h"

namespace hearth {

// In place of what the file says of rotary positions.
struct RopeGiven {
  std::string scaling;
  std::optional<double> scale, frequency_scale, base, original, attention, beta_fast, beta_slow;
};

struct ModelOptionsGiven {
  std::string model;  // empty: the built-in one
  std::string arch_file;
  std::string type = "auto";  // of a checkpoint's tensors
  int32_t threads = 0;
  int64_t context = 0;             // 0: what the model was trained for, if it fits
  std::string cache_type = "f16";  // or KEYS,VALUES
  bool exact = false;              // see CpuOptions
  std::string speculate = "auto", draft_model;
  int64_t most_drafts = 8;
  uint64_t cache_disk = 0;  // bytes
  std::string cache_folder;
  RopeGiven rope;
  std::vector<std::string> adapters, control_vectors;  // FILE or FILE=SCALE
  std::vector<int32_t> control_layers;                 // the first and the last, or none
};

enum class ModelChoice { required, builtin_by_default };

// Adds MODEL, --arch and --threads; with `runs`, --ctx and --cache-type.
void add_model_options(CLI::App& app, ModelOptionsGiven& given, ModelChoice choice, bool runs);
// The same without MODEL, for commands that take several.
void add_computing_options(CLI::App& app, ModelOptionsGiven& given, bool runs = true);

void add_cache_type_option(CLI::App& app, ModelOptionsGiven& given);
struct CacheTypes {
  Type keys, values;
};
CacheTypes cache_types(const ModelOptionsGiven& given);

// Where guesses of what comes next are taken from.
void add_speculation_options(CLI::App& app, ModelOptionsGiven& given);

// Which way that is for a model, and whether what was given goes together.
Result<Speculation> speculation_kind(const ModelOptionsGiven& given, const Model& model);

// What is kept on disk of what was computed.
void add_cache_options(CLI::App& app, ModelOptionsGiven& given);

// `options` has what the command wants of the model besides.
Result<std::shared_ptr<const Model>> open_model(const ModelOptionsGiven& given, ModelOptions options = {});
Result<std::unique_ptr<Backend>> open_backend(const ModelOptionsGiven& given);
Result<std::unique_ptr<Engine>> open_engine(const ModelOptionsGiven& given,
                                            std::shared_ptr<const Model> model, Backend& backend,
                                            EngineOptions options = {});

}  // namespace hearth
