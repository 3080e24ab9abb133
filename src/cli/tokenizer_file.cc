#include "cli/tokenizer_file.h"

namespace hearth {

Result<std::shared_ptr<const Tokenizer>> open_tokenizer(const std::filesystem::path& model) {
  TRY(GgufFile file, GgufFile::open(model));
  auto tokenizer = read_tokenizer(file.metadata());
  if (!tokenizer.ok()) return tokenizer;
  if (!*tokenizer) return fail("{}: has no tokenizer; tokenizer.ggml.model names none", model.string());
  return tokenizer;
}

}  // namespace hearth
