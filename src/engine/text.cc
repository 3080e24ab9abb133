#include "engine/text.h"

#include <algorithm>
#include <future>

#include "base/log.h"
#include "base/text.h"

namespace hearth {

StopStrings::StopStrings(std::vector<std::string> stops) : stops_(std::move(stops)) {
  std::erase(stops_, "");
}

std::string StopStrings::push(std::string_view text) {
  held_ += text;
  size_t first = std::string::npos;
  for (const std::string& stop : stops_) {
    size_t at = held_.find(stop);
    if (at < first) {
      first = at;
      met_ = stop;
    }
  }
  if (first != std::string::npos) {
    std::string rest = held_.substr(0, first);
    held_.clear();
    return rest;
  }
  // The longest end that some stop string begins with.
  size_t keep = 0;
  for (const std::string& stop : stops_) {
    for (size_t n = std::min(stop.size() - 1, held_.size()); n > keep; --n) {
      if (std::string_view(held_).substr(held_.size() - n) == std::string_view(stop).substr(0, n)) keep = n;
    }
  }
  std::string sure = held_.substr(0, held_.size() - keep);
  held_.erase(0, sure.size());
  return sure;
}

std::string StopStrings::finish() { return std::exchange(held_, {}); }

void log_reuse(const Tokenizer& tokenizer, const Usage& usage) {
  // Of a prompt that was read to its end before, the last page is read again; that needs no words.
  if (usage.differs < 0 || usage.same_tokens >= usage.prompt_tokens) return;
  std::string piece = tokenizer.contains(usage.differs) ? quote(tokenizer.piece(usage.differs)) : "no text";
  log_debug("reused {} of {} tokens: token {} was {} ({}) in what was read before", usage.cached_tokens,
            usage.prompt_tokens, usage.same_tokens, usage.differs, piece);
}

namespace {

class Writer final : public Listener {
 public:
  // `before` is the text that goes on.
  Writer(const Tokenizer& tokenizer, std::span<const TokenId> before, const TextOptions& options,
         const Choose& choose, const TextSink& sink)
      : tokenizer_(tokenizer),
        spells_control_(options.control == Detokenizer::Control::spelled),
        detokenizer_(tokenizer, options.control),
        stops_(options.stops),
        choose_(choose),
        fork_(options.fork),
        sink_(sink) {
    detokenizer_.follow(before);
  }

  Result<TokenId> choose(std::span<const float> logits) override { return choose_(logits); }
  Chooser fork() const override { return fork_ ? fork_() : Chooser(); }

  bool on_token(TokenId token) override {
    tokens_.push_back(token);
    std::string text = detokenizer_.push(token);
    bool control =
        spells_control_ && tokenizer_.contains(token) && tokenizer_.kind(token) == TokenKind::control;
    if (!control) return write(stops_.push(text));
    // No stop string reaches across a control token, and none is one.
    return write(stops_.finish()) && write(text, true);
  }

  void on_finish(Finish finish, const Usage& usage, const Error* error) override {
    if (stops_.met().empty()) write(stops_.push(detokenizer_.finish()) + stops_.finish());
    log_reuse(tokenizer_, usage);
    if (error) {
      done_.set_value(*error);
    } else {
      done_.set_value(Completion{finish, stops_.met(), usage, std::move(tokens_)});
    }
  }

  // Looks now and then whether the text is still wanted: a signal's handler can wake nobody.
  Result<Completion> wait(Engine& engine, RequestId id, const std::atomic<bool>* interrupted) {
    constexpr auto kPatience = std::chrono::milliseconds(20);
    auto done = done_.get_future();
    while (interrupted && !*interrupted && done.wait_for(kPatience) != std::future_status::ready) {}
    if (interrupted && *interrupted) engine.cancel(id);
    return done.get();
  }

 private:
  bool write(const std::string& text, bool control = false) {
    bool more = text.empty() || sink_(text, control);
    return more && stops_.met().empty();
  }

  const Tokenizer& tokenizer_;
  const bool spells_control_;
  Detokenizer detokenizer_;
  StopStrings stops_;
  const Choose& choose_;
  const std::function<Choose()>& fork_;
  const TextSink& sink_;
  std::vector<TokenId> tokens_;
  std::promise<Result<Completion>> done_;
};

}  // namespace

Result<Completion> complete(Engine& engine, const Tokenizer& tokenizer, std::vector<TokenId> prompt,
                            const TextOptions& options, const Choose& choose, const TextSink& sink) {
  // A decoder does not go on from what its encoder reads.
  std::span<const TokenId> before = prompt;
  if (engine.model().encoder()) before = {};
  auto writer = std::make_shared<Writer>(tokenizer, before, options, choose, sink);
  Request request;
  request.prompt = std::move(prompt);
  request.most = options.most;
  if (!options.ignore_end) request.end_tokens.assign(tokenizer.ends().begin(), tokenizer.ends().end());
  request.priority = options.priority;
  request.client = options.client;
  request.salt = options.salt;
  request.listener = writer;
  auto admitted = engine.submit(std::move(request));
  if (auto* refused = std::get_if<Refusal>(&admitted)) return std::move(refused->error);
  return writer->wait(engine, std::get<RequestId>(admitted), options.interrupted);
}

}  // namespace hearth
