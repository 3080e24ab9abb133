// hearth serve: models behind the dialects that existing software speaks.
#include <chrono>
#include <csignal>
#include <sstream>

#include "base/file.h"
#include "base/log.h"
#include "base/reach.h"
#include "base/system.h"
#include "cli/command.h"
#include "cli/served_options.h"
#include "cli/span_exporter.h"
#include "cli/stderr_writer.h"
#include "server/fields.h"
#include "server/server.h"

namespace hearth {

namespace {

constexpr uint64_t kFewFiles = 1024;

struct ServeOptions {
  ServedGiven served;
  std::string key_file;
  bool insecure = false;
  double grace = 30;
  std::string log_format = "text", otlp_endpoint;
  ServerOptions server;
};

// Signals wait for wait_for(), in whichever thread they come: threads begun after this inherit it.
class Signals {
 public:
  Signals() {
    ::sigemptyset(&set_);
    ::sigaddset(&set_, SIGINT);
    ::sigaddset(&set_, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &set_, &before_);
  }
  ~Signals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  void wait() {
    int signal = 0;
    ::sigwait(&set_, &signal);
  }
  // False: none came within that time.
  bool wait_for(std::chrono::nanoseconds time) {
    timespec limit{time.count() / 1'000'000'000, time.count() % 1'000'000'000};
    return ::sigtimedwait(&set_, nullptr, &limit) > 0;
  }

 private:
  sigset_t set_, before_;
};

// Nobody from outside this machine reaches it.
bool is_inside(const std::string& host) { return is_socket_path(host) || reach_of(host) == Reach::machine; }

Status read_keys(const ServeOptions& options, std::vector<std::string>& keys) {
  if (options.key_file.empty()) return {};
  TRY(std::string text, read_file(options.key_file));
  std::istringstream lines(text);
  size_t before = keys.size();
  for (std::string line; std::getline(lines, line);) {
    while (!line.empty() && std::isspace(static_cast<unsigned char>(line.back()))) line.pop_back();
    if (!line.empty() && line.front() != '#') keys.push_back(line);
  }
  if (keys.size() == before) return fail("{}: has no key, expected one on each line", options.key_file);
  return {};
}

std::string address(const ServeOptions& options, uint16_t port) {
  const ListenOptions& listen = options.server.listen;
  if (is_socket_path(listen.host)) return listen.host;
  bool bare = listen.host.find(':') == listen.host.npos;
  return fmt::format("{}://{}:{}", listen.certificate.empty() ? "http" : "https",
                     bare ? listen.host : "[" + listen.host + "]", port);
}

// Empty for details.
std::string json_line_of(LogLevel level, std::string_view line) {
  if (level == LogLevel::debug) return {};
  ChatJson body = {
      {"time", std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count()},
      {"level", level == LogLevel::warning ? "warning" : "info"},
      {"message", line}};
  return json_text(body);
}

// All that is said while requests are served.
class ServerLog {
 public:
  explicit ServerLog(bool json) : json_(json) {
    set_log_sink([this](LogLevel level, std::string_view line) {
      std::string text = json_ ? json_line_of(level, line) : log_text(level, line);
      if (!text.empty()) writer_.add(std::move(text));
    });
  }
  ~ServerLog() { set_log_sink({}); }  // nothing is served any more
  ServerLog(const ServerLog&) = delete;
  ServerLog& operator=(const ServerLog&) = delete;

  void add(const RequestRecord& record) { writer_.add(json_ ? json_line(record) : text_line(record)); }

