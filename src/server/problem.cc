#include "server/problem.h"

namespace hearth {

Problem too_busy() { return {429, "too many requests wait to be read", {}, "rate_limit_exceeded", 1}; }

Problem problem_of(const Refusal& refusal) {
  switch (refusal.kind) {
    case Refusal::invalid: return {400, refusal.error.message};
    case Refusal::too_long: return {400, refusal.error.message, {}, "context_length_exceeded"};
    case Refusal::busy:
      return {429, refusal.error.message, {}, "rate_limit_exceeded", std::max(1.0, refusal.retry_seconds)};
    case Refusal::stopped: return {503, refusal.error.message, {}, "shutting_down", 5};
  }
  return {500, refusal.error.message};
}

}  // namespace hearth
