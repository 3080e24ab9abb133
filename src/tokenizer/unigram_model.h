// The unigram language model of SentencePiece: of all ways to spell a word with tokens the one whose scores
// sum highest.
#pragma once

#include <memory>
#include <span>

#include "base/result.h"
#include "tokenizer/token_set.h"
#include "tokenizer/word_model.h"

namespace hearth {

// Runs of characters without tokens are spelled in byte tokens where there are some for all of them, or else
// are one unknown token. `scores`: one for each token; those of user-defined tokens count as 0. `tokens` must
// outlive the model.
Result<std::unique_ptr<const WordModel>> make_unigram_model(const TokenSet& tokens,
                                                            std::span<const double> scores,
                                                            std::optional<TokenId> unknown);

}  // namespace hearth
