#include "cli/span_exporter.h"

#include <nlohmann/json.hpp>

#include "base/log.h"
#include "base/version.h"

namespace hearth {

namespace {

using SpanJson = nlohmann::ordered_json;

constexpr size_t kMostSpans = 4096, kMostInOne = 512;

// A row for what a route does to a model, in the words of the conventions.
struct Operation {
  std::string_view path, name;
};
constexpr Operation kOperations[] = {
    {"/v1/chat/completions", "chat"},
    {"/chat/completions", "chat"},
    {"/v1/messages", "chat"},
    {"/v1/responses", "chat"},
    {"/responses", "chat"},
    {"/api/chat", "chat"},
    {"/v1/completions", "text_completion"},
    {"/completion", "text_completion"},
    {"/completions", "text_completion"},
    {"/infill", "text_completion"},
    {"/api/generate", "text_completion"},
    {"/v1/embeddings", "embeddings"},
    {"/embedding", "embeddings"},
    {"/embeddings", "embeddings"},
    {"/api/embed", "embeddings"},
    {"/api/embeddings", "embeddings"},
};

std::string_view operation_of(std::string_view route) {
  for (const Operation& operation : kOperations) {
    if (operation.path == route) return operation.name;
  }
  return {};
}

class SpanAttributes {
 public:
  void add(const char* key, std::string_view value) { put(key, {{"stringValue", value}}); }
  void add(const char* key, int64_t value) { put(key, {{"intValue", std::to_string(value)}}); }
  void add(const char* key, double value) { put(key, {{"doubleValue", value}}); }
  void add(const char* key, const std::vector<std::string>& values) {
    SpanJson list = SpanJson::array();
    for (const std::string& value : values) list.push_back({{"stringValue", value}});
    put(key, {{"arrayValue", {{"values", std::move(list)}}}});
  }
  SpanJson take() { return std::move(all_); }

