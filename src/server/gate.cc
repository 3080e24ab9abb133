#include "server/gate.h"

#include <algorithm>
#include <chrono>

#include "base/hash.h"
#include "base/reach.h"
#include "base/text.h"
#include "server/dialects.h"
#include "server/openai.h"

namespace hearth {

namespace {

using Time = std::chrono::steady_clock;

// In a time that tells nothing of where they differ.
bool same(std::string_view given, std::string_view key) {
  if (given.empty()) return false;
  size_t different = given.size() ^ key.size();
  for (size_t i = 0; i < key.size(); ++i)
    different |= static_cast<unsigned char>(given[i % given.size()] ^ key[i]);
  return different == 0;
}

// For those who watch the server, who have no keys.
bool is_open(std::string_view path) {
  return path == "/health" || path == "/v1/health" || path == "/livez" || path == "/readyz" ||
         path == "/metrics";
}

// "name:80" and "[::1]:80" without the port and the brackets.
std::string_view host_name(std::string_view host) {
  if (host.starts_with('[')) return host.substr(1, host.find(']') - 1);
  return host.substr(0, host.find(':'));
}

bool is_plain(std::string_view id) {
  return !id.empty() && id.size() <= 128 &&
         std::all_of(id.begin(), id.end(), [](char c) { return c > 32 && c < 127 && c != '"'; });
}

}  // namespace

// An answer that is counted and logged when it is over, with the headers that all answers have.
class Gate::Watched final : public Exchange, public std::enable_shared_from_this<Watched> {
 public:
  Watched(Gate& gate, std::shared_ptr<Exchange> inner, RequestRecord record,
          std::shared_ptr<RequestNotes> notes, HttpHeaders headers)
      : gate_(gate),
        inner_(std::move(inner)),
        record_(std::move(record)),
        notes_(std::move(notes)),
        headers_(std::move(headers)) {
    ++gate_.active_;
  }

  // Nobody is left who could answer.
  ~Watched() override {
    if (!begun_)
      respond(dialect_error(record_.path, {503, "the server is being stopped", {}, "shutting_down", 5}));
    over(status_);
  }

  void watch() {
    inner_->on_gone([weak = weak_from_this()] {
      if (auto self = weak.lock()) self->gone();
    });
  }

  void respond(HttpResponse response) override {
    if (begun_.exchange(true)) return;
    int status = response.status;
    inner_->respond(with_headers(std::move(response)));
    over(status);
  }
  void begin(HttpResponse head) override {
    if (begun_.exchange(true)) return;
    status_ = head.status;
    inner_->begin(with_headers(std::move(head)));
  }
  void write(std::string piece) override { inner_->write(std::move(piece)); }
  void end() override {
    inner_->end();
    over(status_);
  }
  void on_gone(std::function<void()> act) override {
    {
      std::lock_guard lock(mutex_);
      if (!gone_) {
        act_ = std::move(act);
        return;
      }
    }
    act();
  }

 private:
  HttpResponse with_headers(HttpResponse response) const {
    response.headers.insert(response.headers.end(), headers_.begin(), headers_.end());
    return response;
  }

  void gone() {
    std::function<void()> act;
    {
      std::lock_guard lock(mutex_);
      gone_ = true;
      act = std::exchange(act_, nullptr);
    }
    if (act) act();
    begun_ = true;
    over(kStatusGone);
  }

  void over(int status) {
    if (over_.exchange(true)) return;
    RequestRecord record = record_;
    record.status = status;
    record.seconds = std::chrono::duration<double>(Time::now() - begun_at_).count();
    record.answer = notes_->answer();
    gate_.over(std::move(record));
    --gate_.active_;
  }

