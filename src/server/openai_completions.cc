// OpenAI: /v1/completions.
#include <algorithm>
#include <ctime>

#include "base/text.h"
#include "base/version.h"
#include "server/answer_grammar.h"
#include "server/chat_prompt.h"
#include "server/infill.h"
#include "server/json_handler.h"
#include "server/openai.h"
#include "tokenizer/detokenizer.h"

namespace hearth {

namespace {

struct TextAnswer {
  const ServedModel& model;
  std::shared_ptr<Exchange> exchange;
  GenerationOptions options;
  std::vector<std::string> echoes{};                  // of each prompt; empty: none
  std::vector<std::vector<TokenId>> prompt_tokens{};  // of each, if their log probabilities are told
  size_t prompts = 1;
  bool include_usage = false;
  int64_t given = 1;  // of each prompt's choices, the best
  bool tells_logprobs = false;
  std::string id = new_id("cmpl-");
  int64_t created = std::time(nullptr);

  size_t answers() const { return prompts * static_cast<size_t>(options.choices); }
  std::string echo(size_t answer) const {
    return echoes.empty() ? std::string() : echoes[answer / static_cast<size_t>(options.choices)];
  }
  const std::vector<TokenId>& tokens_of_prompt(size_t answer) const {
    return prompt_tokens[answer / static_cast<size_t>(options.choices)];
  }
  ChatJson frame() const {
    return {{"id", id},
            {"object", "text_completion"},
            {"created", created},
            {"model", model.id()},
            {"system_fingerprint", "hearth-" HEARTH_VERSION}};
  }
  std::string_view reason(const Ending& ending) const {
    return options.most == 0 ? "length" : finish_reason(ending);
  }
};

// {"tokens", "token_logprobs", "top_logprobs", "text_offset"}, grown token by token.
class TokenLists {
 public:
  void add(const ServedModel& model, const std::vector<Logprobs>& logprobs) {
    for (const Logprobs& each : logprobs) {
      std::string text = text_of(model, each.chosen.id);
      add(model, each, offset_);
      offset_ += text.size();
    }
  }
  // Nothing foretold the first token.
  void add_prompt(const ServedModel& model, const std::vector<TokenId>& tokens,
                  const std::vector<Logprobs>& logprobs) {
    Detokenizer text(*model.tokenizer);
    for (size_t i = 0; i < tokens.size(); ++i) {
      if (i > 0 && i <= logprobs.size()) {
        add(model, logprobs[i - 1], offset_);
      } else {
        tokens_.push_back(text_of(model, tokens[i]));
        logprobs_.push_back(nullptr);
        best_.push_back(nullptr);
        offsets_.push_back(offset_);
      }
      offset_ += text.push(tokens[i]).size();
    }
  }
  // What was added since the last call.
  ChatJson take() {
    ChatJson out = {{"tokens", tokens_},
                    {"token_logprobs", logprobs_},
                    {"top_logprobs", best_},
                    {"text_offset", offsets_}};
    tokens_ = logprobs_ = best_ = offsets_ = ChatJson::array();
    return out;
  }
  void begin_at(size_t offset) { offset_ = offset; }

 private:
  void add(const ServedModel& model, const Logprobs& logprobs, size_t offset) {
    tokens_.push_back(text_of(model, logprobs.chosen.id));
    logprobs_.push_back(finite_logprob(logprobs.chosen.logprob));
    offsets_.push_back(offset);
    ChatJson best = ChatJson::object();
    for (auto [id, logprob] : logprobs.best) best[text_of(model, id)] = finite_logprob(logprob);
    best_.push_back(std::move(best));
  }
  static std::string text_of(const ServedModel& model, TokenId id) {
    return model.tokenizer->contains(id) ? repair_utf8(model.tokenizer->piece(id)) : std::string();
  }
  ChatJson tokens_ = ChatJson::array(), logprobs_ = ChatJson::array(), best_ = ChatJson::array(),
           offsets_ = ChatJson::array();
  size_t offset_ = 0;
};

std::string text_of(const std::vector<Delta>& deltas) {
  std::string text;
  for (const Delta& delta : deltas) text += delta.text;
  return text;
}

class WholeText final : public GenerationSink {
 public:
  explicit WholeText(TextAnswer answer)
      : answer_(std::move(answer)), choices_(answer_.answers()), usages_(choices_.size()) {
    for (size_t i = 0; i < choices_.size(); ++i) {
      choices_[i].text = answer_.echo(i);
      choices_[i].logprobs.begin_at(choices_[i].text.size());
    }
  }

