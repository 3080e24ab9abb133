// Why a request is not served. A dialect gives it its own shape.
#pragma once

#include <string>

#include "engine/request.h"

namespace hearth {

struct Problem {
  int status = 400;
  std::string message;
  std::string field{};       // of the request, where one is to blame: messages[0].content
  std::string code{};        // for programs: model_not_found
  double retry_seconds = 0;  // 429 and 503: after which it may be worth to ask again
};

// More waits than is worth to wait.
Problem too_busy();
// The engine's words for it.
Problem problem_of(const Refusal& refusal);

}  // namespace hearth
