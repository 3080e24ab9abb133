#include "server/openai.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <exception>

#include "base/random.h"
#include "base/text.h"
#include "formats/json.h"

namespace hearth {

namespace {

std::string_view type_of(int status) {
  switch (status) {
    case 401: return "authentication_error";
    case 403: return "permission_error";
    case 404: return "not_found_error";
    case 429: return "rate_limit_error";
    case 500: return "server_error";
    case 503: return "unavailable_error";
    default: return "invalid_request_error";
  }
}

ChatJson or_null(const std::string& text) { return text.empty() ? ChatJson(nullptr) : ChatJson(text); }

}  // namespace

ChatJson openai_error_body(const Problem& problem) {
  return {{"error",
           {{"message", problem.message},
            {"type", type_of(problem.status)},
            {"param", or_null(problem.field)},
            {"code", or_null(problem.code)}}}};
}

HttpResponse json_response(const ChatJson& body) {
  HttpResponse response;
  response.body = json_text(body);
  return response;
}

HttpResponse openai_error(const Problem& problem) {
  HttpResponse response = json_response(openai_error_body(problem));
  response.status = problem.status;
  if (problem.retry_seconds > 0)
    response.headers.emplace_back("Retry-After", fmt::format("{:.0f}", std::ceil(problem.retry_seconds)));
  return response;
}

std::string event_of(const ChatJson& data, std::string_view name) {
  std::string event = name.empty() ? std::string() : fmt::format("event: {}\n", name);
  return event + "data: " + json_text(data) + "\n\n";
}

void EventStream::send(std::string events) {
  if (begun_) return exchange_->write(std::move(events));
  begun_ = true;
  HttpResponse head;
  head.content_type = "text/event-stream";
  head.headers = {{"Cache-Control", "no-cache"}, {"X-Accel-Buffering", "no"}};
  head.body = std::move(events);
  exchange_->begin(std::move(head));
}

void EventStream::end(std::string last) {
  send(std::move(last));
  exchange_->end();
}

void EventStream::end_with_problem(HttpResponse whole, std::string last) {
  if (!begun_) return exchange_->respond(std::move(whole));
  end(std::move(last));
}

std::string new_id(std::string_view prefix) {
  constexpr std::string_view kLetters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  std::string id(prefix);
  for (int i = 0; i < 24; ++i) id += kLetters[((random_bits() >> 32) * kLetters.size()) >> 32];
  return id;
}

namespace {

template <class T>
Kind kind_of_parameter(double least, double most) {
  if constexpr (!std::is_integral_v<T>) return Kind::number(least, most);
  // -1 is how some clients say that there is no limit; where a number has no sign, 0 says that here.
  return Kind::integer(std::is_unsigned_v<T> ? -1 : static_cast<int64_t>(least), static_cast<int64_t>(most));
}

template <class T>
void read_parameter(const Fields& fields, const char* name, T& into) {
  if constexpr (std::is_integral_v<T>) {
    if (auto given = fields.integer(name))
      into = static_cast<T>(std::is_unsigned_v<T> ? std::max<int64_t>(*given, 0) : *given);
  } else {
    if (auto given = fields.number(name)) into = *given;
  }
}

// {"id of a token": what is added to its logit}
void read_biases(const Fields& fields, const ServedModel& model, SamplingOptions& sampling) {
  const ChatJson* biases = fields.object("logit_bias");
  if (!biases) return;
  for (const auto& [id, bias] : biases->items()) {
    int64_t token = -1;
    auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), token);
    if (error != std::errc() || end != id.data() + id.size() ||
        !model.tokenizer->contains(static_cast<TokenId>(token)))
      return fields.refuse("logit_bias", "names tokens by their ids");
    // -inf, where JSON is written by Python, is how some clients forbid a token.
    if (!bias.is_number() || std::isnan(bias.get<double>()))
      return fields.refuse("logit_bias", "gives each token a number");
    sampling.biases.emplace_back(static_cast<TokenId>(token), bias.get<float>());
  }
}

// In what order samplers work: names in an array, or letters or names in a string.
void read_samplers(const Fields& fields, SamplingOptions& sampling) {
  if (!fields.has("samplers")) return;
  std::string names;
  for (const std::string& name : fields.texts("samplers")) names += (names.empty() ? "" : ";") + name;
  auto samplers = parse_samplers(names);
  if (!samplers.ok()) return fields.refuse("samplers", samplers.error().message);
  sampling.samplers = *std::move(samplers);
}

// {"type": "content", "content": what the answer may well say, a string or parts with "text"}
std::vector<TokenId> prediction_of(const Fields& fields, const ServedModel& model) {
  const ChatJson* given = fields.object("prediction");
  if (!given) return {};
  Fields prediction = fields.inside("prediction", *given);
  prediction.only("type");
  std::string text;
  if (const ChatJson* content = prediction.find("content"); content && content->is_array()) {
    for (const ChatJson& part : *content) {
      auto at = part.is_object() ? part.find("text") : part.end();
      if (at == part.end() || !at->is_string()) {
        prediction.refuse("content", "has a part that is no text");
        return {};
      }
      text += at->get<std::string>();
    }
  } else {
    text = prediction.required_text("content");
  }
  if (fields.failed() || !model.tokenizer) return {};
  auto ids = model.tokenizer->encode(text, {.add_special = false, .parse_special = false});
  return ids.ok() ? *std::move(ids) : std::vector<TokenId>();
}