  void on_prompt_logprobs(size_t index, const std::vector<Logprobs>& logprobs) override {
    TokenLists& lists = choices_[index].logprobs;
    lists.begin_at(0);
    lists.add_prompt(answer_.model, answer_.tokens_of_prompt(index), logprobs);
    lists.begin_at(choices_[index].text.size());
  }

  void on_piece(size_t index, const std::vector<Delta>& deltas,
                const std::vector<Logprobs>& logprobs) override {
    Choice& choice = choices_[index];
    choice.text += text_of(deltas);
    for (const Logprobs& each : logprobs) choice.likelihood += finite_logprob(each.chosen.logprob);
    if (answer_.tells_logprobs) choice.logprobs.add(answer_.model, logprobs);
  }

  void on_end(size_t index, const Ending& ending) override {
    Choice& choice = choices_[index];
    choice.finish = answer_.reason(ending);
    choice.likelihood /= static_cast<double>(std::max<int64_t>(ending.usage.tokens, 1));
    usages_[index] = ending.usage;
  }

  void on_done() override {
    ChatJson body = answer_.frame();
    auto made = static_cast<std::ptrdiff_t>(answer_.options.choices);
    for (auto first = choices_.begin(); first != choices_.end(); first += made) {
      if (answer_.given < made) {
        std::stable_sort(first, first + made,
                         [](const Choice& a, const Choice& b) { return a.likelihood > b.likelihood; });
      }
      for (auto choice = first; choice != first + answer_.given; ++choice) {
        body["choices"].push_back(
            {{"index", body["choices"].size()},
             {"text", choice->text},
             {"logprobs", answer_.tells_logprobs ? choice->logprobs.take() : ChatJson(nullptr)},
             {"finish_reason", choice->finish}});
      }
    }
    answer_.exchange->respond(openai_answer(std::move(body), usages_, answer_.options.choices));
  }

  void on_problem(const Problem& problem) override { answer_.exchange->respond(openai_error(problem)); }

 private:
  struct Choice {
    std::string text, finish;
    double likelihood = 0;  // the mean of its tokens' log probabilities
    TokenLists logprobs;
  };
  TextAnswer answer_;
  std::vector<Choice> choices_;
  std::vector<Usage> usages_;
};

class StreamedText final : public GenerationSink {
 public:
  explicit StreamedText(TextAnswer answer)
      : answer_(std::move(answer)),
        echoed_(answer_.answers()),
        logprobs_(echoed_.size()),
        usages_(echoed_.size()) {}

  void on_begin() override { stream_.send({}); }

  void on_prompt_logprobs(size_t index, const std::vector<Logprobs>& logprobs) override {
    logprobs_[index].add_prompt(answer_.model, answer_.tokens_of_prompt(index), logprobs);
  }

  void on_piece(size_t index, const std::vector<Delta>& deltas,
                const std::vector<Logprobs>& logprobs) override {
    std::string echo = echo_once(index);
    logprobs_[index].add(answer_.model, logprobs);
    stream_.send(event_of(chunk(index, echo + text_of(deltas), nullptr)));
  }

  void on_end(size_t index, const Ending& ending) override {
    usages_[index] = ending.usage;
    stream_.send(event_of(chunk(index, echo_once(index), answer_.reason(ending))));
  }

  void on_done() override {
    stream_.end(openai_last_events(answer_.frame(), answer_.include_usage, usages_, answer_.options.choices));
  }

  void on_problem(const Problem& problem) override {
    stream_.end_with_problem(openai_error(problem), event_of(openai_error_body(problem)));
  }

 private:
  std::string echo_once(size_t index) {
    if (echoed_[index]) return {};
    echoed_[index] = true;
    std::string echo = answer_.echo(index);
    logprobs_[index].begin_at(echo.size());
    return echo;
  }

