// hearth serve: models behind the dialects that existing software speaks.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <sstream>

#include "base/file.h"
#include "base/log.h"
#include "chat/named_templates.h"
#include "cli/command.h"
#include "cli/model_options.h"
#include "cli/named_model.h"
#include "cli/sampling.h"
#include "model/builtin.h"
#include "server/server.h"

namespace hearth {

namespace {

struct ServeOptions {
  std::vector<std::string> models, aliases;
  ModelOptionsGiven computing;
  SamplingGiven sampling;
  int32_t parallel = 8;
  size_t most_waiting = 1024;
  std::string key_file, chat_template;
  bool insecure = false;
  double grace = 30;
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

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.") || host.ends_with(".sock");
}

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

// NAME=MODEL, or NAME for the first model.
Status add_aliases(const std::vector<std::string>& given, std::vector<std::vector<std::string>>& names) {
  for (const std::string& alias : given) {
    size_t mark = alias.find('=');
    std::string name = alias.substr(0, mark),
                model = mark == alias.npos ? names.front().front() : alias.substr(mark + 1);
    auto of =
        std::find_if(names.begin(), names.end(), [&](const auto& each) { return each.front() == model; });
    if (of == names.end()) return fail("--alias {}: no model is called {}", alias, model);
    if (name.empty()) return fail("--alias {}: there is no name before the equals sign", alias);
    of->push_back(name);
  }
  std::vector<std::string> all;
  for (const auto& each : names) all.insert(all.end(), each.begin(), each.end());
  std::sort(all.begin(), all.end());
  if (auto twice = std::adjacent_find(all.begin(), all.end()); twice != all.end())
    return fail("two models are called {}; --alias gives other names, but files need names of their own",
                *twice);
  return {};
}

Result<std::unique_ptr<const ServedModel>> open_served(const ServeOptions& options, const std::string& file,
                                                       std::vector<std::string> names, Backend& backend) {
  ModelOptionsGiven given = options.computing;
  TRY(NamedModel named, find_model(file));
  given.model = named.path;
  if (given.context == 0) given.context = named.settings.context;
  SamplingGiven chosen = options.sampling;
  complete_sampling(chosen, named.settings.sampling);
  TRY(auto model, open_model(given));
  SamplingOptions sampling;
  TRY(auto tokenizer, model->tokenizer());
  if (tokenizer) { TRY(sampling, sampling_options(chosen, model->file().metadata(), *tokenizer)); }
  EngineOptions engine_options;
  engine_options.serving.parallel = options.parallel;
  engine_options.most_waiting = options.most_waiting;
  TRY(auto engine, open_engine(given, model, backend, engine_options));
  return ServedModel::make(
      std::move(names), std::move(engine), sampling,
      options.chat_template.empty() ? named.settings.chat_template : options.chat_template);
}

std::string address(const ServeOptions& options, uint16_t port) {
  const ListenOptions& listen = options.server.listen;
  if (listen.host.ends_with(".sock")) return listen.host;
  bool bare = listen.host.find(':') == listen.host.npos;
  return fmt::format("{}://{}:{}", listen.certificate.empty() ? "http" : "https",
                     bare ? listen.host : "[" + listen.host + "]", port);
}

// A file is called as its name goes, a model by name as it was asked for.
std::string served_name(const std::string& given) {
  if (given.empty()) return kBuiltinModelName;
  std::error_code failed;
  bool by_name = !std::filesystem::exists(given, failed) && is_model_name(given);
  return by_name ? given : std::filesystem::path(given).stem().string();
}

Status serve(ServeOptions options) {
  TRY_STATUS(read_keys(options, options.server.gate.keys));
  std::erase(options.server.gate.keys, "");
  const std::string& host = options.server.listen.host;
  if (!is_loopback(host) && options.server.gate.keys.empty() && !options.insecure) {
    return fail(
        "--host {}: others could use the models without a key; give --api-key or --api-key-file, or "
        "--insecure "
        "if that is meant",
        host);
  }
  options.server.gate.hosts.push_back(host);
  if (options.models.empty()) options.models.push_back("");
  std::vector<std::vector<std::string>> names;
  for (const std::string& file : options.models) names.push_back({served_name(file)});
  TRY_STATUS(add_aliases(options.aliases, names));

  Signals signals;
  TRY(auto backend, open_backend(options.computing));
  std::vector<std::unique_ptr<const ServedModel>> models;
  for (size_t i = 0; i < options.models.size(); ++i) {
    TRY(auto model, open_served(options, options.models[i], names[i], *backend));
    models.push_back(std::move(model));
  }
  TRY(auto server, Server::start(options.server, std::move(models)));
  std::string list;
  for (const auto& each : names) list += (list.empty() ? "" : ", ") + each.front();
  log_info("hearth serves {} at {}", list, address(options, server->port()));

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
        command.add_option("MODEL", options->models, "models, as of run; the built-in one if none is given");
        add_computing_options(command, options->computing);
        command
            .add_option("--host", listen.host,
                        "the address to listen on, or the path of a Unix socket, ending in .sock")
            ->capture_default_str();
        command.add_option("--port", listen.port, "the port; 0 takes one that is free")
            ->capture_default_str();
        command
            .add_option("--parallel", options->parallel, "requests that are computed at once, of each model")
            ->check(CLI::Range(1, 512))
            ->capture_default_str();
        command.add_option("--queue", options->most_waiting, "requests that may wait; more are refused")
            ->capture_default_str();
        command.add_option("--chat-template", options->chat_template,
                           "instead of the models' own: a file, or one of " + template_names());
        command.add_option("--alias", options->aliases,
                           "another name for a model: NAME=MODEL; NAME alone for the first");
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
            ->check(CLI::NonNegativeNumber)
            ->capture_default_str();
        add_sampling_options(command, options->sampling);
        return [options] { return serve(*options); };
      });
}

}  // namespace hearth
