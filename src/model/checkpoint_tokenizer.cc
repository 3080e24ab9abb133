#include "model/checkpoint_tokenizer.h"

#include "base/file.h"
#include "model/tokenizer_components.h"
#include "model/tokenizer_facts.h"

namespace hearth {

namespace {

constexpr uint64_t kMaxFileBytes = uint64_t{256} << 20;

Result<Pipeline> pipeline_of_json(std::string_view text) {
  TRY(TokenizerJson file, parse_tokenizer_json(text));
  return make_pipeline(file);
}

}  // namespace

Result<std::shared_ptr<const Tokenizer>> read_checkpoint_tokenizer(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::path path = folder / "tokenizer.json";
  if (!std::filesystem::exists(path, error)) return std::shared_ptr<const Tokenizer>();
  TRY(TokenizerFacts facts, read_tokenizer_facts(folder));
  TRY(std::string text, read_file(path, kMaxFileBytes));
  auto pipeline = pipeline_of_json(text);
  if (!pipeline.ok()) return within(path.string(), pipeline.error());
  apply(facts, *pipeline);
  auto tokenizer = Tokenizer::make(*std::move(pipeline));
  if (!tokenizer.ok()) return within(path.string(), tokenizer.error());
  return std::shared_ptr<const Tokenizer>(*std::move(tokenizer));
}

}  // namespace hearth
