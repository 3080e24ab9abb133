// The kinds of tokenizers that GGUF files name, as pipelines.
#pragma once

#include "base/result.h"
#include "tokenizer/pipeline.h"

namespace hearth {

// Errors begin with the field of the vocabulary that is wrong.
Result<Pipeline> make_pipeline(const Vocabulary& vocabulary);

}  // namespace hearth
