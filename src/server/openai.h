// What the routes of OpenAI's dialect have in common.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "server/fields.h"
#include "server/generation.h"
#include "server/http.h"
#include "server/served_model.h"

namespace hearth {

HttpResponse openai_error(const Problem& problem);
ChatJson openai_error_body(const Problem& problem);

HttpResponse json_response(const ChatJson& body);
// One event of a stream; with a name where the dialect has names.
std::string event_of(const ChatJson& data, std::string_view name = {});

// An answer that is sent as events, as they come: it begins with the first.
class EventStream {
 public:
  explicit EventStream(std::shared_ptr<Exchange> exchange) : exchange_(std::move(exchange)) {}

  bool begun() const { return begun_; }
  void send(std::string events);
  void end(std::string last);
  // Where nothing was said yet `whole` is the answer, else `last` its end.
  void end_with_problem(HttpResponse whole, std::string last);

 private:
  std::shared_ptr<Exchange> exchange_;
  bool begun_ = false;
};

// "chatcmpl-" and 24 letters and digits that nobody guesses.
std::string new_id(std::string_view prefix);

// Temperature, seed, stop, n and their like.
const FieldTable& generation_fields();
GenerationOptions generation_options(const Fields& fields, const ServedModel& model,
                                     const HttpRequest& request);

// What a list [{"id": 0, "scale": 0.5}, ...] says of the model's adapters: those that it does not name have none. Refuses
// under `name` what is no such list.
std::vector<float> adapter_scales(const ChatJson& list, std::string_view name, const Fields& fields,
                                  const ServedModel& model);

const FieldTable& adapter_fields();  // {"id": 0, "scale": 0.5}

const FieldTable& stream_fields();
struct StreamOptions {
  bool stream = false, include_usage = false;
};
StreamOptions stream_options(const Fields& fields);

// JSON knows no infinity: what is impossible has a log probability of -9999.
double finite_logprob(double logprob);

// For each token what it is, its log probability, and those of others: {"token", "logprob", "bytes", "top_logprobs"}.
void add_token_logprobs(const ServedModel& model, const std::vector<Logprobs>& logprobs, ChatJson& content);

// Of all answers to one prompt: the prompt counts once.
ChatJson openai_usage(const std::vector<Usage>& of_answers, int64_t choices);
ChatJson openai_timings(const Usage& usage);

// What comes once all choices are known: in `body`, or in the events before. A stream tells usage by an event of its own,
// made of `frame`, where that is wanted.
HttpResponse openai_answer(ChatJson body, const std::vector<Usage>& of_answers, int64_t choices);
std::string openai_last_events(ChatJson frame, bool with_usage, const std::vector<Usage>& of_answers,
                               int64_t choices);

std::string_view finish_reason(const Ending& ending);

}  // namespace hearth
