// hearth run: one answer, a completion, or a chat.
#include <unistd.h>

#include "base/file.h"
#include "chat/named_templates.h"
#include "cli/chat.h"
#include "cli/command.h"
#include "cli/named_model.h"
#include "cli/runner.h"

namespace hearth {

namespace {

// What the user gives comes before what the model's settings say.
Status apply_settings(RunOptions& options) {
  options.name = options.model.model;
  TRY(NamedModel named, find_model(options.model.model));
  const ModelSettings& settings = named.settings;
  options.model.model = named.path;
  if (options.model.context == 0) options.model.context = settings.context;
  if (options.system.empty()) options.system = settings.system;
  if (options.chat_template.empty()) options.chat_template = settings.chat_template;
  if (options.most < 0) options.most = settings.tokens;
  options.stops = settings.stops;
  complete_sampling(options.sampling, settings.sampling);
  return {};
}

Status run(RunOptions options) {
  TRY_STATUS(apply_settings(options));
  bool terminal = isatty(STDIN_FILENO);
  options.chats = terminal && !options.prompt;
  TRY(auto runner, Runner::create(options));
  std::optional<std::string> prompt = options.prompt;
  if (!prompt && !terminal) { TRY(prompt, read_stream(STDIN_FILENO, "standard input", kMaxTextBytes)); }
  if (options.raw || runner->reads_source()) {
    if (!prompt && !options.raw)
      return fail("{}: answers one text at a time: give one with -p or on standard input",
                  options.model.model);
    if (!prompt) return fail("--raw completes a text: give one with -p or on standard input");
    TRY_STATUS(runner->open_session());
    TRY_STATUS(runner->complete(*prompt));
    return runner->close_session();
  }
  TRY_STATUS(runner->prepare_chat());
  TRY_STATUS(runner->open_session());
  if (!prompt) {
    TRY_STATUS(chat(*runner));
    return runner->close_session();
  }
  while (prompt->ends_with('\n')) prompt->pop_back();  // the end of the line is not part of the question
  if (prompt->empty()) return fail("there is nothing to answer: the prompt is empty");
  TRY_STATUS(runner->answer(*prompt));
  return runner->close_session();
}

}  // namespace

void run_command(CLI::App& app) {
  add_command(
      app, "run", "Run a model: a chat, one answer, or the continuation of a text",
      "hearth run model.gguf -p \"Why is the sky blue?\"", [](CLI::App& command) {
        auto options = std::make_shared<RunOptions>();
        add_model_options(command, options->model, ModelChoice::builtin_by_default, true);
        add_speculation_options(command, options->model);
        add_cache_options(command, options->model);
        command.add_option("-p,--prompt,PROMPT", options->prompt,
                           "the text to answer; without it a chat on a terminal, or standard input");
        command.add_option("--system", options->system, "what the model is told before the chat begins");
        command
            .add_option("--session", options->session,
                        "goes on with the conversation in a file, if there is one, and saves it there in the "
                        "end, with what was computed of it: as in --session talk.session")
            ->type_name("FILE");
        command
            .add_option("-n,--tokens", options->most,
                        "at most so many tokens; as many as fit if none is given")
            ->check(not_negative);
        command.add_flag("--raw", options->raw, "continue the text as it stands, without the chat template");
        command.add_option("--chat-template", options->chat_template,
                           "instead of the model's own: a file, or one of " + template_names());
        command.add_flag("--no-thinking", options->no_thinking,
                         "ask the chat template for an answer without reasoning");
        command
            .add_option(
                "--reasoning", options->reasoning,
                "a model's reasoning: show it, dimmed; fold it into one line; hide it; or auto: fold in a "
                "chat, show on a terminal, hide in a pipe")
            ->check(CLI::IsMember({"auto", "show", "fold", "hide"}))
            ->capture_default_str();
        command.add_flag("--no-color", options->no_color,
                         "no colours; the environment's NO_COLOR says the same");
        command
            .add_option("--grammar", options->grammar.gbnf,
                        "a grammar (GBNF) that the answer is to follow: a file, or the grammar itself")
            ->type_name("GRAMMAR");
        add_grammar_options(command, options->grammar);
        add_sampling_options(command, options->sampling);
        return [options] { return run(*options); };
      });
}

}  // namespace hearth
