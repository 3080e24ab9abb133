#include "server/generation.h"

#include <atomic>

#include "engine/text.h"

namespace hearth {

namespace {

GenerationOptions completed(GenerationOptions options, const ModelDefaults& defaults) {
  if (options.stops.empty()) options.stops = defaults.stops;
  if (options.most == -1) options.most = defaults.most;
  return options;
}

// What the answers of one request have in common. The engine's thread tells what comes; others submit, and cancel.
// Whoever cancels serves connections, and does not wait until what came is told.
class Generation final : public std::enable_shared_from_this<Generation> {
 public:
  Generation(ModelLease model, const GenerationOptions& options, std::shared_ptr<GenerationSink> sink)
      : model_(std::move(model)), options_(completed(options, model_->defaults)), sink_(std::move(sink)) {
    model_->meters.asked(options_.choices, options_.most);
    if (options_.notes)
      options_.notes->asked({model_->id(), options_.sampling, options_.choices, options_.most});
  }

  void submit(std::vector<Prompt> prompts, const std::shared_ptr<Exchange>& exchange);
  void cancel();

  void begin() {
    std::lock_guard lock(mutex_);
    if (!over_ && !std::exchange(begun_, true)) sink_->on_begin();
  }
  void prompt(size_t answer, const std::vector<Logprobs>& logprobs) {
    std::lock_guard lock(mutex_);
    if (!over_) sink_->on_prompt_logprobs(answer, logprobs);
  }
  void piece(size_t answer, const std::vector<Delta>& deltas, const std::vector<Logprobs>& logprobs) {
    std::lock_guard lock(mutex_);
    if (!over_) sink_->on_piece(answer, deltas, logprobs);
  }
  void end(size_t answer, const Ending& ending);
  void fail_with(const Problem& problem);

  const ServedModel& model() const { return *model_; }
  const GenerationOptions& options() const { return options_; }

 private:
  const ModelLease model_;  // ends last
  const GenerationOptions options_;
  std::atomic<bool> over_{false};
  std::mutex mutex_;  // of what follows, while it is told
  std::shared_ptr<GenerationSink> sink_;
  size_t open_ = 0;  // answers
  bool begun_ = false;
  std::mutex ids_mutex_;
  std::vector<RequestId> ids_;  // none once it is over
};

// One answer.
class Answerer final : public Listener {
 public:
  static Result<std::shared_ptr<Answerer>> make(std::shared_ptr<Generation> generation, size_t answer,
                                                const Prompt& prompt, uint64_t seed) {
    SamplingOptions sampling = generation->options().sampling;
    sampling.seed = seed;
    TRY(Sampler sampler, Sampler::make(sampling));
    return std::shared_ptr<Answerer>(new Answerer(std::move(generation), answer, prompt, std::move(sampler)));
  }

  Result<TokenId> choose(std::span<const float> logits) override {
    TokenId token = 0;
    if (guide_) {
      auto chosen = guide_->choose(sampler_, logits, parser_ && parser_->in_reasoning());
      // It is the grammar that cannot be followed to its end: the request's, not the server's.
      if (!chosen.ok()) status_ = 400;
      TRY(token, std::move(chosen));
    } else {
      token = sampler_.sample(logits);
      sampler_.accept(token);
    }
    if (options().logprobs >= 0)
      chosen_ = logprobs_of(logits, token, static_cast<size_t>(options().logprobs));
    return token;
  }

  Chooser fork() const override {
    struct Fork {
      Sampler sampler;
      std::optional<Guide> guide;
    };
    auto fork = std::make_shared<Fork>(Fork{sampler_, guide_});
    bool in_reasoning = parser_ && parser_->in_reasoning();
    return [fork, in_reasoning](std::span<const float> logits) -> Result<TokenId> {
      if (fork->guide) return fork->guide->choose(fork->sampler, logits, in_reasoning);
      TokenId token = fork->sampler.sample(logits);
      fork->sampler.accept(token);
      return token;
    };
  }

  void on_prompt_logits(int64_t index, std::span<const float> logits) override {
    prompt_logprobs_.push_back(
        logprobs_of(logits, prompt_[static_cast<size_t>(index)], static_cast<size_t>(options().logprobs)));
  }

  void on_prompt(int64_t done, int64_t) override {
    generation_->begin();
    if (done < static_cast<int64_t>(prompt_.size()) || !std::exchange(owes_prompt_, false)) return;
    generation_->prompt(answer_, std::exchange(prompt_logprobs_, {}));
  }

  bool on_token(TokenId token) override {
    tokens_.push_back(token);
    reasoning_tokens_ += parser_ && parser_->in_reasoning();
    if (options().logprobs >= 0) logprobs_.push_back(std::move(chosen_));
    std::string text = detokenizer_.push(token);
    bool control = parser_ && tokenizer().contains(token) && tokenizer().kind(token) == TokenKind::control;
    if (control) {
      // No stop string reaches across a control token, and none is one.
      read(stops_.finish(), false);
      read(text, true);
    } else {
      read(stops_.push(text), false);
    }
    tell(false);
    bool over = !stops_.met().empty() || (parser_ && parser_->ended()) ||
                (options().one_call && call_ended_) || (guide_ && guide_->finished());
    return !over;
  }

  void on_finish(Finish finish, const Usage& usage, const Error* error) override {
    if (stops_.met().empty()) {
      read(stops_.push(detokenizer_.finish()), false);
      if (stops_.met().empty()) read(stops_.finish(), false);
    }
    if (parser_) take(parser_->finish());
    tell(true);
    generation_->model().meters.add(finish, usage, reasoning_tokens_);
    if (options().notes) options().notes->ended(finish, usage, reasoning_tokens_);
    log_reuse(tokenizer(), usage);
    if (error) return generation_->fail_with({status_, error->message});
    prompt_.insert(prompt_.end(), tokens_.begin(), tokens_.end());
    generation_->model().slots->set(slot_, {options().client, std::move(prompt_)});
    generation_->end(answer_,
                     {finish, stops_.met(), called_, usage, reasoning_tokens_, std::move(tokens_), slot_});
  }

