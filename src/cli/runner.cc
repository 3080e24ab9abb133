#include "cli/runner.h"

#include <unistd.h>

#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "base/file.h"
#include "base/human.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/model_settings.h"
#include "cli/output.h"
#include "formats/json.h"

namespace hearth {

namespace {

std::atomic<bool> interrupted{false};

bool write_out(std::string_view text, bool /*control*/ = false) {
  Status written = print(text);
  if (written.ok()) written = flush_output();
  return written.ok() && !interrupted;
}

Result<TokenId> choose_with(Sampler& sampler, std::optional<Guide>& guide, std::span<const float> logits) {
  if (guide) return guide->choose(sampler, logits, false);
  TokenId token = sampler.sample(logits);
  sampler.accept(token);
  return token;
}

ChatJson message(const char* role, const std::string& content) {
  return {{"role", role}, {"content", content}};
}

bool is_reasoning_word(std::string_view word) {
  return word == "show" || word == "fold" || word == "hide" || word == "auto";
}

bool has_role(const ChatJson& message, std::string_view role) {
  auto at = message.find("role");
  return at != message.end() && at->is_string() && at->get<std::string>() == role;
}

}  // namespace

struct AnswerInterrupt::Before {
  struct sigaction action;
};

AnswerInterrupt::AnswerInterrupt() : before_(std::make_unique<Before>()) {
  interrupted = false;
  struct sigaction action {};
  action.sa_handler = [](int) { interrupted = true; };
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  ::sigaction(SIGINT, &action, &before_->action);
}

AnswerInterrupt::~AnswerInterrupt() { ::sigaction(SIGINT, &before_->action, nullptr); }

Result<std::unique_ptr<Runner>> Runner::create(const RunOptions& options) {
  std::unique_ptr<Runner> runner(new Runner());
  runner->options_ = options;
  runner->screen_ = screen_of_stdout(options.no_color);
  TRY(runner->model_, open_model(options.model));
  if (options.name.empty()) runner->options_.name = runner->model_->name();
  TRY(runner->tokenizer_, runner->model_->tokenizer());
  if (!runner->tokenizer_)
    return fail("{}: has no tokenizer, so it cannot read or write text", runner->model_->name());
  if (!runner->model_->vocabulary()) return fail("{}: does not generate text", runner->model_->name());
  if (*runner->model_->vocabulary() < static_cast<int64_t>(runner->tokenizer_->size())) {
    return fail("{}: the tokenizer has {} tokens, the model's output only {}", runner->model_->name(),
                runner->tokenizer_->size(), *runner->model_->vocabulary());
  }
  TRY(runner->backend_, open_backend(options.model));
  TRY(runner->engine_, open_engine(options.model, runner->model_, *runner->backend_));
  TRY_STATUS(runner->choose_sampler());
  TRY(runner->grammar_, read_grammar_text(options.grammar));
  return runner;
}

Status Runner::choose_sampler() {
  TRY(SamplingOptions sampling, sampling_options(options_.sampling, model_->file().metadata(), *tokenizer_));
  TRY(Sampler sampler, Sampler::make(sampling));
  sampler_.emplace(std::move(sampler));
  return {};
}

void Runner::tell_end(const Completion& done) {
  const Usage& usage = done.usage;
  used_ = usage.prompt_tokens + usage.tokens;
  // Whoever reads the answer should know when it was not the model that ended it.
  if (done.finish == Finish::context)
    log_warning("the context of {} tokens is full; --ctx makes it larger", engine_->context());
  // What a person at a terminal may want to know; a pipe gets nothing.
  if (!isatty(STDERR_FILENO)) return;
  int64_t computed = usage.prompt_tokens - usage.cached_tokens;
  std::string known, guessed;
  if (usage.cached_tokens > 0) known = fmt::format(", {} known before", usage.cached_tokens);
  if (usage.drafted > 0) guessed = fmt::format(", {} of {} guesses right", usage.accepted, usage.drafted);
  tell(fmt::format("{}[read {} tokens, {:.0f}/s{}; wrote {}, {:.1f}/s{}; context {} of {}]{}",
                   screen_.color ? "\033[2m" : "", computed,
                   static_cast<double>(computed) / usage.prompt_seconds, known, usage.tokens,
                   static_cast<double>(usage.tokens) / usage.seconds, guessed, used_, engine_->context(),
                   screen_.color ? "\033[0m" : ""));
}

Status Runner::complete(const std::string& text) {
  TRY(auto ids, tokenizer_->encode(text, {.add_special = true, .parse_special = true}));
  std::optional<Constraint> constraint;
  if (grammar_) {
    auto made = Constraints(tokenizer_, {}).of_text(grammar_->text);
    if (!made.ok()) return within(grammar_->from, std::move(made).error());
    constraint = *std::move(made);
  }
  TRY(Completion done, generate(std::move(ids), constraint, Detokenizer::Control::hidden, write_out));
  end_line();
  tell_end(done);
  return {};
}

Status Runner::prepare_chat() {
  auto chat = options_.chat_template.empty() ? read_chat_template(model_->file().metadata(), *tokenizer_)
                                             : choose_chat_template(options_.chat_template, *tokenizer_);
  if (!chat.ok()) return within(model_->name(), std::move(chat).error());
  chat_.emplace(*std::move(chat));
  format_ = chat_->format();
  if (grammar_) constraints_ = std::make_unique<Constraints>(tokenizer_, format_);
  clear();
  return {};
}

void Runner::clear() {
  messages_ = ChatJson::array();
  attachments_.clear();
  attached_tokens_ = used_ = 0;
  reasoning_.clear();
  if (!options_.system.empty()) messages_.push_back(message("system", options_.system));
}

void Runner::set_system(const std::string& text) {
  options_.system = text;
  bool has = !messages_.empty() && has_role(messages_.front(), "system");
  if (has) messages_.erase(messages_.begin());
  if (!text.empty()) messages_.insert(messages_.begin(), message("system", text));
}

Result<std::string> Runner::attach(const std::string& file) {
  TRY(Attachment attachment, read_attachment(file));
  TRY(auto ids, tokenizer_->encode(attachment.fenced(), {}));
  auto tokens = static_cast<int64_t>(ids.size());
  int64_t free = engine_->context() - used_ - attached_tokens_;
  if (tokens >= free) {
    return fail(
        "{}: takes {} tokens; of the context's {} only {} are free. /clear or a larger --ctx makes room",
        attachment.name, tokens, engine_->context(), std::max<int64_t>(free, 0));
  }
  std::string told = fmt::format("{}: {}, {} tokens; it goes with the next message", attachment.name,
                                 human_bytes(attachment.text.size()), tokens);
  attached_tokens_ += tokens;
  attachments_.push_back(std::move(attachment));
  return told;
}

Status Runner::answer(const std::string& text) {
  ChatJson before = messages_;
  std::string question;
  for (const Attachment& attachment : attachments_) question += attachment.fenced() + "\n";
  messages_.push_back(message("user", question + text));
  Status status = answer_messages();
  if (status.ok()) {
    attachments_.clear();
    attached_tokens_ = 0;
  } else {
    messages_ = std::move(before);
  }
  return status;
}

Status Runner::regenerate() {
  ChatJson before = messages_;
  while (!messages_.empty() && !has_role(messages_.back(), "user")) messages_.erase(messages_.size() - 1);
  if (messages_.empty()) {
    messages_ = std::move(before);
    return fail("there is no question yet");
  }
  Status status = answer_messages();
  if (!status.ok()) messages_ = std::move(before);
  return status;
}

// Where it can be unfolded it need not be read; a program that reads the answer wants nothing else.
ReasoningShown Runner::reasoning_shown() const {
  const std::string& asked = options_.reasoning;
  if (asked == "show") return ReasoningShown::show;
  if (asked == "hide") return ReasoningShown::hide;
  if (asked == "fold" || options_.chats) return ReasoningShown::fold;
  return isatty(STDOUT_FILENO) ? ReasoningShown::show : ReasoningShown::hide;
}

Status Runner::answer_messages() {
  ChatJson variables = ChatJson::object();
  if (options_.no_thinking) variables["enable_thinking"] = false;
  TRY(Rendered prompt, chat_->render(messages_, nullptr, variables));
  std::vector<TextSpan> spans;
  for (const auto& span : prompt.spans)
    spans.push_back({std::string_view(prompt.text).substr(span.begin, span.end - span.begin), span.trusted});
  TRY(auto ids, tokenizer_->encode(spans, false));
  std::string opening(format_.opening(prompt.text));
  // A grammar is of the answer; reasoning before it stays free.
  std::optional<Constraint> constraint;
  if (grammar_) {
    TRY(TurnGrammar turn,
        call_grammar(format_, {.choice = ToolChoice::none, .content = true, .opening = opening}));
    auto made = constraints_->of_turn(turn, grammar_->text, true);
    if (!made.ok()) return within(grammar_->from, std::move(made).error());
    constraint = *std::move(made);
  }
  PrinterOptions shown{reasoning_shown(), options_.chats ? "/show reasoning" : "--reasoning show", screen_};
  AnswerPrinter printer(format_, opening, std::move(shown),
                        [](std::string_view text) { return write_out(text); });
  TRY(Completion done,
      generate(std::move(ids), constraint, Detokenizer::Control::spelled,
               [&](std::string_view piece, bool control) { return printer.push(piece, control); }));
  printer.finish();
  reasoning_ = printer.reasoning();
  if (done.finish == Finish::cancelled && done.usage.tokens == 0)
    return fail("stopped before there was an answer; the question is not kept");
  write_out("\n");
  tell_end(done);
  messages_.push_back(format_.message(printer.content(), printer.reasoning(), ChatJson::array()));
  return {};
}

Status Runner::save(const std::string& file) const {
  TRY(AtomicFile out, AtomicFile::create(file));
  TRY_STATUS(out.write(conversation() + "\n"));
  return out.commit();
}

std::string Runner::conversation() const {
  return ChatJson{{"model", options_.name}, {"messages", messages_}}.dump(2);
}

Status Runner::open_session() {
  std::error_code failed;
  if (options_.session.empty()) return {};
  if (!std::filesystem::exists(options_.session, failed)) {
    TRY(AtomicFile could,
        AtomicFile::create(options_.session));  // better known before the conversation than after
    return {};
  }
  TRY(RestoredSession session, engine_->restore(options_.session));
  if (chat_) {
    std::string system = options_.system;
    if (Status taken = take_messages(session.text); !taken.ok())
      return within(options_.session, std::move(taken).error());
    if (!system.empty()) set_system(system);
  }
  tokens_ = std::move(session.conversation);
  log_info("{}: goes on after {} tokens, {} of which need not be computed again", options_.session,
           session.tokens, session.kept);
  return {};
}

Status Runner::close_session() {
  if (options_.session.empty()) return {};
  auto saved = engine_->save(options_.session, tokens_, chat_ ? conversation() : std::string());
  return saved.ok() ? Status() : Status(std::move(saved).error());
}

Status Runner::load(const std::string& file) {
  TRY(std::string text, read_file(file, 256 << 20));
  Status taken = take_messages(text);
  return taken.ok() ? taken : within(file, std::move(taken).error());
}

Status Runner::take_messages(const std::string& text) {
  TRY(auto json, parse_json(text));
  auto messages = json.is_object() ? json.find("messages") : json.end();
  if (!json.is_object() || messages == json.end() || !messages->is_array())
    return fail("is no conversation: expected an object with messages");
  for (const auto& each : *messages) {
    if (!each.is_object() ||
        !(has_role(each, "system") || has_role(each, "user") || has_role(each, "assistant")))
      return fail("has a message that is of neither system, user nor assistant");
    if (auto content = each.find("content"); content == each.end() || !content->is_string())
      return fail("has a message whose content is not a text");
  }
  messages_ = *messages;
  bool system = !messages_.empty() && has_role(messages_.front(), "system");
  options_.system = system ? messages_.front()["content"].get<std::string>() : "";
  return {};
}

Status Runner::set(const std::string& name, const std::string& value) {
  if (name == "reasoning") {
    if (!is_reasoning_word(value)) return fail("reasoning is show, fold, hide or auto");
    options_.reasoning = value;
    return {};
  }
  double number = 0;
  auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size())
    return fail("{} should be a number, it is {}", name, quote(value));
  if (name == "tokens") {
    options_.most = number < 0 || number > 1e15 ? -1 : static_cast<int64_t>(number);
    return {};
  }
  SamplingGiven before = options_.sampling;
  Status status = set_sampling(options_.sampling, name, number);
  if (status.ok()) status = choose_sampler();
  if (!status.ok()) options_.sampling = before;
  return status;
}