  ChatJson chunk(size_t index, const std::string& text, ChatJson finish) {
    ChatJson body = answer_.frame();
    ChatJson logprobs = answer_.tells_logprobs ? logprobs_[index].take() : ChatJson(nullptr);
    body["choices"].push_back({{"index", index},
                               {"text", text},
                               {"logprobs", std::move(logprobs)},
                               {"finish_reason", std::move(finish)}});
    if (answer_.include_usage) body["usage"] = nullptr;
    return body;
  }

  TextAnswer answer_;
  std::vector<bool> echoed_;
  std::vector<TokenLists> logprobs_;
  std::vector<Usage> usages_;
  EventStream stream_{answer_.exchange};
};

const FieldTable& completion_fields() {
  static const FieldTable table(
      "Completion",
      {{"prompt", prompt_kind(), "A text or tokens, or several of them"},
       {"max_tokens", Kind::integer(-1), "So many tokens at most, 16 otherwise; -1: as many as fit"},
       {"logprobs", Kind::integer(0, 20), "How probable each token was, and so many others in its place"},
       {"echo", Kind::flag(), "The prompt stands before the answer"},
       {"suffix", Kind::text(), "What comes after: the middle is filled in"},
       {"best_of", Kind::integer(1, 128),
        "So many answers are made, of which the n most probable are given"}},
      {model_fields, generation_fields, stream_fields, answer_fields});
  return table;
}

std::optional<Problem> complete_text(const ModelLease& model, const Fields& fields,
                                     const HttpRequest& request, const std::shared_ptr<Exchange>& exchange) {
  GenerationOptions options = generation_options(fields, *model, request);
  options.most = fields.integer("max_tokens").value_or(16);  // OpenAI's default
  options.logprobs = static_cast<int32_t>(fields.integer("logprobs").value_or(-1));
  StreamOptions stream = stream_options(fields);
  bool echo = fields.flag("echo", false);
  std::string suffix = fields.text("suffix").value_or("");
  if (echo && options.logprobs >= 0 && !suffix.empty())
    fields.refuse("suffix", "has no log probabilities to echo: leave out echo, or logprobs");
  options.prompt_logprobs = echo && options.logprobs >= 0;
  std::string prefix = suffix.empty() ? "" : fields.required_text("prompt");
  const int64_t given = options.choices;
  const bool tells_logprobs = options.logprobs >= 0;
  options.choices = fields.integer("best_of").value_or(given);
  if (options.choices < given)
    fields.refuse("best_of", fmt::format("is {}, less than the {} of n", options.choices, given));
  if (options.choices > given) {
    if (stream.stream)
      fields.refuse("best_of", "is known at the end alone: set stream to false, or leave it out");
    options.logprobs = std::max(options.logprobs, 0);  // to choose by
  }
  if (fields.failed()) return fields.problem();
  std::vector<Prompt> prompts;
  auto unread = suffix.empty() ? prompts_of(*model, fields, prompts)
                               : prompt_of(*model, Infill{prefix, suffix, {}}, prompts.emplace_back());
  if (unread) return unread;
  if (auto problem = expect_text(*model, answer_grammar(fields), options)) return problem;
  if (fields.failed()) return fields.problem();

  TextAnswer answer{*model, exchange, options};
  answer.prompts = prompts.size();
  answer.include_usage = stream.include_usage;
  answer.given = given;
  answer.tells_logprobs = tells_logprobs;
  for (const Prompt& prompt : prompts) {
    if (!echo) break;
    if (!suffix.empty()) {
      answer.echoes.push_back(prefix);
      break;
    }
    auto text = model->tokenizer->decode(prompt.tokens);
    if (!text.ok()) return Problem{400, text.error().message, "prompt"};
    answer.echoes.push_back(*std::move(text));
    if (options.prompt_logprobs) answer.prompt_tokens.push_back(prompt.tokens);
  }
  std::shared_ptr<GenerationSink> sink;
  if (stream.stream) {
    sink = std::make_shared<StreamedText>(std::move(answer));
  } else {
    sink = std::make_shared<WholeText>(std::move(answer));
  }
  generate(model, std::move(prompts), options, std::move(sink), exchange);
  return std::nullopt;
}

}  // namespace

void add_openai_completions_routes(const Site& site) {
  add_model_routes(site, {"/v1/completions"}, "Continues a text", completion_fields(), complete_text);
}

}  // namespace hearth
