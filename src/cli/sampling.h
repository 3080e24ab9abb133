// How tokens are chosen: what the user says, else what the model's authors recommend, else our defaults.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>

#include "formats/gguf.h"
#include "sample/sampler.h"

namespace hearth {

struct SamplingGiven {
  std::optional<uint32_t> top_k;
  std::optional<double> top_p, min_p, temperature;
  std::optional<uint64_t> seed;
};

void add_sampling_options(CLI::App& app, SamplingGiven& given);

// `metadata` may recommend (general.sampling.*). Without a seed, one is drawn.
Result<SamplingOptions> sampling_options(const SamplingGiven& given, const GgufMetadata& metadata);

}  // namespace hearth
