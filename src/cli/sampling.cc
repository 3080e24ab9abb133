#include "cli/sampling.h"

#include <algorithm>
#include <charconv>

#include "base/random.h"
#include "base/text.h"
#include "sample/dry.h"

namespace hearth {

namespace {

constexpr const char* kGroup =
    "How tokens are chosen (with * the model's own file may recommend another default)";

std::string option_name(std::string name) {
  std::replace(name.begin(), name.end(), '_', '-');
  return "--" + name;
}

// "TOKEN=BIAS", as in 15043=-1 or 2=-inf.
Result<std::pair<TokenId, float>> parse_bias(const std::string& text, const Tokenizer& tokenizer) {
  TokenId id = 0;
  float bias = 0;
  const char* end = text.data() + text.size();
  auto token = std::from_chars(text.data(), end, id);
  bool right = token.ec == std::errc() && token.ptr < end && *token.ptr == '=';
  if (right) {
    const char* begin = token.ptr + 1 + (token.ptr + 1 < end && token.ptr[1] == '+');
    auto value = std::from_chars(begin, end, bias);
    right = value.ec == std::errc() && value.ptr == end;
  }
  if (!right) return fail("--logit-bias {}: expected a token and what is added, as in 15043=-1", quote(text));
  if (!tokenizer.contains(id))
    return fail("--logit-bias {}: the model has no such token; its last one is {}", quote(text),
                tokenizer.size() - 1);
  return std::pair(id, bias);
}

}  // namespace

void add_sampling_options(CLI::App& app, SamplingGiven& given) {
  auto add = [&](const char* name, auto& value, const char* sampler, const char* key, const auto& fallback,
                 const char* what) {
    bool is_general = std::string_view(sampler) == "all";
    std::string help = is_general ? what : fmt::format("{}: {}", sampler, what);
    app.add_option(option_name(name), value, help)
        ->group(kGroup)
        ->default_str(fmt::format("{}{}", fallback, *key ? "*" : ""));
  };
#define X(sampler, type, name, fallback, least, most, key, what) \
  add(#name, given.name, #sampler, key, type{fallback}, what);
  HEARTH_SAMPLING_PARAMETERS(X)
#undef X
  app.add_option(
         "--samplers", given.samplers,
         "what is applied, in which order: names between ; or letters, as in \"top_k;temperature\" or kt")
      ->group(kGroup);
  app.add_option("--logit-bias", given.biases, "added to a token's logit: TOKEN=BIAS; -inf forbids it")
      ->group(kGroup);
  app.add_option("--dry-sequence-breaker", given.dry_breakers,
                 "dry: a text over which it does not look; newline : \" and * if none is given")
      ->group(kGroup);
  app.add_flag("--ignore-eos", given.ignore_eos, "the answer does not end by itself")->group(kGroup);
  app.add_option("--seed", given.seed, "the same seed chooses the same tokens; drawn if none is given")
      ->group(kGroup);
}

Result<SamplingOptions> sampling_options(const SamplingGiven& given, const GgufMetadata& metadata,
                                         const Tokenizer& tokenizer) {
  SamplingOptions options;
#define X(sampler, type, name, fallback, least, most, key, what)           \
  if (given.name) {                                                        \
    options.name = *given.name;                                            \
  } else if (*key) {                                                       \
    TRY(auto recommended, metadata.get_if<type>("general.sampling." key)); \
    if (recommended) options.name = *recommended;                          \
  }
  HEARTH_SAMPLING_PARAMETERS(X)
#undef X
  if (given.samplers) {
    auto samplers = parse_samplers(*given.samplers);
    if (!samplers.ok()) return within("--samplers", std::move(samplers).error());
    options.samplers = *std::move(samplers);
  }
  for (const std::string& text : given.biases) {
    TRY(auto bias, parse_bias(text, tokenizer));
    options.biases.push_back(bias);
  }
  options.ignore_eos = given.ignore_eos;
  options.ends.assign(tokenizer.ends().begin(), tokenizer.ends().end());
  options.seed = given.seed ? *given.seed : static_cast<uint32_t>(random_bits());
  TRY_STATUS(check(options));
  if (options.dry_multiplier > 0) {
    std::vector<std::string> breakers = given.dry_breakers;
    if (breakers.empty()) breakers.assign(std::begin(kDryBreakers), std::end(kDryBreakers));
    TRY(options.dry_breakers, find_dry_breakers(tokenizer, breakers));
  }
  return options;
}

}  // namespace hearth
