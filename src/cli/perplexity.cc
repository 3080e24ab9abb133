// hearth perplexity: how well a model foretells a text.
#include "engine/perplexity.h"

#include <nlohmann/json.hpp>

#include "base/human.h"
#include "cli/command.h"
#include "cli/measuring.h"
#include "cli/output.h"
#include "cli/progress.h"

namespace hearth {

namespace {

struct PerplexityOptions {
  MeasuringGiven measuring;
  int32_t batch_rows = 0;
  bool json = false;
};

Status measure_perplexity(const PerplexityOptions& options) {
  const ModelOptionsGiven& given = options.measuring.model;
  TRY(ReadingModel opened, open_reading_model(given, true));
  TRY(Chunks chunks, open_chunks(options.measuring, opened));
  TRY(auto backend, open_backend(given));
  SessionOptions session_options = measuring_session(*opened.model, chunks.size());
  if (options.batch_rows > 0) session_options.batch_rows = options.batch_rows;
  const CacheTypes kept = cache_types(given);
  session_options.key_type = kept.keys;
  session_options.value_type = kept.values;
  auto session = Session::create(opened.model, *backend, session_options);
  if (!session.ok()) return within(opened.model->name(), std::move(session).error());

  ThreadPool pool(given.threads);
  ProgressLine line;
  auto total = static_cast<uint64_t>(chunks.count());
  line.show("chunks", 0, total);
  auto result = measure_perplexity(**session, chunks, pool, [&](const Perplexity& so_far) {
    line.show("chunks", static_cast<uint64_t>(so_far.chunks), total,
              "perplexity " + with_error(so_far.value, so_far.error));
    return true;
  });
  line.clear();
  if (!result.ok()) return std::move(result).error();
  if (options.json) {
    nlohmann::ordered_json json = {{"perplexity", result->value},
                                   {"error", result->error},
                                   {"tokens", result->tokens},
                                   {"chunks", result->chunks}};
    return print(json.dump() + "\n");
  }
  return print(fmt::format("perplexity {} ({} tokens in {} chunks of {})\n",
                           with_error(result->value, result->error),
                           grouped(static_cast<uint64_t>(result->tokens)), result->chunks, chunks.size()));
}

}  // namespace

void perplexity_command(CLI::App& app) {
  add_command(
      app, "perplexity", "Measure how well a model foretells a text; less is better",
      "hearth perplexity model.gguf -f wiki.test.raw --ctx 512\n\n"
      "The text is cut into chunks, each a text of its own; the second half of each is scored. Numbers\n"
      "compare only at the same --ctx, on the same text, with the same vocabulary.",
      [](CLI::App& command) {
        auto options = std::make_shared<PerplexityOptions>();
        add_measuring_options(command, options->measuring);
        command
            .add_option("--batch", options->batch_rows,
                        "tokens to compute at once: fewer take less memory and more time; what the result "
                        "is does not depend on it")
            ->type_name("N")
            ->check(CLI::Range(1, 65536));
        command.add_flag("--json", options->json,
                         "one JSON object: perplexity, error (one standard error), tokens (that were "
                         "scored), chunks");
        return [options] { return measure_perplexity(*options); };
      });
}

}  // namespace hearth