  Gate& gate_;
  std::shared_ptr<Exchange> inner_;
  const RequestRecord record_;
  const std::shared_ptr<RequestNotes> notes_;
  const HttpHeaders headers_;
  const Time::time_point begun_at_ = Time::now();
  std::atomic<bool> begun_{false}, over_{false};
  std::atomic<int> status_{0};
  std::mutex mutex_;  // of what follows
  bool gone_ = false;
  std::function<void()> act_;
};

void Gate::over(RequestRecord record) {
  const std::string& method = record.method;
  bool known =
      method == "GET" || method == "POST" || method == "DELETE" || method == "HEAD" || method == "OPTIONS";
  std::string labels = fmt::format("handler=\"{}\",method=\"{}\",status=\"{}\"", record.route,
                                   known ? method : "other", record.status);
  {
    std::lock_guard lock(mutex_);
    ++counts_[std::move(labels)];
  }
  if (is_open(record.path)) return;
  for (const RecordSink& watcher : options_.watchers) watcher(record);
}

void Gate::write_metrics(std::string& out) const {
  std::map<std::string, uint64_t> counts;
  {
    std::lock_guard lock(mutex_);
    counts = counts_;
  }
  for (const char* name : {"hearth_http_requests_total", "http_requests_total"}) {
    out += fmt::format(
        "# HELP {0} Requests over HTTP, by route and status (499: the client left)\n# TYPE {0} counter\n",
        name);
    for (const auto& [labels, count] : counts) out += fmt::format("{}{{{}}} {}\n", name, labels, count);
  }
}

bool Gate::is_host(std::string_view host) const {
  std::string_view name = host_name(host);
  // With keys, a page that goes by a false name has none. And false is what others say of a name: an address is what
  // it says.
  if (!options_.keys.empty() || reach_of(name)) return true;
  return std::any_of(options_.hosts.begin(), options_.hosts.end(),
                     [&](const std::string& each) { return each == "*" || each == name; });
}

// No page of another site may so much as ask, unless it was allowed to.
bool Gate::is_origin(const HttpRequest& request) const {
  std::string_view origin = request.header("origin");
  if (origin.empty()) return true;
  size_t at = origin.find("://");
  if (at != origin.npos && origin.substr(at + 3) == request.header("host")) return true;
  return std::any_of(options_.origins.begin(), options_.origins.end(),
                     [&](const std::string& each) { return each == "*" || each == origin; });
}

size_t Gate::key_of(const HttpRequest& request) const {
  std::string_view given = request.header("authorization");
  if (given.size() > 7 && (given.starts_with("Bearer ") || given.starts_with("bearer "))) {
    given.remove_prefix(7);
  } else {
    given = request.header("x-api-key");
  }
  size_t found = 0;
  for (size_t i = 0; i < options_.keys.size(); ++i) {
    if (same(given, options_.keys[i])) found = i + 1;
  }
  return found;
}

void Gate::handle(HttpRequest request, std::shared_ptr<Exchange> inner) {
  std::string_view asked = request.header("x-request-id");
  request.id = is_plain(asked) ? std::string(asked) : new_id("req_");
  HttpHeaders headers = {{"X-Request-Id", request.id}};
  std::string_view origin = request.header("origin");
  bool allowed = is_origin(request);
  if (!origin.empty() && allowed) {
    headers.emplace_back("Access-Control-Allow-Origin", std::string(origin));
    headers.emplace_back("Vary", "Origin");
  }
  request.notes = std::make_shared<RequestNotes>();
  RequestRecord record{request.id,
                       request.method,
                       request.path,
                       std::string(router_.pattern_of(request.path)),
                       trace_context(request.header("traceparent")),
                       std::chrono::system_clock::now()};
  auto exchange = std::make_shared<Watched>(*this, std::move(inner), std::move(record), request.notes,
                                            std::move(headers));
  exchange->watch();

  auto refuse = [&](Problem problem) { exchange->respond(dialect_error(request.path, problem)); };
  // Only old clients leave it out, and no browser does.
  if (std::string_view host = request.header("host"); !host.empty() && !is_host(host)) {
    return refuse({403,
                   fmt::format("this server is not known as {}; --allow-host makes it so", quote(host, 100)),
                   {},
                   "host_not_allowed"});
  }
  if (!allowed) {
    return refuse(
        {403,
         fmt::format("pages of {} may not use this server; --cors-origin lets them", quote(origin, 100)),
         {},
         "origin_not_allowed"});
  }
  if (request.method == "OPTIONS" && !origin.empty()) {
    HttpResponse response;
    response.status = 204;
    response.content_type = "";
    response.headers = {
        {"Access-Control-Allow-Methods", "GET, POST, DELETE"},
        {"Access-Control-Allow-Headers", std::string(request.header("access-control-request-headers"))},
        {"Access-Control-Max-Age", "86400"}};
    return exchange->respond(std::move(response));
  }
  if (!options_.keys.empty() && !is_open(request.path)) {
    size_t key = key_of(request);
    if (key == 0) {
      return refuse({401,
                     "there is no valid API key in the header Authorization (Bearer KEY) or X-Api-Key",
                     {},
                     "invalid_api_key"});
    }
    // The same in each run of the server; the key itself stays here.
    request.client = fmt::format("key {:016x}", hash64(options_.keys[key - 1]));
  }
  if (draining_ && !is_open(request.path))
    return refuse({503, "the server is being stopped", {}, "shutting_down", 5});
  router_.handle(std::move(request), exchange);
}

}  // namespace hearth
