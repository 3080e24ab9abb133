// What a request was and came to, for logs and traces.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/request.h"
#include "sample/sampling_options.h"

namespace hearth {

// Where a request belongs in a trace (W3C Trace Context): what its caller says, or a trace of its own.
struct TraceContext {
  std::string trace_id, parent_id, span_id;  // in hexadecimal; parent_id: empty without a caller
  bool sampled = true;
};
TraceContext trace_context(std::string_view traceparent);

struct RequestRecord {
  std::string id, method, path, route;
  TraceContext trace;
  std::chrono::system_clock::time_point begun;
  double seconds = 0;
  int status = 0;  // 499: the client left

  // What a model was asked for and gave, of all answers to all prompts.
  struct Answer {
    std::string model;
    SamplingOptions sampling;
    int64_t choices = 1, most = -1;
    int64_t prompt_tokens = 0, cached_tokens = 0, tokens = 0, reasoning_tokens = 0;
    double queue_seconds = 0, prompt_seconds = 0, seconds = 0;  // of the slowest
    std::optional<double> joules{};                             // where the machine counts them
    std::vector<std::string> finishes{};
  };
  std::optional<Answer> answer{};
};

inline constexpr int kStatusGone = 499;

// What is written down while a request is served. Any thread may write.
class RequestNotes {
 public:
  void asked(RequestRecord::Answer answer);
  void ended(Finish finish, const Usage& usage, int64_t reasoning_tokens);
  std::optional<RequestRecord::Answer> answer() const;

 private:
  mutable std::mutex mutex_;
  std::optional<RequestRecord::Answer> answer_;
};

// A line for people, and one of JSON.
std::string text_line(const RequestRecord& record);
std::string json_line(const RequestRecord& record);

}  // namespace hearth
