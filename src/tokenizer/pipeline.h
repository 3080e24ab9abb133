// All that a tokenizer is, in the order in which a text passes through: added tokens that are found in the
// text as it is, the normaliser, added tokens that are found in what it makes, the pre-tokenizer, the model,
// and what is put around. And the way back. Every source of tokenizers makes one of these.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tokenizer/added_tokens.h"
#include "tokenizer/decoder.h"
#include "tokenizer/pretokenizer.h"
#include "tokenizer/text_step.h"
#include "tokenizer/token_set.h"
#include "tokenizer/vocabulary.h"
#include "tokenizer/word_model.h"

namespace hearth {

struct Pipeline {
  std::shared_ptr<const TokenSet> tokens;
  TokenRoles roles;
  std::vector<TokenId> ends;  // of a generation, in order
  std::vector<AddedToken> added;
  TextSteps normalizer;
  PreTokenizer pretokenizer;
  std::unique_ptr<const WordModel> model;
  std::vector<TokenId> prefix, suffix;  // around a text
  Decoder decoder;
};

}  // namespace hearth
