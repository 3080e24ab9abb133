// Tells a collector of OpenTelemetry of each request: spans in OTLP over HTTP, as JSON, with the conventions for
// generative AI. Whatever the collector does, no request waits for it: what it cannot take is dropped, and counted.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "hub/web_client.h"
#include "server/request_record.h"

namespace hearth {

// The span of a request, as OTLP has it.
std::string span_json(const RequestRecord& record);

class SpanExporter {
 public:
  // `endpoint`: an address; without a path, /v1/traces is meant.
  static Result<std::unique_ptr<SpanExporter>> start(const std::string& endpoint);
  // Sends what waits, if the collector takes it at once.
  ~SpanExporter();

  void add(const RequestRecord& record);

 private:
  SpanExporter(Url url, WebClient web);
  void work();
  bool send(const std::deque<std::string>& spans);

  const Url url_;
  const WebClient web_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> spans_;
  uint64_t dropped_ = 0;
  bool failing_ = false, stop_ = false;
  std::thread thread_;
};

}  // namespace hearth
