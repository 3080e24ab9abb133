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
  std::vector<int32_t> tokens, encoder, draft;
  int64_t position = 0;
  std::string output;
};

// The first draft layer's outputs, for all tokens.
Status write_draft(const LogitsOptions& given, Session& session) {
  if (given.draft.size() != given.tokens.size())
    return fail("--draft has {} tokens and --tokens {}: one for each is expected", given.draft.size(),
                given.tokens.size());
  TRY(AtomicFile file, AtomicFile::create(given.output));
  std::span<const int32_t> tokens = given.tokens, next = given.draft;
  for (size_t begin = 0; begin < tokens.size();) {
    size_t count = std::min(tokens.size() - begin, static_cast<size_t>(session.batch_rows()));
    TRY_STATUS(session.step(tokens.subspan(begin, count), {}));
    TRY(auto outputs, session.draft(0, next.subspan(begin, count)));
    TRY_STATUS(file.write(std::as_bytes(outputs.front().numbers)));
    begin += count;
  }
  return file.commit();
}

Status write_logits(LogitsOptions given) {
  given.model.context = static_cast<int64_t>(given.tokens.size());
  TRY(auto model, open_model(given.model));
  TRY(auto backend, open_backend(given.model));
  SessionOptions options;
  options.context = static_cast<int64_t>(given.tokens.size());
  const CacheTypes kept = cache_types(given.model);
  options.key_type = kept.keys;
  options.value_type = kept.values;
  options.source = static_cast<int64_t>(given.encoder.size());
  options.drafting = !given.draft.empty();
  if (model->encoder() && given.encoder.empty())
    return fail("{}: is an encoder-decoder model; --encoder gives what its encoder reads", model->name());
  auto session = Session::create(model, *backend, options);
  if (!session.ok()) return within(model->name(), std::move(session).error());
  (*session)->set_first_position(given.position);
  if (!given.encoder.empty()) TRY_STATUS((*session)->encode(given.encoder));
  if (options.drafting) return write_draft(given, **session);
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
        options->model.exact = true;
        add_model_options(command, options->model, ModelChoice::required, false);
        command.add_option("--tokens", options->tokens, "ids, separated by commas")
            ->delimiter(',')
            ->required();
        command
            .add_option("--encoder", options->encoder,
                        "ids that the encoder of an encoder-decoder model reads, separated by commas")
            ->delimiter(',');
        command
            .add_option(
                "--draft", options->draft,
                "the ids one further, separated by commas: write what the model's draft layer makes of "
                "them")
            ->delimiter(',');
        command.add_option("--position", options->position, "the position of the first token")
            ->check(CLI::Range(int64_t{0}, int64_t{1} << 30))
            ->capture_default_str();
        add_cache_type_option(command, options->model);
        command.add_flag_callback(
            "--as-run", [options] { options->model.exact = false; },
            "compute as hearth run does, inputs rounded to bytes where weights are quantized");
        command.add_option("-o,--output", options->output, "the file to write")
            ->required()
            ->type_name("FILE");
        return [options] { return write_logits(*options); };
      });
}

}  // namespace hearth