const FieldTable& prediction_fields() {
  static const FieldTable table(
      "Prediction",
      {{"type", Kind::only("content"), "What kind of prediction it is"},
       {"content", Kind::list(text_part_fields).or_text(), "What the answer may well say", true}});
  return table;
}

}  // namespace

const FieldTable& adapter_fields() {
  static const FieldTable table("Adapter",
                                {{"id", Kind::integer(0), "As /lora-adapters counts them", true},
                                 {"scale", Kind::number(-1e6, 1e6), "How strongly it works; 1: fully"}});
  return table;
}

const FieldTable& generation_fields() {
  static const FieldTable table(
      "Generation",
      {
#define X(sampler, type, name, fallback, least, most, key, what) \
  {#name, kind_of_parameter<type>(least, most), what},
          HEARTH_SAMPLING_PARAMETERS(X)
#undef X
              {"repetition_penalty", Kind::number(0.01, 100), "repeat_penalty, by its other name"},
          {"logit_bias", Kind::json(R"({"type": "object", "additionalProperties": {"type": "number"}})"),
           "Ids of tokens, and what is added to their logits"},
          {"samplers", Kind::texts(32), "In what order samplers work: names, or letters in a string"},
          {"seed", Kind::integer(INT64_MIN), "The same seed, the same answer; -1: any"},
          {"stop", Kind::texts(16), "Texts that end the answer and are not part of it"},
          {"n", Kind::integer(1, 128), "So many answers"},
          {"ignore_eos", Kind::flag(), "Goes on when the model would end"},
          {"speculative.n_max", Kind::integer(0, 1024), "So many guesses at once, at most"},
          {"id_slot", Kind::integer(-1, 1 << 20), "By what the conversation is called; -1: any"},
          {"prediction", Kind::object(prediction_fields), "What the answer may well say"},
          {"lora", Kind::list(adapter_fields), "The model's adapters; those that are not named have no part"},
          {"grammar_lazy", Kind::only(false), "A grammar that waits for a trigger"},
          {"grammar_triggers", Kind::only(ChatJson::array()), "What it would wait for"},
      });
  return table;
}

std::vector<float> adapter_scales(const ChatJson& list, std::string_view name, const Fields& fields,
                                  const ServedModel& model) {
  std::vector<float> scales(model.model().adapters().size());
  if (!list.is_array()) {
    fields.refuse(name, R"(is a list of adapters: [{"id": 0, "scale": 0.5}])");
    return scales;
  }
  for (size_t i = 0; i < list.size() && !fields.failed(); ++i) {
    if (!list[i].is_object()) {
      fields.refuse(fmt::format("{}[{}]", name, i), R"(is an adapter: {"id": 0, "scale": 0.5})");
      break;
    }
    Fields adapter = fields.inside(fmt::format("{}[{}]", name, i), list[i]);
    if (scales.empty()) {
      adapter.refuse("id", "there are no adapters: the model was served without --lora");
      break;
    }
    auto id = adapter.integer("id");
    auto scale = adapter.number("scale");
    if (id && *id >= static_cast<int64_t>(scales.size())) {
      adapter.refuse("id", fmt::format("is {}, expected an integer from 0 to {}", *id, scales.size() - 1));
      break;
    }
    if (id) scales[static_cast<size_t>(*id)] = static_cast<float>(scale.value_or(1));
  }
  return scales;
}

GenerationOptions generation_options(const Fields& fields, const ServedModel& model,
                                     const HttpRequest& request) {
  GenerationOptions options;
  SamplingOptions& sampling = options.sampling = model.sampling;
#define X(sampler, type, name, fallback, least, most, key, what) read_parameter(fields, #name, sampling.name);
  HEARTH_SAMPLING_PARAMETERS(X)
#undef X
  read_parameter(fields, "repetition_penalty", sampling.repeat_penalty);
  read_biases(fields, model, sampling);
  read_samplers(fields, sampling);
  auto seed = fields.integer("seed");
  // -1 is how some clients ask for any.
  sampling.seed = seed && *seed != -1 ? static_cast<uint64_t>(*seed) : random_bits() >> 32;
  options.stops = fields.texts("stop");
  options.choices = fields.integer("n").value_or(1);
  options.ignore_end = fields.flag("ignore_eos", false);
  options.client = request.client;
  options.most_drafts = fields.integer("speculative.n_max").value_or(-1);
  auto slots = static_cast<int64_t>(model.slots->size());
  if (auto slot = fields.integer("id_slot"); slot && *slot >= slots) {
    fields.refuse("id_slot", fmt::format("is {}, expected an integer from -1 to {}", *slot, slots - 1));
  } else if (slot && *slot >= 0) {
    options.slot = static_cast<size_t>(*slot);
  }
  options.prediction = prediction_of(fields, model);
  if (const ChatJson* adapters = fields.find("lora"))
    options.adapter_scales = adapter_scales(*adapters, "lora", fields, model);
  options.notes = request.notes;
  fields.only("grammar_lazy");
  fields.only("grammar_triggers");
  return options;
}

namespace {

const FieldTable& stream_options_fields() {
  static const FieldTable table("StreamOptions",
                                {{"include_usage", Kind::flag(), "A last event has the usage"}});
  return table;
}

}  // namespace

const FieldTable& stream_fields() {
  static const FieldTable table(
      "Stream", {{"stream", Kind::flag(), "The answer comes as events"},
                 {"stream_options", Kind::object(stream_options_fields), "For streams alone"}});
  return table;
}

StreamOptions stream_options(const Fields& fields) {
  StreamOptions options;
  options.stream = fields.flag("stream", false);
  if (const ChatJson* more = fields.object("stream_options")) {
    if (!options.stream)
      fields.refuse("stream_options", "is for streams alone: set stream to true, or leave it out");
    options.include_usage = fields.inside("stream_options", *more).flag("include_usage", false);
  }
  return options;
}

namespace {

ChatJson token_json(const ServedModel& model, TokenLogprob token) {
  std::string_view piece =
      model.tokenizer->contains(token.id) ? model.tokenizer->piece(token.id) : std::string_view();
  ChatJson bytes = ChatJson::array();
  for (char c : piece) bytes.push_back(static_cast<unsigned char>(c));
  return {{"token", repair_utf8(piece)}, {"logprob", finite_logprob(token.logprob)}, {"bytes", bytes}};
}

}  // namespace

void add_token_logprobs(const ServedModel& model, const std::vector<Logprobs>& logprobs, ChatJson& content) {
  for (const Logprobs& each : logprobs) {
    ChatJson entry = token_json(model, each.chosen);
    entry["top_logprobs"] = ChatJson::array();
    for (TokenLogprob best : each.best) entry["top_logprobs"].push_back(token_json(model, best));
    content.push_back(std::move(entry));
  }
}

ChatJson openai_usage(const std::vector<Usage>& of_answers, int64_t choices) {
  int64_t prompt = 0, cached = 0, tokens = 0, drafted = 0, accepted = 0;
  for (size_t i = 0; i < of_answers.size(); ++i) {
    tokens += of_answers[i].tokens;
    drafted += of_answers[i].drafted;
    accepted += of_answers[i].accepted;
    if (static_cast<int64_t>(i) % choices != 0) continue;
    prompt += of_answers[i].prompt_tokens;
    cached += of_answers[i].cached_tokens;
  }
  ChatJson usage = {{"prompt_tokens", prompt},
                    {"completion_tokens", tokens},
                    {"total_tokens", prompt + tokens},
                    {"prompt_tokens_details", {{"cached_tokens", cached}}}};
  if (drafted > 0) {
    usage["completion_tokens_details"] = {{"accepted_prediction_tokens", accepted},
                                          {"rejected_prediction_tokens", drafted - accepted}};
  }
  return usage;
}

ChatJson openai_timings(const Usage& usage) {
  auto computed = static_cast<double>(usage.prompt_tokens - usage.cached_tokens);
  auto rate = [](double count, double seconds) { return seconds > 0 ? count / seconds : 0.0; };
  ChatJson timings = {{"cache_n", usage.cached_tokens},
                      {"prompt_n", usage.prompt_tokens - usage.cached_tokens},
                      {"prompt_ms", 1000 * usage.prompt_seconds},
                      {"prompt_per_second", rate(computed, usage.prompt_seconds)},
                      {"predicted_n", usage.tokens},
                      {"predicted_ms", 1000 * usage.seconds},
                      {"predicted_per_second", rate(static_cast<double>(usage.tokens), usage.seconds)}};
  if (usage.drafted > 0) {
    timings["draft_n"] = usage.drafted;
    timings["draft_n_accepted"] = usage.accepted;
  }
  return timings;
}

HttpResponse openai_answer(ChatJson body, const std::vector<Usage>& of_answers, int64_t choices) {
  body["usage"] = openai_usage(of_answers, choices);
  if (of_answers.size() == 1) body["timings"] = openai_timings(of_answers.front());
  return json_response(body);
}

std::string openai_last_events(ChatJson frame, bool with_usage, const std::vector<Usage>& of_answers,
                               int64_t choices) {
  constexpr const char* kDone = "data: [DONE]\n\n";
  if (!with_usage) return kDone;
  frame["choices"] = ChatJson::array();
  frame["usage"] = openai_usage(of_answers, choices);
  return event_of(frame) + kDone;
}

double finite_logprob(double logprob) {
  return std::isfinite(logprob) ? std::max(logprob, -9999.0) : -9999.0;
}

std::string_view finish_reason(const Ending& ending) {
  if (ending.finish == Finish::length || ending.finish == Finish::context ||
      ending.finish == Finish::deadline)
    return "length";
  return ending.called ? "tool_calls" : "stop";
}

}  // namespace hearth
