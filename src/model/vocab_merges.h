// Older checkpoints have a byte-level tokenizer as two files, `vocab.json` and `merges.txt`. What else it does is in
// the code of a class that the configuration names; transformers makes a `tokenizer.json` of the three, and so does
// this.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "model/tokenizer_facts.h"

namespace hearth {

Result<std::string> tokenizer_json_of(std::string_view vocabulary, std::string_view merges,
                                      const TokenizerFacts& facts);

}  // namespace hearth
