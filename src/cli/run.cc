// hearth run: one answer, a completion, or a chat.
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <iostream>

#include "base/file.h"
#include "base/log.h"
#include "chat/named_templates.h"
#include "cli/answer_printer.h"
#include "cli/command.h"
#include "cli/grammar_options.h"
#include "cli/model_options.h"
#include "cli/sampling.h"
#include "engine/text.h"
#include "model/chat_template.h"
#include "sample/grammar/matcher.h"

namespace hearth {

namespace {

struct RunOptions {
  ModelOptionsGiven model;
  std::optional<std::string> prompt;
  std::string system;
  int64_t most = -1;
  bool raw = false;
  std::string chat_template;
  bool no_thinking = false;
  std::string reasoning = "auto";
  SamplingGiven sampling;
  GrammarGiven grammar;
};

std::atomic<bool> interrupted{false};

// While an answer is written, an interrupt ends the answer; the next one ends the program as ever.
class Interruptible {
 public:
  Interruptible() {
    interrupted = false;
    struct sigaction action {};
    action.sa_handler = [](int) { interrupted = true; };
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    ::sigaction(SIGINT, &action, &before_);
  }
  ~Interruptible() { ::sigaction(SIGINT, &before_, nullptr); }
  Interruptible(const Interruptible&) = delete;
  Interruptible& operator=(const Interruptible&) = delete;

 private:
  struct sigaction before_;
};

bool write_out(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
  return !interrupted;
}

// What a person at a terminal may want to know; a pipe gets nothing.
void tell_speed(const Usage& usage) {
  if (!isatty(STDERR_FILENO)) return;
  int64_t computed = usage.prompt_tokens - usage.cached_tokens;
  fmt::print(stderr, "[prompt: {} tokens, {} of them new, {:.0f}/s; answer: {} tokens, {:.1f}/s]\n",
             usage.prompt_tokens, computed, static_cast<double>(computed) / usage.prompt_seconds,
             usage.tokens, static_cast<double>(usage.tokens) / usage.seconds);
}

// Whoever reads the answer should know when it was not the model that ended it.
void tell_finish(const Completion& done, int64_t context) {
  if (done.finish == Finish::context)
    log_warning("the context of {} tokens is full; --ctx makes it larger", context);
}

class Runner {
 public:
  static Result<std::unique_ptr<Runner>> create(const RunOptions& options) {
    std::unique_ptr<Runner> runner(new Runner());
    runner->options_ = options;
    TRY(runner->model_, open_model(options.model));
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
    TRY(SamplingOptions sampling,
        sampling_options(options.sampling, runner->model_->file().metadata(), *runner->tokenizer_));
    TRY(Sampler sampler, Sampler::make(sampling));
    runner->sampler_.emplace(std::move(sampler));
    const Tokenizer& tokenizer = *runner->tokenizer_;
    TRY(runner->grammar_, read_grammar(options.grammar, {.find_token = [&](std::string_view text) {
                                         return tokenizer.find(text);
                                       }}));
    if (runner->grammar_) runner->trie_ = VocabularyTrie::make(tokenizer);
    return runner;
  }

  // An encoder-decoder model has no chats: it answers what its encoder reads.
  bool reads_source() const { return model_->encoder() != nullptr; }

  // The text goes on, or is answered where there is an encoder to read it.
  Status complete(const std::string& text) {
    TRY(auto ids, tokenizer_->encode(text, {.add_special = true, .parse_special = true}));
    TRY(Completion done, generate(std::move(ids), write_out));
    if (isatty(STDOUT_FILENO)) write_out("\n");
    tell_speed(done.usage);
    return {};
  }

  Status prepare_chat() {
    auto chat = options_.chat_template.empty() ? read_chat_template(model_->file().metadata(), *tokenizer_)
                                               : choose_chat_template(options_.chat_template, *tokenizer_);
    if (!chat.ok()) return within(model_->name(), std::move(chat).error());
    chat_.emplace(*std::move(chat));
    format_ = chat_->format();
    if (!options_.system.empty()) add("system", options_.system);
    return {};
  }

  Status answer(const std::string& text) {
    add("user", text);
    ChatJson variables = ChatJson::object();
    if (options_.no_thinking) variables["enable_thinking"] = false;
    TRY(Rendered prompt, chat_->render(messages_, nullptr, variables));
    std::vector<TextSpan> spans;
    for (const auto& span : prompt.spans)
      spans.push_back(
          {std::string_view(prompt.text).substr(span.begin, span.end - span.begin), span.trusted});
    TRY(auto ids, tokenizer_->encode(spans, false));
    ShowReasoning show = options_.reasoning == "show"   ? ShowReasoning::always
                         : options_.reasoning == "hide" ? ShowReasoning::never
                                                        : ShowReasoning::automatic;
    AnswerPrinter printer(format_, format_.opening(prompt.text), show, isatty(STDOUT_FILENO), write_out);
    TRY(Completion done,
        generate(std::move(ids), [&](std::string_view piece) { return printer.push(piece); }));
    printer.finish();
    write_out("\n");
    tell_speed(done.usage);
    messages_.push_back(format_.message(printer.content(), printer.reasoning(), ChatJson::array()));
    return {};
  }

