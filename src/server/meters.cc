#include "server/meters.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace hearth {

void Histogram::add(double value, uint64_t times) {
  size_t at = static_cast<size_t>(std::lower_bound(limits_.begin(), limits_.end(), value) - limits_.begin());
  counts_[at] += times;
  double sum = sum_;
  while (!sum_.compare_exchange_weak(sum, sum + value * static_cast<double>(times))) {}
}

void Histogram::write(std::string& out, std::string_view name, std::string_view labels) const {
  const std::string bucket = fmt::format("{}_bucket{{{}{}le=\"", name, labels, labels.empty() ? "" : ",");
  uint64_t count = 0;
  for (size_t i = 0; i <= limits_.size(); ++i) {
    count += counts_[i];
    out += bucket;
    if (i < limits_.size()) {
      fmt::format_to(std::back_inserter(out), "{}\"}} {}\n", limits_[i], count);
    } else {
      fmt::format_to(std::back_inserter(out), "+Inf\"}} {}\n", count);
    }
  }
  out += fmt::format("{0}_sum{{{1}}} {2}\n{0}_count{{{1}}} {3}\n", name, labels, sum_.load(), count);
}

void Meters::asked(int64_t choices_asked, int64_t most_asked) {
  choices.add(static_cast<double>(choices_asked));
  if (most_asked >= 0) most.add(static_cast<double>(most_asked));
}

void Meters::add(Finish finish, const Usage& usage, int64_t reasoning) {
  reasoning_tokens += static_cast<uint64_t>(reasoning);
  ++finished[static_cast<size_t>(finish)];
  queue.add(usage.queue_seconds);
  if (usage.joules) {
    counts_joules = true;
    joules.add(*usage.joules);
  }
  request.add(usage.queue_seconds + usage.prompt_seconds + usage.seconds);
  prompt_tokens.add(static_cast<double>(usage.prompt_tokens));
  if (usage.tokens == 0) return;
  reading.add(usage.prompt_seconds);
  writing.add(usage.seconds);
  inference.add(usage.prompt_seconds + usage.seconds);
  tokens.add(static_cast<double>(usage.tokens));
  first_token.add(usage.queue_seconds + usage.prompt_seconds);
  if (usage.tokens > 1) {
    auto gaps = static_cast<uint64_t>(usage.tokens - 1);
    token_of_request.add(usage.seconds / static_cast<double>(gaps));
    between_tokens.add(usage.seconds / static_cast<double>(gaps), gaps);
  }
}

}  // namespace hearth
