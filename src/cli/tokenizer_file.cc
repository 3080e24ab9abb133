#include "cli/tokenizer_file.h"

#include "cli/named_model.h"
#include "model/checkpoint_tokenizer.h"

namespace hearth {

Result<std::shared_ptr<const Tokenizer>> open_tokenizer(const std::string& given) {
  TRY(std::filesystem::path model, find_model_path(given));
  std::error_code error;
  if (std::filesystem::is_directory(model, error)) {
    TRY(auto tokenizer, read_checkpoint_tokenizer(model));
    if (!tokenizer)
      return fail("{}: has no tokenizer: neither tokenizer.json nor tokenizer.model nor a .tiktoken",
                  model.string());
    return tokenizer;
  }
  TRY(GgufFile file, GgufFile::open(model));
  auto tokenizer = read_tokenizer(file.metadata());
  if (!tokenizer.ok()) return tokenizer;
  if (!*tokenizer) return fail("{}: has no tokenizer; tokenizer.ggml.model names none", model.string());
  return tokenizer;
}

}  // namespace hearth
