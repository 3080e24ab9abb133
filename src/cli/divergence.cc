// hearth divergence: how far a model's foretelling is from another's, mostly from that of which it was made.
#include "engine/divergence.h"

#include <nlohmann/json.hpp>

#include "base/human.h"
#include "cli/command.h"
#include "cli/measuring.h"
#include "cli/output.h"
#include "cli/progress.h"

namespace hearth {

namespace {

struct DivergenceOptions {
  MeasuringGiven measuring;
  std::string reference;
  bool json = false;
};

// Each number of the result: its name in JSON, how a person reads it, and its standard error, if it has one.
struct Figure {
  const char* key;
  double Divergence::*value;
  const char* error_key;
  double Divergence::*error;
  const char* title;
  double scale = 1;
  const char* unit = "";
};

constexpr Figure kFigures[] = {
    {"kl_mean", &Divergence::kl_mean, "kl_error", &Divergence::kl_error, "KL divergence, mean"},
    {"kl_median", &Divergence::kl_median, nullptr, nullptr, "  median"},
    {"kl_p90", &Divergence::kl_p90, nullptr, nullptr, "  90 %"},
    {"kl_p95", &Divergence::kl_p95, nullptr, nullptr, "  95 %"},
    {"kl_p99", &Divergence::kl_p99, nullptr, nullptr, "  99 %"},
    {"kl_p99_9", &Divergence::kl_p99_9, nullptr, nullptr, "  99.9 %"},
    {"kl_max", &Divergence::kl_max, nullptr, nullptr, "  maximum"},
    {"same_top", &Divergence::same_top, "same_top_error", &Divergence::same_top_error, "same token likeliest",
     100, " %"},
    {"dp_mean", &Divergence::dp_mean, "dp_mean_error", &Divergence::dp_mean_error,
     "probability of the right token, mean difference", 100, " %"},
    {"dp_rms", &Divergence::dp_rms, "dp_rms_error", &Divergence::dp_rms_error, "  root mean square", 100,
     " %"},
    {"perplexity", &Divergence::perplexity, "perplexity_error", &Divergence::perplexity_error, "perplexity"},
    {"reference_perplexity", &Divergence::reference_perplexity, "reference_perplexity_error",
     &Divergence::reference_perplexity_error, "  of the reference"},
    {"perplexity_ratio", &Divergence::perplexity_ratio, "perplexity_ratio_error",
     &Divergence::perplexity_ratio_error, "  ratio"},
};

std::string as_json(const Divergence& divergence) {
  nlohmann::ordered_json json;
  for (const Figure& row : kFigures) {
    json[row.key] = divergence.*row.value;
    if (row.error) json[row.error_key] = divergence.*row.error;
  }
  json["tokens"] = divergence.tokens;
  json["chunks"] = divergence.chunks;
  return json.dump() + "\n";
}

std::string as_table(const Divergence& divergence, int64_t chunk) {
  Table table("<><");
  for (const Figure& row : kFigures) {
    std::string error =
        row.error ? fmt::format("+- {:.6f}{}", divergence.*row.error * row.scale, row.unit) : "";
    table.add({row.title, fmt::format("{:.6f}{}", divergence.*row.value * row.scale, row.unit), error});
  }
  return table.text("") + fmt::format("{} tokens in {} chunks of {}\n",
                                      grouped(static_cast<uint64_t>(divergence.tokens)), divergence.chunks,
                                      chunk);
}

Result<std::unique_ptr<Session>> session_of(const ReadingModel& opened, Backend& backend, int64_t context,
                                            const ModelOptionsGiven& given) {
  SessionOptions options = measuring_session(*opened.model, context);
  const CacheTypes kept = cache_types(given);
  options.key_type = kept.keys;
  options.value_type = kept.values;
  auto session = Session::create(opened.model, backend, options);
  if (!session.ok()) return within(opened.model->name(), std::move(session).error());
  return session;
}

Status measure_divergence(const DivergenceOptions& options) {
  const ModelOptionsGiven& given = options.measuring.model;
  ModelOptionsGiven reference_given = given;
  reference_given.model = options.reference;
  TRY(ReadingModel opened, open_reading_model(given, true));
  TRY(ReadingModel reference, open_reading_model(reference_given, true));
  TRY_STATUS(check_same_vocabulary(*opened.model, *opened.tokenizer, *reference.model, *reference.tokenizer));
  // The reference's tokenizer decides, should the two cut a text differently.
  TRY(Chunks chunks, open_chunks(options.measuring, reference));
  TRY(auto backend, open_backend(given));
  TRY(auto session, session_of(opened, *backend, chunks.size(), given));
  TRY(auto reference_session, session_of(reference, *backend, chunks.size(), given));

  ThreadPool pool(given.threads);
  ProgressLine line;
  auto total = static_cast<uint64_t>(chunks.count());
  line.show("chunks", 0, total);
  auto result = measure_divergence(*session, *reference_session, chunks, pool, [&](const Divergence& so_far) {
    line.show("chunks", static_cast<uint64_t>(so_far.chunks), total,
              fmt::format("KL {:.5f}, same top {:.2f} %", so_far.kl_mean, 100 * so_far.same_top));
    return true;
  });
  line.clear();
  if (!result.ok()) return std::move(result).error();
  return print(options.json ? as_json(*result) : as_table(*result, chunks.size()));
}

}  // namespace

void divergence_command(CLI::App& app) {
  add_command(app, "divergence", "Measure how far a model is from another one with the same vocabulary",
              "hearth divergence model-q4_k_m.gguf --reference model-f16.gguf -f wiki.test.raw\n\n"
              "Both models read the text side by side. The KL divergence is how many nats a token costs more "
              "because\n"
              "the model foretells it and not the reference; a perfect copy has 0.",
              [](CLI::App& command) {
                auto options = std::make_shared<DivergenceOptions>();
                add_measuring_options(command, options->measuring);
                command.add_option("--reference", options->reference, "the model to hold it against")
                    ->type_name("MODEL")
                    ->required();
                command.add_flag("--json", options->json,
                                 "one JSON object with all numbers and their standard errors");
                return [options] { return measure_divergence(*options); };
              });
}

}  // namespace hearth
