// How well a model foretells a text: e to the mean of what each token's coming costs, in nats, given those before
// it in its chunk. The first half of a chunk is only read; each token of the second half but the first is scored.
#pragma once

#include <functional>

#include "base/threads.h"
#include "engine/chunks.h"
#include "engine/session.h"

namespace hearth {

struct Perplexity {
  double value = 0, error = 0;  // one standard error, as if tokens were independent
  int64_t tokens = 0;           // scored
  int64_t chunks = 0;
};

// The rows whose logits foretell the scored tokens: from the first to the last but one of a chunk.
struct ScoredRows {
  int64_t first, end;
  static ScoredRows of(int64_t chunk) { return {chunk / 2, chunk - 1}; }
  int64_t count() const { return end - first; }
};

// Calls `sink` after each chunk with what is known so far; if it returns false, that is the result.
using PerplexitySink = std::function<bool(const Perplexity& so_far)>;
Result<Perplexity> measure_perplexity(Session& session, const Chunks& chunks, ThreadPool& pool,
                                      const PerplexitySink& sink);

// Runs a chunk as a new sequence on several sessions side by side, the same rows at a time; calls `visit` with
// the index in the chunk of the first scored row of a batch, and each session's logits of that and the rows behind it.
using LogitsVisitor = std::function<Status(int64_t row, std::span<const OutputRows> logits)>;
Status run_scored(std::span<Session* const> sessions, std::span<const TokenId> chunk,
                  const LogitsVisitor& visit);

// A session for measuring: `context` tokens, in batches whose logits take no more memory than they must.
SessionOptions measuring_session(const Model& model, int64_t context);

}  // namespace hearth
