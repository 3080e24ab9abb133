#include "cli/measuring.h"

#include "base/file.h"
#include "base/log.h"
#include "cli/command.h"
#include "model/vocabulary.h"

namespace hearth {

void add_measuring_options(CLI::App& app, MeasuringGiven& given) {
  add_model_options(app, given.model, ModelChoice::required, false);
  app.add_option("-f,--file", given.text, "the text to measure on")->type_name("TEXT")->required();
  app.add_option("--ctx", given.chunks.size, "tokens of the chunks that the text is cut into")
      ->type_name("N")
      ->check(positive)
      ->capture_default_str();
  app.add_option("--chunks", given.chunks.most, "at most so many chunks; the whole text if none is given")
      ->type_name("N")
      ->check(positive);
  add_cache_type_option(app, given.model);
}

Result<ReadingModel> open_reading_model(const ModelOptionsGiven& given, bool foretells) {
  ReadingModel opened;
  TRY(opened.model, open_model(given));
  const Model& model = *opened.model;
  auto vocabulary = model.vocabulary();
  if (foretells && !vocabulary) {
    return fail(
        "{}: is an embedding model, which foretells no text: only models that generate can be measured",
        model.name());
  }
  auto tokenizer = model.tokenizer();
  if (!tokenizer.ok()) return within(model.name(), std::move(tokenizer).error());
  opened.tokenizer = *std::move(tokenizer);
  if (!opened.tokenizer) {
    return fail(
        "{}: has no tokenizer, so it cannot read a text; take a file that was made with its tokenizer",
        model.name());
  }
  if (foretells && *vocabulary < static_cast<int64_t>(opened.tokenizer->size())) {
    return fail("{}: the tokenizer has {} tokens, the model's output only {}", model.name(),
                opened.tokenizer->size(), *vocabulary);
  }
  return opened;
}

Result<Chunks> open_chunks(const MeasuringGiven& given, const ReadingModel& model) {
  TRY(std::string text, read_file(given.text, kMaxTextBytes));
  // The end of the last line is the file's, not the text's.
  if (text.ends_with('\n')) text.pop_back();
  auto chunks = Chunks::make(*model.tokenizer, text, given.chunks);
  if (!chunks.ok()) return within(given.text, std::move(chunks).error());
  if (auto trained = model.model->trained_context(); trained && given.chunks.size > *trained) {
    log_warning("chunks of {} tokens; {} was trained for {}", given.chunks.size, model.model->name(),
                *trained);
  }
  return chunks;
}

std::string with_error(double value, double error) { return fmt::format("{:.4f} +- {:.4f}", value, error); }

}  // namespace hearth
