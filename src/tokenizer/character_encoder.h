// BPE over characters, with U+2581 for spaces and byte tokens for what the vocabulary lacks: SentencePiece's
// BPE ("llama"), where scores say what is joined first, and its descendants that carry merges ("gemma4").
#pragma once

#include <memory>

#include "tokenizer/encoder.h"
#include "tokenizer/pretokenizer.h"
#include "tokenizer/token_set.h"

namespace hearth {

// `tokens` must outlive the encoder. `unknown` stands for characters that have neither token nor bytes.
Result<std::unique_ptr<Encoder>> make_sentencepiece_encoder(const Vocabulary& vocabulary,
                                                            const TokenSet& tokens,
                                                            std::optional<TokenId> unknown,
                                                            bool opening_space);

Result<std::unique_ptr<Encoder>> make_character_merge_encoder(const Vocabulary& vocabulary,
                                                              const TokenSet& tokens,
                                                              const PreTokenizerRow& row,
                                                              std::optional<TokenId> unknown);

}  // namespace hearth