  // Turns at a terminal, until the end of the input.
  Status chat() {
    fmt::print(stderr, "{}: {} tokens of context. Ctrl-C stops an answer, Ctrl-D ends.\n", model_->name(),
               engine_->context());
    std::string line;
    while (true) {
      fmt::print(stderr, "> ");
      if (!std::getline(std::cin, line)) break;
      if (line.empty()) continue;
      Interruptible guard;
      TRY_STATUS(answer(line));
    }
    fmt::print(stderr, "\n");
    return {};
  }

 private:
  void add(const char* role, const std::string& content) {
    messages_.push_back({{"role", role}, {"content", content}});
  }

  Result<Completion> generate(std::vector<TokenId> prompt, const TextSink& sink) {
    if (static_cast<int64_t>(prompt.size()) > engine_->context()) {
      return fail("the prompt has {} tokens and the context {}; make it larger with --ctx", prompt.size(),
                  engine_->context());
    }
    sampler_->begin_with(prompt);
    std::optional<Matcher> matcher;
    if (grammar_) matcher.emplace(grammar_, trie_);
    std::vector<uint64_t> mask;
    Choose choose = [&](std::span<const float> logits) -> Result<TokenId> {
      if (matcher) {
        mask.assign((logits.size() + 63) / 64, 0);  // a model may have outputs that are no tokens
        TRY_STATUS(matcher->mask(std::span(mask).first(matcher->mask_words())));
      }
      TokenId token = sampler_->sample(logits, mask);
      sampler_->accept(token);
      if (matcher && !matcher->accept(token)) return fail("token {} was chosen against the grammar", token);
      return token;
    };
    TextOptions options;
    options.most = options_.most;
    TRY(Completion done, hearth::complete(*engine_, *tokenizer_, std::move(prompt), options, choose, sink));
    tell_finish(done, engine_->context());
    return done;
  }

  RunOptions options_;
  std::shared_ptr<const Model> model_;
  std::shared_ptr<const Tokenizer> tokenizer_;
  std::unique_ptr<Backend> backend_;
  std::unique_ptr<Engine> engine_;
  std::optional<Sampler> sampler_;
  std::shared_ptr<const Grammar> grammar_;
  std::shared_ptr<const VocabularyTrie> trie_;
  std::optional<ModelChat> chat_;
  ChatJson messages_ = ChatJson::array();
  ChatFormat format_;
};

Status run(const RunOptions& options) {
  TRY(auto runner, Runner::create(options));
  bool terminal = isatty(STDIN_FILENO);
  std::optional<std::string> prompt = options.prompt;
  if (!prompt && !terminal) { TRY(prompt, read_stream(STDIN_FILENO, "standard input", kMaxTextBytes)); }
  if (options.raw || runner->reads_source()) {
    if (!prompt && !options.raw)
      return fail("{}: answers one text at a time: give one with -p or on standard input",
                  options.model.model);
    if (!prompt) return fail("--raw completes a text: give one with -p or on standard input");
    return runner->complete(*prompt);
  }
  TRY_STATUS(runner->prepare_chat());
  if (!prompt) return runner->chat();
  while (prompt->ends_with('\n')) prompt->pop_back();  // the end of the line is not part of the question
  if (prompt->empty()) return fail("there is nothing to answer: the prompt is empty");
  return runner->answer(*prompt);
}

}  // namespace

void run_command(CLI::App& app) {
  add_command(
      app, "run", "Run a model: a chat, one answer, or the continuation of a text",
      "hearth run model.gguf -p \"Why is the sky blue?\"", [](CLI::App& command) {
        auto options = std::make_shared<RunOptions>();
        add_model_options(command, options->model, ModelChoice::builtin_by_default, true);
        command.add_option("-p,--prompt", options->prompt,
                           "the text to answer; without it a chat on a terminal, or standard input");
        command.add_option("-s,--system", options->system, "what the model is told before the chat begins");
        command
            .add_option("-n,--tokens", options->most,
                        "at most so many tokens; as many as fit if none is given")
            ->check(CLI::NonNegativeNumber);
        command.add_flag("--raw", options->raw, "continue the text as it stands, without the chat template");
        command.add_option("--chat-template", options->chat_template,
                           "instead of the model's own: a file, or one of " + template_names());
        command.add_flag("--no-thinking", options->no_thinking,
                         "ask the chat template for an answer without reasoning");
        command
            .add_option("--reasoning", options->reasoning,
                        "a model's reasoning: show, hide, or auto: on a terminal")
            ->check(CLI::IsMember({"auto", "show", "hide"}));
        command
            .add_option("--grammar", options->grammar.gbnf, "a grammar (GBNF) that the answer is to follow")
            ->type_name("FILE");
        add_grammar_options(command, options->grammar);
        add_sampling_options(command, options->sampling);
        return [options] { return run(*options); };
      });
}

}  // namespace hearth