 private:
  void put(const char* key, SpanJson value) { all_.push_back({{"key", key}, {"value", std::move(value)}}); }
  SpanJson all_ = SpanJson::array();
};

std::string nanoseconds(std::chrono::system_clock::time_point when) {
  return std::to_string(
      std::chrono::duration_cast<std::chrono::nanoseconds>(when.time_since_epoch()).count());
}

void add_answer(const RequestRecord& record, std::string_view operation, SpanAttributes& attributes) {
  const RequestRecord::Answer& answer = *record.answer;
  attributes.add("gen_ai.operation.name", operation);
  attributes.add("gen_ai.provider.name", "hearth");
  attributes.add("gen_ai.request.model", answer.model);
  attributes.add("gen_ai.response.model", answer.model);
  attributes.add("gen_ai.request.id", record.id);
  if (operation != "embeddings") {
    const SamplingOptions& sampling = answer.sampling;
    attributes.add("gen_ai.request.temperature", static_cast<double>(sampling.temperature));
    attributes.add("gen_ai.request.top_p", static_cast<double>(sampling.top_p));
    attributes.add("gen_ai.request.top_k", static_cast<double>(sampling.top_k));
    attributes.add("gen_ai.request.frequency_penalty", static_cast<double>(sampling.frequency_penalty));
    attributes.add("gen_ai.request.presence_penalty", static_cast<double>(sampling.presence_penalty));
    attributes.add("gen_ai.request.seed", static_cast<int64_t>(sampling.seed));
    if (answer.most >= 0) attributes.add("gen_ai.request.max_tokens", answer.most);
    if (answer.choices > 1) attributes.add("gen_ai.request.choice.count", answer.choices);
    attributes.add("gen_ai.response.finish_reasons", answer.finishes);
    attributes.add("gen_ai.usage.output_tokens", answer.tokens);
    if (answer.reasoning_tokens > 0)
      attributes.add("gen_ai.usage.reasoning.output_tokens", answer.reasoning_tokens);
    attributes.add("gen_ai.latency.time_to_first_token", answer.queue_seconds + answer.prompt_seconds);
    attributes.add("gen_ai.latency.time_in_model_decode", answer.seconds);
  }
  attributes.add("gen_ai.usage.input_tokens", answer.prompt_tokens);
  attributes.add("gen_ai.usage.cache_read.input_tokens", answer.cached_tokens);
  attributes.add("gen_ai.latency.time_in_queue", answer.queue_seconds);
  attributes.add("gen_ai.latency.time_in_model_prefill", answer.prompt_seconds);
  attributes.add("gen_ai.latency.time_in_model_inference", answer.prompt_seconds + answer.seconds);
  if (answer.joules) attributes.add("hearth.energy.joules", *answer.joules);
  attributes.add("gen_ai.latency.e2e", record.seconds);
}

}  // namespace

std::string span_json(const RequestRecord& record) {
  constexpr int kServer = 2, kError = 2;
  SpanAttributes attributes;
  std::string_view operation = operation_of(record.route);
  std::string name = record.method + " " + record.route;
  if (record.answer && !operation.empty()) {
    name = std::string(operation) + " " + record.answer->model;
    add_answer(record, operation, attributes);
  }
  attributes.add("http.request.method", record.method);
  attributes.add("http.route", record.route);
  attributes.add("http.response.status_code", static_cast<int64_t>(record.status));
  attributes.add("hearth.request.id", record.id);
  if (record.status >= 400) attributes.add("error.type", std::to_string(record.status));
  SpanJson span = {{"traceId", record.trace.trace_id}, {"spanId", record.trace.span_id}};
  if (!record.trace.parent_id.empty()) span["parentSpanId"] = record.trace.parent_id;
  span["name"] = name;
  span["kind"] = kServer;
  span["startTimeUnixNano"] = nanoseconds(record.begun);
  span["endTimeUnixNano"] =
      nanoseconds(record.begun + std::chrono::duration_cast<std::chrono::system_clock::duration>(
                                     std::chrono::duration<double>(record.seconds)));
  span["attributes"] = attributes.take();
  if (record.status >= 500) span["status"] = {{"code", kError}};
  return span.dump(-1, ' ', false, SpanJson::error_handler_t::replace);
}

Result<std::unique_ptr<SpanExporter>> SpanExporter::start(const std::string& endpoint) {
  TRY(Url url, Url::parse(endpoint));
  if (url.target == "/") url.target = "/v1/traces";
  TRY(WebClient web, WebClient::create({.connect_seconds = 5, .silence_seconds = 5}));
  return std::unique_ptr<SpanExporter>(new SpanExporter(std::move(url), std::move(web)));
}

SpanExporter::SpanExporter(Url url, WebClient web)
    : url_(std::move(url)), web_(std::move(web)), thread_([this] { work(); }) {}

SpanExporter::~SpanExporter() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void SpanExporter::add(const RequestRecord& record) {
  if (!record.trace.sampled) return;
  std::string span = span_json(record);
  std::lock_guard lock(mutex_);
  if (spans_.size() >= kMostSpans) {
    spans_.pop_front();
    ++dropped_;
  }
  spans_.push_back(std::move(span));
  changed_.notify_all();
}

// While one lot is on its way the next one gathers.
void SpanExporter::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return stop_ || !spans_.empty(); });
    if (spans_.empty()) return;
    std::deque<std::string> lot;
    for (; !spans_.empty() && lot.size() < kMostInOne; spans_.pop_front())
      lot.push_back(std::move(spans_.front()));
    lock.unlock();
    bool sent = send(lot);
    lock.lock();
    if (!sent) dropped_ += lot.size();
    if (!sent && stop_) return;
  }
}

bool SpanExporter::send(const std::deque<std::string>& spans) {
  std::string list;
  for (const std::string& span : spans) list += (list.empty() ? "" : ",") + span;
  WebRequest request;
  request.url = url_;
  request.post = fmt::format(
      R"({{"resourceSpans":[{{"resource":{{"attributes":[{{"key":"service.name","value":{{"stringValue":"hearth"}}}},)"
      R"({{"key":"service.version","value":{{"stringValue":"{0}"}}}}]}},)"
      R"("scopeSpans":[{{"scope":{{"name":"hearth","version":"{0}"}},"spans":[{1}]}}]}}]}})",
      HEARTH_VERSION, list);
  auto answer = web_.fetch(request, {});
  bool sent = answer.ok() && answer->good();
  // Once until it works again: a collector that is away should not fill the log.
  if (!sent && !failing_)
    log_warning("traces are dropped: {}",
                answer.ok() ? answer_error(*answer).message : answer.error().message);
  failing_ = !sent;
  return sent;
}

}  // namespace hearth
