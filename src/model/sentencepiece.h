// SentencePiece's `tokenizer.model`.
#pragma once

#include <string_view>

#include "base/result.h"
#include "model/owned_vocabulary.h"

namespace hearth {

// Of type BPE or unigram; others are errors that say so. The bytes are a message of Protocol Buffers.
Result<OwnedVocabulary> parse_sentencepiece(std::string_view bytes);

}  // namespace hearth