std::string Runner::summary() const {
  ModelSettings settings;
  settings.model = options_.model.model;
  settings.system = options_.system;
  settings.chat_template = options_.chat_template;
  settings.context = engine_->context();
  settings.tokens = options_.most;
  settings.stops = options_.stops;
  settings.sampling = options_.sampling;
  std::string attached;
  for (const Attachment& attachment : attachments_)
    attached += fmt::format("# attached to the next message: {}\n", attachment.name);
  return settings_text(options_.name, settings) +
         fmt::format("# {} messages, {} of {} tokens of the context\n", messages_.size(), used_,
                     engine_->context()) +
         attached;
}

Result<Completion> Runner::generate(std::vector<TokenId> prompt, const std::optional<Constraint>& constraint,
                                    Detokenizer::Control control, const TextSink& sink) {
  if (static_cast<int64_t>(prompt.size()) > engine_->context()) {
    return fail("the prompt has {} tokens and the context {}; make it larger with --ctx", prompt.size(),
                engine_->context());
  }
  sampler_->begin_with(prompt);
  std::optional<Guide> guide;
  if (constraint) guide.emplace(*constraint);
  Choose choose = [&](std::span<const float> logits) { return choose_with(*sampler_, guide, logits); };
  TextOptions options;
  options.fork = [&] {
    struct Fork {
      Sampler sampler;
      std::optional<Guide> guide;
    };
    auto fork = std::make_shared<Fork>(Fork{*sampler_, guide});
    return [fork](std::span<const float> logits) { return choose_with(fork->sampler, fork->guide, logits); };
  };
  options.control = control;
  options.most = options_.most;
  options.stops = options_.stops;
  options.interrupted = &interrupted;
  tokens_ = prompt;
  TRY(Completion done, hearth::complete(*engine_, *tokenizer_, std::move(prompt), options, choose, sink));
  tokens_.insert(tokens_.end(), done.tokens.begin(), done.tokens.end());
  return done;
}

}  // namespace hearth
