// Lists of ranks, as tiktoken keeps vocabularies: on each line the bytes of a token in base64, and its rank,
// which is its id and how urgent it is to join.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/owned_vocabulary.h"
#include "model/tokenizer_json.h"
#include "tokenizer/pipeline.h"

namespace hearth {

// The tokens by rank, spelled in byte_alphabet.h; a rank that nobody has is empty.
Result<std::vector<std::string>> parse_tiktoken(std::string_view text);

// How such a list cuts words is not in it. Those of released models are told by how many ranks they have; an
// error for others.
Result<std::string_view> tiktoken_pre_tokenizer(size_t ranks);

// `pre`: a name of the table of pre-tokenizers. `added`: tokens with ids beyond the list.
Result<Pipeline> make_tiktoken_pipeline(const std::vector<std::string>& ranks, std::string_view pre,
                                        const std::vector<TokenizerJson::Added>& added);

// The same with merges, as GGUF files say it: of each token the two parts that the tokens before it make of it.
Result<OwnedVocabulary> tiktoken_vocabulary(const std::vector<std::string>& ranks, std::string_view pre,
                                            const std::vector<TokenizerJson::Added>& added);

}  // namespace hearth
