// hearth debug logits: a model's raw outputs for given tokens, to hold against another implementation's.
#include <charconv>

#include "base/file.h"
#include "cli/command.h"
#include "cli/debug.h"
#include "cli/model_options.h"
#include "engine/session.h"

namespace hearth {

namespace {

struct LogitsOptions {
  ModelOptionsGiven model;
  std::vector<int32_t> tokens;
  int64_t position = 0;
  std::string output;
};

Status write_logits(const LogitsOptions& given) {
  TRY(auto model, open_model(given.model));
  TRY(auto backend, open_backend(given.model));
  SessionOptions options;
  options.context = static_cast<int64_t>(given.tokens.size());
  options.key_type = options.value_type = *type_named(given.model.cache_type);
  auto session = Session::create(model, *backend, options);
  if (!session.ok()) return within(model->name(), std::move(session).error());
  (*session)->set_first_position(given.position);
  TRY(AtomicFile file, AtomicFile::create(given.output));
  TRY_STATUS((*session)->extend_all(
      given.tokens, [&](std::span<const float> row) { return file.write(std::as_bytes(row)); }));
  return file.commit();
}

}  // namespace

void debug_logits_command(CLI::App& debug) {
  add_command(
      debug, "logits", "Write a model's outputs for given tokens, as little-endian f32, a row for each token",
      "hearth debug logits model.gguf --tokens 1,2,3 -o out.f32", [](CLI::App& command) {
        auto options = std::make_shared<LogitsOptions>();
        options->model.cache_type = "f32";
        add_model_options(command, options->model, ModelChoice::required, false);
        command.add_option("--tokens", options->tokens, "ids, separated by commas")
            ->delimiter(',')
            ->required();
        command.add_option("--position", options->position, "the position of the first token")
            ->check(CLI::Range(int64_t{0}, int64_t{1} << 30))
            ->capture_default_str();
        command
            .add_option("--cache-type", options->model.cache_type, "how keys and values are kept: f16 or f32")
            ->check(CLI::IsMember({"f16", "f32"}))
            ->capture_default_str();
        command.add_option("-o,--output", options->output, "the file to write")
            ->required()
            ->type_name("FILE");
        return [options] { return write_logits(*options); };
      });
}

}  // namespace hearth