 private:
  const bool json_;
  StderrWriter writer_;
};

// For a person: the first ones.
std::string names_of(const ServedModels& models) {
  constexpr size_t kMost = 8;
  std::string names;
  auto all = models.all();
  for (size_t i = 0; i < std::min(all.size(), kMost); ++i) names += (i > 0 ? ", " : "") + all[i].card.id();
  if (all.size() > kMost) names += fmt::format(" and {} more", all.size() - kMost);
  return names;
}

Status serve(ServeOptions options) {
  TRY_STATUS(read_keys(options, options.server.gate.keys));
  std::erase(options.server.gate.keys, "");
  const std::string& host = options.server.listen.host;
  if (!is_inside(host) && options.server.gate.keys.empty() && !options.insecure) {
    return fail(
        "--host {}: others could use the models without a key; give --api-key or --api-key-file, or "
        "--insecure "
        "if that is meant",
        host);
  }
  options.server.gate.hosts.push_back(host);

  Signals signals;
  ServerLog log(options.log_format == "json");  // ends after the server
  options.server.gate.watchers.push_back([&log](const RequestRecord& record) { log.add(record); });
  std::unique_ptr<SpanExporter> spans;  // ends after the server
  if (!options.otlp_endpoint.empty()) {
    auto started = SpanExporter::start(options.otlp_endpoint);
    if (!started.ok()) return within("--otlp-endpoint", std::move(started).error());
    spans = *std::move(started);
    options.server.gate.watchers.push_back([&spans](const RequestRecord& record) { spans->add(record); });
  }
  // Each connection is one; what is usual for a process is enough for a thousand.
  if (uint64_t files = raise_open_files_limit().now; files < kFewFiles)
    log_warning("{} files may be open at once, connections among them; `ulimit -Hn` allows more", files);
  TRY(auto models, open_served_models(options.served));
  std::string names = names_of(*models);
  TRY(auto server, Server::start(options.server, std::move(models)));
  log_info("hearth serves {} at {}", names, address(options, server->port()));

  signals.wait();
  log_info("ends when its answers are given, within {} seconds; a second signal ends it at once",
           options.grace);
  server->drain();
  auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(options.grace);
  while (!server->idle() && std::chrono::steady_clock::now() < end) {
    if (signals.wait_for(std::chrono::milliseconds(20))) break;
  }
  return {};
}

}  // namespace

void serve_command(CLI::App& app) {
  add_command(
      app, "serve", "Serve models over HTTP, in the dialects of OpenAI and others",
      "hearth serve model.gguf --port 8080", [](CLI::App& command) {
        auto options = std::make_shared<ServeOptions>();
        ListenOptions& listen = options->server.listen;
        GateOptions& gate = options->server.gate;
        add_served_options(command, options->served);
        command
            .add_option("--host", listen.host,
                        "the address to listen on, or the path of a Unix socket, ending in .sock")
            ->capture_default_str();
        command.add_option("--port", listen.port, "the port; 0 takes one that is free")
            ->check(CLI::Range(0, 65535))
            ->capture_default_str();
        command
            .add_option("--api-key", gate.keys, "a key that clients must have; may be given several times")
            ->envname("HEARTH_API_KEY");
        command.add_option("--api-key-file", options->key_file, "a file with a key on each line")
            ->type_name("FILE");
        command.add_flag("--insecure", options->insecure, "listen to others than this machine, without keys");
        command.add_option("--allow-host", gate.hosts, "a name that clients call the server by; * for any");
        command.add_option("--cors-origin", gate.origins,
                           "pages of this origin may use the server; * for all");
        command.add_option("--tls-cert", listen.certificate, "a chain of certificates, in PEM")
            ->type_name("FILE");
        command.add_option("--tls-key", listen.key, "its private key, in PEM")->type_name("FILE");
        command.add_option("--max-body", listen.body_bytes, "bytes that the body of a request may have")
            ->capture_default_str();
        command.add_option("--grace", options->grace, "seconds for answers to end after SIGTERM")
            ->check(not_negative)
            ->capture_default_str();
        command
            .add_option("--log-format", options->log_format, "what stderr gets: lines of text, or of json")
            ->check(CLI::IsMember({"text", "json"}))
            ->capture_default_str();
        command
            .add_option(
                "--otlp-endpoint", options->otlp_endpoint,
                "a collector of OpenTelemetry that is told of each request, like http://localhost:4318")
            ->type_name("URL")
            ->envname("OTEL_EXPORTER_OTLP_ENDPOINT");
        return [options] { return serve(*options); };
      });
}

}  // namespace hearth
