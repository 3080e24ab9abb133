// How the next token is chosen: a chain of samplers, each of which changes or narrows down what may come, and the
// numbers they go by. Both are tables, from which the fields, the checks, the command line and the documentation
// come.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "tokenizer/vocabulary.h"

namespace hearth {

// Name, letter, and what it does. In this order they are applied, if a request does not say otherwise; `adaptive_p`
// chooses, and so comes last wherever it is named.
#define HEARTH_SAMPLERS(X)                                                                 \
  X(penalties, 'e', "makes tokens that came lately less probable")                         \
  X(dry, 'd', "makes tokens that would go on repeating a sequence less probable")          \
  X(top_n_sigma, 's', "keeps tokens within so many standard deviations of the best logit") \
  X(top_k, 'k', "keeps so many of the most probable tokens")                               \
  X(typ_p, 'y', "keeps tokens about as surprising as is to be expected")                   \
  X(top_p, 'p', "keeps the most probable tokens that make up so much together")            \
  X(min_p, 'm', "keeps tokens with so much of the best one's probability")                 \
  X(xtc, 'x', "leaves out all but the least of the probable tokens, now and then")         \
  X(temperature, 't', "makes improbable tokens more or less probable")                     \
  X(adaptive_p, 'a', "prefers tokens of about a given probability")

enum class SamplerKind : uint8_t {
#define X(name, letter, what) name,
  HEARTH_SAMPLERS(X)
#undef X
};

// Sampler, type, name, default, least and most, the key under general.sampling in a model's file, and what it is.
#define HEARTH_SAMPLING_PARAMETERS(X)                                                                     \
  X(penalties, int32_t, repeat_last_n, 64, -1, 1 << 30, "penalty_last_n",                                 \
    "how many tokens back count; -1: all")                                                                \
  X(penalties, double, repeat_penalty, 1, 0.01, 100, "penalty_repeat",                                    \
    "by how much a token that came is divided; 1: off")                                                   \
  X(penalties, double, frequency_penalty, 0, -100, 100, "",                                               \
    "taken off for each time that a token came; 0: off")                                                  \
  X(penalties, double, presence_penalty, 0, -100, 100, "", "taken off if a token came at all; 0: off")    \
  X(dry, double, dry_multiplier, 0, 0, 100, "", "how much a repetition is held against a token; 0: off")  \
  X(dry, double, dry_base, 1.75, 1, 100, "", "by how much more with each token that it is longer")        \
  X(dry, int32_t, dry_allowed_length, 2, 1, 1 << 20, "", "shorter repetitions are free")                  \
  X(dry, int32_t, dry_penalty_last_n, 64, -1, 1 << 30, "", "how many tokens back count; -1: all")         \
  X(top_n_sigma, double, top_n_sigma, -1, -1, 1000, "", "how many standard deviations; up to 0: off")     \
  X(top_k, uint32_t, top_k, 40, 0, 0xFFFFFFFFu, "top_k", "how many tokens; 0: all")                       \
  X(typ_p, double, typical_p, 1, 0, 1, "", "how much they make up together; 1: off")                      \
  X(top_p, double, top_p, 0.95, 0, 1, "top_p", "how much they make up together; 1: off")                  \
  X(min_p, double, min_p, 0.05, 0, 1, "min_p", "what share of the best one's probability; 0: off")        \
  X(xtc, double, xtc_probability, 0, 0, 1, "xtc_probability", "how often; 0: off")                        \
  X(xtc, double, xtc_threshold, 0.1, 0, 1, "xtc_threshold", "what counts as probable; above 0.5: off")    \
  X(temperature, double, temperature, 0.8, 0, 100, "temp",                                                \
    "0: always the most probable; 1: as the model has it")                                                \
  X(temperature, double, dynatemp_range, 0, 0, 100, "",                                                   \
    "how far it moves with the model's uncertainty; 0: not")                                              \
  X(temperature, double, dynatemp_exponent, 1, 0, 100, "", "how it follows the uncertainty")              \
  X(adaptive_p, double, adaptive_target, -1, -1, 1, "", "the probability that is aimed at; below 0: off") \
  X(adaptive_p, double, adaptive_decay, 0.9, 0, 0.99, "", "how slowly past choices are forgotten")        \
  X(all, uint32_t, mirostat, 0, 0, 2, "mirostat",                                                         \
    "hold the surprise steady: version 1 or 2; with temperature alone; 0: off")                           \
  X(all, double, mirostat_tau, 5, 0, 100, "mirostat_tau", "the surprise that is aimed at, in bits")       \
  X(all, double, mirostat_eta, 0.1, 0, 1, "mirostat_eta", "how fast it is corrected")                     \
  X(all, uint32_t, min_keep, 0, 0, 0xFFFFFFFFu, "",                                                       \
    "at least so many tokens are kept by typ_p, top_p, min_p, xtc")                                       \
  X(all, uint32_t, min_tokens, 0, 0, 0xFFFFFFFFu, "", "the answer does not end before so many tokens")

std::vector<SamplerKind> default_samplers();

struct SamplingOptions {
#define X(sampler, type, name, fallback, least, most, key, what) type name = fallback;
  HEARTH_SAMPLING_PARAMETERS(X)
#undef X
  uint64_t seed = 0;
  std::vector<SamplerKind> samplers = default_samplers();
  bool ignore_eos = false;                         // the answer does not end by itself
  std::vector<std::pair<TokenId, float>> biases;   // added to logits; minus infinity forbids
  std::vector<TokenId> ends;                       // what ends an answer: for min_tokens and ignore_eos
  std::vector<std::vector<TokenId>> dry_breakers;  // sequences over which dry does not look: see dry.h
};

// What is out of range, by its name.
Status check(const SamplingOptions& options);

std::string_view name_of(SamplerKind kind);
// "top_k;temperature", with ; or , between, or letters: "kt".
Result<std::vector<SamplerKind>> parse_samplers(std::string_view text);

}  // namespace hearth
