// A Vocabulary and what it looks at, for those who read one from a file that is not GGUF.
#pragma once

#include <string>
#include <vector>

#include "tokenizer/vocabulary.h"

namespace hearth {

struct OwnedVocabulary {
  Vocabulary fields;  // but for those below, whose views are made when they are asked for
  std::string model, pre;
  std::vector<std::string> tokens, merges;

  // Ends when this changes.
  Vocabulary view() {
    token_views_.assign(tokens.begin(), tokens.end());
    merge_views_.assign(merges.begin(), merges.end());
    Vocabulary result = fields;
    result.model = model;
    result.pre = pre;
    result.tokens = token_views_;
    result.merges = merge_views_;
    return result;
  }

 private:
  std::vector<std::string_view> token_views_, merge_views_;
};

}  // namespace hearth
