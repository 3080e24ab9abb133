// How tokens are chosen: what the user says, else what the model's authors recommend, else our defaults.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>

#include "formats/gguf.h"
#include "sample/sampler.h"
#include "tokenizer/tokenizer.h"

namespace hearth {

struct SamplingGiven {
#define X(sampler, type, name, fallback, least, most, key, what) std::optional<type> name;
  HEARTH_SAMPLING_PARAMETERS(X)
#undef X
  std::optional<uint64_t> seed;
  std::optional<std::string> samplers;
  std::vector<std::string> biases, dry_breakers;
  bool ignore_eos = false;
};

void add_sampling_options(CLI::App& app, SamplingGiven& given);

// `metadata` may recommend (general.sampling.*). Without a seed, one is drawn.
Result<SamplingOptions> sampling_options(const SamplingGiven& given, const GgufMetadata& metadata,
                                         const Tokenizer& tokenizer);

}  // namespace hearth
