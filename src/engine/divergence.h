// How far a model's foretelling is from another's on a text: the Kullback-Leibler divergence of its probabilities
// from the reference's, for every token that measure_perplexity() scores. Both run side by side, so that memory
// does not grow with the text.
#pragma once

#include "engine/perplexity.h"

namespace hearth {

struct Divergence {
  int64_t tokens = 0, chunks = 0;
  // In nats: how much dearer the text becomes by foretelling it with the model where the reference is right.
  double kl_mean = 0, kl_error = 0;
  double kl_median = 0, kl_p90 = 0, kl_p95 = 0, kl_p99 = 0, kl_p99_9 = 0, kl_max = 0;
  // The share of tokens where both find the same one likeliest.
  double same_top = 0, same_top_error = 0;
  // Of the token that came: its probability less the reference's.
  double dp_mean = 0, dp_mean_error = 0, dp_rms = 0, dp_rms_error = 0;
  double perplexity = 0, perplexity_error = 0;
  double reference_perplexity = 0, reference_perplexity_error = 0;
  // The quotient of the two, whose error is less than theirs: they rise and fall together.
  double perplexity_ratio = 0, perplexity_ratio_error = 0;
};

// An error where two models do not mean the same tokens.
Status check_same_vocabulary(const Model& model, const Tokenizer& tokenizer, const Model& reference,
                             const Tokenizer& reference_tokenizer);

using DivergenceSink = std::function<bool(const Divergence& so_far)>;  // without the percentiles
Result<Divergence> measure_divergence(Session& session, Session& reference, const Chunks& chunks,
                                      ThreadPool& pool, const DivergenceSink& sink);

}  // namespace hearth
