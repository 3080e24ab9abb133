// The tokenizer of a checkpoint: a folder as Hugging Face keeps models.
#pragma once

#include <filesystem>
#include <memory>

#include "base/result.h"
#include "tokenizer/tokenizer.h"

namespace hearth {

// From `tokenizer.json`, or else `tokenizer.model` (SentencePiece's, or a list of ranks), or else a
// `*.tiktoken`; `tokenizer_config.json`, `generation_config.json` and `config.json` say what tokens are for.
// Nothing where the folder has none of these. Errors name the file.
Result<std::shared_ptr<const Tokenizer>> read_checkpoint_tokenizer(const std::filesystem::path& folder);

}  // namespace hearth
