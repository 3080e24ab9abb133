#include "engine/verification.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/scores.h"
#include "graph/layer_results.h"
#include "graph/plan.h"
#include "graph/wanted.h"

namespace hearth {

namespace {

constexpr int32_t kRowsAtOnce = 64;  // each brings what every layer leaves

Result<std::unique_ptr<Session>> open(const Verified& side, size_t tokens, Type cache) {
  if (side.model->encoder())
    return fail("{}: is an encoder-decoder model; only models that go on from a text are compared",
                side.model->name());
  Graph graph = side.model->graph();
  drop_unused(graph);
  show_layers(graph);
  compute_wanted_rows(graph);
  TRY(Plan plan, make_plan(graph));
  SessionOptions options;
  options.context = static_cast<int64_t>(tokens);
  options.batch_rows = kRowsAtOnce;
  options.key_type = options.value_type = cache;
  auto session = Session::create(side.model, std::move(plan), side.backend, options);
  if (!session.ok()) return within(side.model->name(), std::move(session).error());
  return session;
}

// Squares of a difference and of what it is a difference from.
struct Deviation {
  double difference = 0, reference = 0;
  void add(std::span<const float> found, std::span<const float> expected) {
    for (size_t i = 0; i < found.size(); ++i) {
      double d = static_cast<double>(found[i]) - expected[i];
      difference += d * d;
      reference += static_cast<double>(expected[i]) * expected[i];
    }
  }
  double relative() const {
    return reference > 0 ? std::sqrt(difference / reference) : std::sqrt(difference);
  }
};

int32_t likeliest(std::span<const float> logits) {
  return static_cast<int32_t>(std::max_element(logits.begin(), logits.end()) - logits.begin());
}

}  // namespace

Result<Verification> verify(const Verified& model, const Verified& reference, std::span<const int32_t> tokens,
                            Type cache) {
  if (tokens.empty()) return fail("there are no tokens to compare on");
  TRY(auto session, open(model, tokens.size(), cache));
  TRY(auto expected_session, open(reference, tokens.size(), cache));
  Verification result;
  std::vector<Deviation> deviations;
  double kl_sum = 0;
  int64_t same = 0;
  std::vector<int32_t> all(kRowsAtOnce);
  std::iota(all.begin(), all.end(), 0);
  while (!tokens.empty()) {
    size_t count = std::min({tokens.size(), all.size(), static_cast<size_t>(session->batch_rows())});
    auto wanted = std::span<const int32_t>(all).first(count);
    TRY(auto found, session->step(tokens.first(count), wanted));
    TRY(auto expected, expected_session->step(tokens.first(count), wanted));
    auto differs = [](const OutputRows& a, const OutputRows& b) { return a.width != b.width; };
    if (!std::equal(found.begin(), found.end(), expected.begin(), expected.end(), std::not_fn(differs)))
      return fail("{} and {} are no two forms of one model: their layers differ in number or width",
                  model.model->name(), reference.model->name());
    deviations.resize(found.size());
    for (size_t i = 0; i < found.size(); ++i) deviations[i].add(found[i].numbers, expected[i].numbers);
    for (int64_t row = 0; row < found[0].rows; ++row) {
      double kl = kl_divergence(found[0].row(row), expected[0].row(row));
      if (!std::isfinite(kl))
        return fail("{}: the logits after token {} are no numbers", model.model->name(), result.tokens + row);
      kl_sum += kl;
      result.kl_max = std::max(result.kl_max, kl);
      int32_t mine = likeliest(found[0].row(row)), its = likeliest(expected[0].row(row));
      same += mine == its;
      if (mine != its && !result.first) result.first = {result.tokens + row, its, mine};
    }
    result.tokens += static_cast<int64_t>(count);
    tokens = tokens.subspan(count);
  }
  result.logits_error = deviations[0].relative();
  std::vector<LayerResult> layers = layer_results(model.model->graph());
  for (size_t i = 1; i < deviations.size(); ++i) {
    result.layers.push_back({layers[i - 1].layer, deviations[i].relative()});
  }
  result.kl_mean = kl_sum / static_cast<double>(result.tokens);
  result.same_top = static_cast<double>(same) / static_cast<double>(result.tokens);
  return result;
}

}  // namespace hearth
