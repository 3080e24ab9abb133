#include "engine/perplexity.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/scores.h"

namespace hearth {

namespace {
constexpr int64_t kMostTokens = 512, kLeastTokens = 32;
constexpr int64_t kMostLogits = int64_t{1} << 26;  // of a batch, in floats
}  // namespace

SessionOptions measuring_session(const Model& model, int64_t context) {
  SessionOptions options;
  options.context = context;
  options.batch_rows =
      static_cast<int32_t>(std::clamp(kMostLogits / model.outputs_width(), kLeastTokens, kMostTokens));
  return options;
}

Status run_scored(std::span<Session* const> sessions, std::span<const TokenId> chunk,
                  const LogitsVisitor& visit) {
  auto size = static_cast<int64_t>(chunk.size());
  ScoredRows scored = ScoredRows::of(size);
  int64_t most = size;
  for (Session* session : sessions) {
    TRY_STATUS(session->truncate(0));
    most = std::min<int64_t>(most, session->batch_rows());
  }
  std::vector<int32_t> wanted;
  std::vector<OutputRows> logits(sessions.size());
  // The last token's logits foretell nothing that is known.
  for (int64_t begin = 0; begin < scored.end; begin += most) {
    int64_t end = std::min(begin + most, scored.end);
    int64_t first = std::clamp(scored.first, begin, end);
    wanted.resize(static_cast<size_t>(end - first));
    std::iota(wanted.begin(), wanted.end(), static_cast<int32_t>(first - begin));
    auto tokens = chunk.subspan(static_cast<size_t>(begin), static_cast<size_t>(end - begin));
    for (size_t i = 0; i < sessions.size(); ++i) {
      auto outputs = sessions[i]->step(tokens, wanted);
      if (!outputs.ok()) return within(sessions[i]->model().name(), std::move(outputs).error());
      logits[i] = outputs->front();
    }
    if (!wanted.empty()) TRY_STATUS(visit(first, logits));
  }
  return {};
}

Result<Perplexity> measure_perplexity(Session& session, const Chunks& chunks, ThreadPool& pool,
                                      const PerplexitySink& sink) {
  Mean cost;
  Perplexity result;
  std::vector<double> costs;
  Session* sessions[] = {&session};
  for (int64_t i = 0; i < chunks.count(); ++i) {
    std::span<const TokenId> chunk = chunks[i];
    auto visit = [&](int64_t row, std::span<const OutputRows> all) -> Status {
      const OutputRows& logits = all.front();
      costs.resize(static_cast<size_t>(logits.rows));
      pool.run([&](Worker worker) {
        auto [begin, end] = worker.part(logits.rows);
        for (int64_t r = begin; r < end; ++r) {
          auto token = static_cast<size_t>(chunk[static_cast<size_t>(row + r + 1)]);
          costs[static_cast<size_t>(r)] = log_sum_exp(logits.row(r)) - logits.row(r)[token];
        }
      });
      for (double each : costs) {
        if (!std::isfinite(each)) {
          return fail(
              "{}: chunk {}: the logits are no numbers; the model is broken, or too large for its type",
              session.model().name(), i + 1);
        }
        cost.add(each);
      }
      return {};
    };
    TRY_STATUS(run_scored(sessions, chunk, visit));
    result.value = std::exp(cost.value());
    result.error = result.value * cost.error();
    result.tokens = cost.count();
    result.chunks = i + 1;
    if (sink && !sink(result)) break;
  }
  return result;
}

}  // namespace hearth
