// What models that write nothing make of texts: a vector of each, or a score.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "server/fields.h"
#include "server/generation.h"

namespace hearth {

struct Vectors {
  std::vector<std::vector<float>> of_prompts;  // in their order
  int64_t tokens = 0;                          // of all prompts
  double seconds = 0;                          // from the first to the last of them
};

// One of the two is called, once, from whichever thread.
struct VectorsSink {
  std::function<void(Vectors vectors)> done;
  std::function<void(const Problem& problem)> failed;
};

// When the client of `exchange` goes away, nobody is told.
void make_vectors(const ModelLease& model, std::vector<Prompt> prompts, const HttpRequest& request,
                  VectorsSink sink, const std::shared_ptr<Exchange>& exchange);

// To length 1, but for a vector of zeros.
void normalize(std::vector<float>& vector);

// Why a model makes no vectors of texts, if it does not.
std::optional<Problem> not_embedding(const ServedModel& model);
// Each text as a prompt of its own.
std::optional<Problem> prompts_of_texts(const ServedModel& model, const std::vector<std::string>& texts,
                                        std::vector<Prompt>& prompts);

}  // namespace hearth
