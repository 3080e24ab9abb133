// Ollama: what models there are and what they are: /api/tags, /api/show, /api/ps, /api/version; and how
// long they stay.
#include "server/ollama.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <ctime>
#include <map>

#include "base/duration.h"

namespace hearth {

namespace {

// Clients ask for it to know what they may send: that of the Ollama whose routes these are.
constexpr const char* kDialectVersion = "0.12.6";

int64_t now_in_microseconds() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

uint64_t bytes_of(const ServedModel& model) {
  uint64_t bytes = 0;
  for (const StoredTensor& tensor : model.model().file().tensors()) bytes += tensor.data.size();
  return bytes;
}

uint64_t parameters_of(const ServedModel& model) {
  uint64_t parameters = 0;
  for (const StoredTensor& tensor : model.model().file().tensors()) parameters += tensor.elements;
  return parameters;
}

// 1.2B
std::string parameter_size(uint64_t parameters) {
  auto count = static_cast<double>(parameters);
  if (count >= 1e9) return fmt::format("{:.1f}B", count / 1e9);
  if (count >= 1e6) return fmt::format("{:.2f}M", count / 1e6);
  return fmt::format("{:.2f}K", count / 1e3);
}

// The type that most of the weights have.
std::string main_type(const ServedModel& model) {
  std::map<std::string_view, uint64_t> elements;
  for (const StoredTensor& tensor : model.model().file().tensors())
    elements[info(tensor.type).name] += tensor.elements;
  auto most = std::max_element(elements.begin(), elements.end(),
                               [](const auto& a, const auto& b) { return a.second < b.second; });
  std::string name(most == elements.end() ? "" : most->first);
  for (char& c : name) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

// What a file is called by is known of models that are in memory alone.
ChatJson details_of(const ServedModel* model) {
  std::string family;
  if (model) {
    auto named = model->model().file().metadata().get_if<std::string_view>("general.architecture");
    family = named.ok() ? named->value_or("") : "";
  }
  return {{"parent_model", ""},
          {"format", "gguf"},
          {"family", family},
          {"families", model ? ChatJson{family} : ChatJson(nullptr)},
          {"parameter_size", model ? parameter_size(parameters_of(*model)) : ""},
          {"quantization_level", model ? main_type(*model) : ""}};
}

ChatJson entry_of(const ServedModels::Entry& entry) {
  const ServedModel* model = entry.model.get();
  std::string name = ollama_name(entry.card.id());
  return {{"name", name},
          {"model", name},
          {"modified_at", ollama_time((model ? model->created : entry.card.modified) * 1'000'000)},
          {"size", model ? bytes_of(*model) : entry.card.bytes},
          {"digest", entry.card.sha256},
          {"details", details_of(model)}};
}

// Lists are vocabularies and the like: they are told only if asked for.
ChatJson json_of(const GgufValue& value, bool with_lists) {
  return std::visit(
      [&](const auto& held) -> ChatJson {
        using Held = std::decay_t<decltype(held)>;
        if constexpr (std::is_same_v<Held, GgufArray>) {
          if (!with_lists) return nullptr;
          ChatJson elements = ChatJson::array();
          for (uint64_t i = 0; i < held.size(); ++i) elements.push_back(json_of(held.at(i), true));
          return elements;
        } else if constexpr (std::is_floating_point_v<Held>) {
          return std::isfinite(held) ? ChatJson(held) : ChatJson(nullptr);
        } else {
          return held;
        }
      },
      value);
}

ChatJson capabilities_of(const ServedModel& model) {
  ChatJson all = ChatJson::array();
  all.push_back(model.generates ? "completion" : "embedding");
  if (model.chat && model.format.tools) all.push_back("tools");
  if (model.chat && !model.format.reasoning.end.empty()) all.push_back("thinking");
  if (model.generates && model.tokenizer && model.tokenizer->role(TokenRole::fim_middle))
    all.push_back("insert");
  return all;
}

const FieldTable& shown_fields() {
  static const FieldTable table("Show", {{"verbose", Kind::flag(), "With lists, such as the vocabulary"}},
                                {ollama_fields});
  return table;
}

std::optional<Problem> show(const ModelLease& model, const Fields& fields, const HttpRequest&,
                            const std::shared_ptr<Exchange>& exchange) {
  bool verbose = fields.flag("verbose", false);
  if (fields.failed()) return fields.problem();
  ChatJson information = ChatJson::object();
  information["general.parameter_count"] = parameters_of(*model);
  for (const auto& entry : model->model().file().metadata().entries())
    information[std::string(entry.key)] = json_of(entry.value, verbose);
  const SamplingOptions& sampling = model->sampling;
  exchange->respond(json_response(
      {{"modelfile", fmt::format("FROM {}\n", model->model().name())},
       {"parameters", fmt::format("temperature {}\ntop_k {}\ntop_p {}\nnum_ctx {}", sampling.temperature,
                                  sampling.top_k, sampling.top_p, model->engine->context())},
       {"template", model->chat ? model->chat->source : ""},
       {"details", details_of(model.get())},
       {"model_info", std::move(information)},
       {"capabilities", capabilities_of(*model)},
       {"modified_at", ollama_time(model->created * 1'000'000)}}));
  return std::nullopt;
}

}  // namespace

HttpResponse ollama_error(const Problem& problem) {
  HttpResponse response = openai_error(problem);
  response.body = json_text({{"error", problem.message}});
  return response;
}

std::string ollama_asked_name(const Fields& fields) {
  return fields.text(fields.has("model") ? "model" : "name").value_or("");
}

std::optional<double> ollama_keep_alive(const Fields& fields) {
  const ChatJson* given = fields.find("keep_alive");
  if (!given) return std::nullopt;
  std::optional<double> seconds;
  if (given->is_number()) seconds = given->get<double>();
  if (given->is_string()) seconds = parse_duration(given->get<std::string>());
  if (!seconds)
    fields.refuse("keep_alive", fmt::format("is {}, expected seconds, or 5m and the like", shown(*given)));
  return seconds && *seconds < 0 ? std::optional(kForever) : seconds;
}

const FieldTable& ollama_fields() {
  static const FieldTable table(
      "OllamaRequest",
      {{"model", Kind::text(), "The model; none: the server's first"},
       {"name", Kind::text(), "The same, by its older name"},
       {"keep_alive", Kind::json(R"({"type": ["number", "string"]})"),
        "How long the model stays in memory: seconds, or 5m and the like"},
       {"prompt", Kind::text(), "What is gone on from or answered"},
       {"suffix", Kind::text(), "What comes after: the middle is filled in"},
       {"messages", Kind::json(R"({"type": "array"})"), "What was said"},
       {"input", Kind::json(R"({"type": ["array", "string"]})"), "What is turned into vectors"}});
  return table;
}

void add_ollama_route(const Site& site, const char* path, const char* summary, const FieldTable& table,
                      ModelReader read) {
  auto kept = [read = std::move(read), &models = site.models](
                  const ModelLease& model, const Fields& fields, const HttpRequest& request,
                  const std::shared_ptr<Exchange>& exchange) -> std::optional<Problem> {
    auto seconds = ollama_keep_alive(fields);
    if (fields.failed()) return fields.problem();
    if (seconds) models.keep(*model, *seconds);
    return read(model, fields, request, exchange);
  };
  // Nothing but an end of its stay: it need not come for that.
  auto ended = [&models = site.models](const Fields& fields, const std::shared_ptr<Exchange>& exchange) {
    auto is_empty = [&](const char* name) { return !fields.has(name) || fields.find(name)->empty(); };
    bool asks = fields.has("input") || !is_empty("messages") || fields.text("prompt").value_or("") != "" ||
                fields.text("suffix").value_or("") != "";
    if (fields.failed() || asks || ollama_keep_alive(fields) != 0.0) return false;
    auto entry = models.find(ollama_asked_name(fields));
    if (!entry) return false;  // which is for the handler to say
    models.unload(entry->card.id());
    exchange->respond(json_response({{"model", ollama_name(entry->card.id())},
                                     {"created_at", ollama_now()},
                                     {"response", ""},
                                     {"message", {{"role", "assistant"}, {"content", ""}}},
                                     {"done", true},
                                     {"done_reason", "unload"}}));
    return true;
  };
  add_model_routes(site, {path}, summary, table, kept,
                   {.error = ollama_error, .name = ollama_asked_name, .instead = ended});
}

std::string ollama_name(const std::string& id) {
  return id.find(':') == std::string::npos ? id + ":latest" : id;
}
std::string ollama_name(const ServedModel& model) { return ollama_name(model.id()); }

std::string ollama_time(int64_t microseconds) {
  std::time_t seconds = microseconds / 1'000'000;
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, microseconds % 1'000'000);
}

std::string ollama_now() { return ollama_time(now_in_microseconds()); }

int64_t ollama_duration(double seconds) { return std::llround(seconds * 1e9); }

void add_ollama_models_routes(const Site& site) {
  auto get = [&](const char* path, const char* summary, auto body) {
    site.router.add(
        {"GET", path, summary,
         site.elsewhere([&models = site.models, body](HttpRequest, std::shared_ptr<Exchange> exchange) {
           exchange->respond(json_response(body(models)));
         })});
  };
  get("/api/tags", "Lists the models, in Ollama's words", [](ServedModels& models) {
    models.refresh();
    ChatJson list = ChatJson::array();
    for (const auto& entry : models.all()) list.push_back(entry_of(entry));
    return ChatJson{{"models", list}};
  });
  get("/api/ps", "Lists the models that are in memory, in Ollama's words", [](ServedModels& models) {
    ChatJson list = ChatJson::array();
    for (const auto& each : models.all()) {
      if (!each.model) continue;
      ChatJson entry = entry_of(each);
      entry["size"] = each.bytes;
      entry["expires_at"] = std::isfinite(each.seconds_left)
                                ? ollama_time(now_in_microseconds() + std::llround(each.seconds_left * 1e6))
                                : "9999-12-31T23:59:59Z";
      entry["size_vram"] = 0;
      entry["context_length"] = each.model->engine->context();
      list.push_back(std::move(entry));
    }
    return ChatJson{{"models", list}};
  });
  get("/api/version", "Says whose dialect this is", [](ServedModels&) {
    return ChatJson{{"version", kDialectVersion}};
  });
  add_ollama_route(site, "/api/show", "Describes a model, in Ollama's words", shown_fields(), show);
}

}  // namespace hearth