 private:
  Answerer(std::shared_ptr<Generation> generation, size_t answer, const Prompt& prompt, Sampler sampler)
      : generation_(std::move(generation)),
        answer_(answer),
        sampler_(std::move(sampler)),
        detokenizer_(tokenizer(),
                     options().turn ? Detokenizer::Control::spelled : Detokenizer::Control::hidden),
        stops_(options().stops),
        prompt_(prompt.tokens),
        slot_(generation_->model().slots->take(options().slot)),
        owes_prompt_(options().prompt_logprobs) {
    sampler_.begin_with(prompt.tokens);
    detokenizer_.follow(prompt.tokens);
    if (options().constraint) guide_.emplace(*options().constraint);
    if (options().turn)
      parser_ = std::make_unique<OutputParser>(generation_->model().format, *options().turn, prompt.opening);
  }

  const GenerationOptions& options() const { return generation_->options(); }
  const Tokenizer& tokenizer() const { return *generation_->model().tokenizer; }

  void read(const std::string& text, bool control) {
    if (text.empty()) return;
    if (parser_) return take(parser_->feed(text, control));
    deltas_.push_back({.kind = Delta::Kind::content, .text = text});
  }

  void take(std::vector<Delta> deltas) {
    for (Delta& delta : deltas) {
      called_ |= delta.kind == Delta::Kind::call_begin;
      call_ended_ |= delta.kind == Delta::Kind::call_end;
      deltas_.push_back(std::move(delta));
    }
  }

  // Tokens whose text is held back wait for it.
  void tell(bool all) {
    if (deltas_.empty() && (!all || logprobs_.empty())) return;
    generation_->piece(answer_, deltas_, logprobs_);
    deltas_.clear();
    logprobs_.clear();
  }

  std::shared_ptr<Generation> generation_;
  const size_t answer_;
  Sampler sampler_;
  Detokenizer detokenizer_;
  StopStrings stops_;
  std::unique_ptr<OutputParser> parser_;
  std::optional<Guide> guide_;
  Logprobs chosen_;
  std::vector<Logprobs> logprobs_, prompt_logprobs_;
  std::vector<Delta> deltas_;
  std::vector<TokenId> tokens_, prompt_;
  const size_t slot_;
  bool owes_prompt_;  // its log probabilities
  int64_t reasoning_tokens_ = 0;
  bool called_ = false, call_ended_ = false;
  int status_ = 500;  // of an error
};

void Generation::submit(std::vector<Prompt> prompts, const std::shared_ptr<Exchange>& exchange) {
  open_ = prompts.size() * static_cast<size_t>(options_.choices);
  exchange->on_gone([weak = weak_from_this()] {
    if (auto self = weak.lock()) self->cancel();
  });
  size_t answer = 0;
  for (Prompt& prompt : prompts) {
    for (int64_t choice = 0; choice < options_.choices; ++choice, ++answer) {
      auto listener = Answerer::make(shared_from_this(), answer, prompt,
                                     options_.sampling.seed + static_cast<uint64_t>(answer));
      if (!listener.ok()) return fail_with({400, listener.error().message});
      Request request;
      request.prompt = prompt.tokens;
      request.most = options_.most;
      request.prompt_logits = options_.prompt_logprobs;
      const Tokenizer& tokenizer = *model_->tokenizer;
      if (!options_.ignore_end) request.end_tokens.assign(tokenizer.ends().begin(), tokenizer.ends().end());
      request.client = options_.client;
      request.salt = salt_of(options_.client);
      request.prediction = options_.prediction;
      request.most_drafts = options_.most_drafts;
      request.adapter_scales = options_.adapter_scales;
      request.listener = *std::move(listener);
      auto admitted = model_->engine->submit(std::move(request));
      if (auto* refused = std::get_if<Refusal>(&admitted)) return fail_with(problem_of(*refused));
      RequestId id = std::get<RequestId>(admitted);
      {
        std::lock_guard lock(ids_mutex_);
        if (!over_) {
          ids_.push_back(id);
          continue;
        }
      }
      // The client left meanwhile.
      return model_->engine->cancel(id);
    }
  }
}

void Generation::cancel() {
  std::vector<RequestId> ids;
  {
    std::lock_guard lock(ids_mutex_);
    over_ = true;
    ids.swap(ids_);
  }
  for (RequestId id : ids) model_->engine->cancel(id);
}

void Generation::fail_with(const Problem& problem) {
  {
    std::lock_guard lock(mutex_);
    if (over_.exchange(true)) return;
    sink_->on_problem(problem);
  }
  cancel();
}

void Generation::end(size_t answer, const Ending& ending) {
  if (ending.finish == Finish::cancelled)
    return fail_with({503, "the server is being stopped", {}, "shutting_down", 5});
  std::lock_guard lock(mutex_);
  if (over_) return;
  sink_->on_end(answer, ending);
  if (--open_ > 0) return;
  over_ = true;
  sink_->on_done();
}

}  // namespace

void generate(const ModelLease& model, std::vector<Prompt> prompts, const GenerationOptions& options,
              std::shared_ptr<GenerationSink> sink, const std::shared_ptr<Exchange>& exchange) {
  auto generation = std::make_shared<Generation>(model, options, std::move(sink));
  generation->submit(std::move(prompts), exchange);
}

}  // namespace hearth
