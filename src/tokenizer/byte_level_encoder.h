// Byte-level BPE ("gpt2"): text is cut into words by a pre-tokenizer, and in each word bytes are joined by
// the ranks of the file's merges. Lossless wherever the vocabulary has all 256 bytes.
#pragma once

#include <memory>

#include "tokenizer/encoder.h"
#include "tokenizer/pretokenizer.h"
#include "tokenizer/token_set.h"

namespace hearth {

// `tokens` must outlive the encoder.
Result<std::unique_ptr<Encoder>> make_byte_level_encoder(const Vocabulary& vocabulary, const TokenSet& tokens,
                                                         const PreTokenizerRow& row);

}  // namespace hearth
