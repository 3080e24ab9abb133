// hearth debug template: renders a chat template with the variables of a JSON file.
#include <cstdio>
#include <memory>
#include <string>

#include "base/file.h"
#include "base/text.h"
#include "chat/template.h"
#include "cli/command.h"
#include "cli/debug.h"

namespace hearth {

namespace {

struct Settings {
  std::string file, context, now;
  bool generation = false;
};

Result<ChatJson> read_context(const std::string& path) {
  TRY(std::string text, read_file(path));
  try {
    ChatJson context = ChatJson::parse(text);
    if (!context.is_object())
      return fail("{}: expected an object of variables, found a JSON {}", path, context.type_name());
    return context;
  } catch (const ChatJson::exception& problem) { return fail("{}: {}", path, escape(problem.what())); }
}

Status render_template(const Settings& settings) {
  TRY(std::string source, read_file(settings.file));
  RenderOptions options;
  options.bos_token = "<s>";
  options.eos_token = "</s>";
  TRY(options.variables, read_context(settings.context));
  if (!settings.now.empty()) {
    options.now = jinja::read_wall_time(settings.now);
    if (!options.now)
      return fail("--now: expected a time such as 2026-01-15T09:30:00, found {}",
                  hearth::quote(settings.now));
  }
  TRY(ChatTemplate chat,
      ChatTemplate::parse(source, settings.file, {.generation_blocks = settings.generation}));
  TRY(Rendered rendered, chat.render(options));
  std::fwrite(rendered.text.data(), 1, rendered.text.size(), stdout);
  return {};
}

}  // namespace

void debug_template_command(CLI::App& debug) {
  add_command(debug, "template", "Render a chat template",
              "hearth debug template chat_template.jinja messages.json --now 2026-01-15T09:30:00",
              [](CLI::App& command) {
                auto settings = std::make_shared<Settings>();
                command.add_option("FILE", settings->file, "the template")->required();
                command
                    .add_option("CONTEXT", settings->context,
                                "a JSON object: the template's variables. bos_token, eos_token and "
                                "add_generation_prompt are <s>, </s> and true unless it has them")
                    ->required();
                command.add_option("--now", settings->now,
                                   "what strftime_now() sees; the clock's time, if not given");
                command.add_flag("--generation", settings->generation,
                                 "accept {% generation %} blocks, as running a model does");
                return [settings] { return render_template(*settings); };
              });
}

}  // namespace hearth
