#include "cli/sampling.h"

#include <random>

namespace hearth {

void add_sampling_options(CLI::App& app, SamplingGiven& given) {
  const char* otherwise = "; what the model's file recommends if it does, else {}";
  auto add = [&](const char* name, auto& value, const char* what, const char* fallback) {
    app.add_option(name, value, what + fmt::format(fmt::runtime(otherwise), fallback));
  };
  add("--temperature", given.temperature, "how freely tokens are chosen: 0 always takes the most probable",
      "0.8");
  add("--top-k", given.top_k, "choose among so many of the most probable tokens; 0: among all", "40");
  add("--top-p", given.top_p, "choose among the tokens that together make up so much of the probability",
      "0.95");
  add("--min-p", given.min_p, "choose among tokens with at least so much of the best one's probability",
      "0.05");
  app.add_option("--seed", given.seed, "the same seed chooses the same tokens; drawn if none is given");
}

Result<SamplingOptions> sampling_options(const SamplingGiven& given, const GgufMetadata& metadata) {
  SamplingOptions options;
  TRY(auto top_k, metadata.get_if<uint32_t>("general.sampling.top_k"));
  TRY(auto top_p, metadata.get_if<double>("general.sampling.top_p"));
  TRY(auto min_p, metadata.get_if<double>("general.sampling.min_p"));
  TRY(auto temperature, metadata.get_if<double>("general.sampling.temp"));
  options.top_k = given.top_k.value_or(top_k.value_or(options.top_k));
  options.top_p = given.top_p.value_or(top_p.value_or(options.top_p));
  options.min_p = given.min_p.value_or(min_p.value_or(options.min_p));
  options.temperature = given.temperature.value_or(temperature.value_or(options.temperature));
  options.seed = given.seed ? *given.seed : std::random_device{}();
  TRY_STATUS(check(options));
  return options;
}

}  // namespace hearth
