// The tokenizer that a GGUF file carries in its metadata.
#pragma once

#include <memory>

#include "formats/gguf.h"
#include "tokenizer/tokenizer.h"

namespace hearth {

// Nothing where the file says that it has none (`tokenizer.ggml.model` is absent, "no_vocab" or "none").
// Errors name the key. What is returned does not need the file.
Result<std::shared_ptr<const Tokenizer>> read_tokenizer(const GgufMetadata& metadata);

}  // namespace hearth
