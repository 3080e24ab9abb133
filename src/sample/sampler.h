// Chooses the next token.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "sample/candidates.h"
#include "sample/random.h"
#include "sample/sampling_options.h"

namespace hearth {

// One for each sequence; copies go their own ways. The same options, tokens and logits give the same tokens on every
// machine.
class Sampler {
 public:
  static Result<Sampler> make(const SamplingOptions& options);

  // A new answer begins, after these tokens; what was before them is forgotten, but for the random numbers' state.
  void begin_with(std::span<const TokenId> prompt);
  // `logits` are of all tokens by id, at least one; of those the mask allows at least one. Nothing in them makes the
  // result less than a valid, allowed id.
  TokenId sample(std::span<const float> logits, TokenMask mask = {});
  // The token that the sequence got, chosen by sample() or otherwise.
  void accept(TokenId token);

 private:
  explicit Sampler(const SamplingOptions& options);
  void remember(TokenId token);
  void forget_old();
  void apply_biases();
  TokenId choose_by_mirostat(size_t vocabulary);
  TokenId choose_adaptively();
#define X(name, letter, what) void apply_##name();
  HEARTH_SAMPLERS(X)
#undef X

  SamplingOptions options_;
  bool remembers_ = false;  // whether any sampler looks back
  bool is_greedy_ = false;  // the best token is chosen, whatever the others are
  bool adapts_ = false;
  Random random_;
  Candidates candidates_;

  std::vector<TokenId> past_;                     // as far back as anybody looks, and somewhat more
  std::unordered_map<TokenId, uint32_t> counts_;  // in the last `repeat_last_n`
  uint32_t accepted_ = 0;
  double surprise_bound_;                          // mirostat's mu, in bits
  double adaptive_sum_ = 0, adaptive_weight_ = 0;  // of the probabilities of past choices
  Candidates::Drawn pending_{-1, 0};               // chosen adaptively, not yet accepted
};

}  // namespace hearth
