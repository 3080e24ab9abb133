// Mistral's `tekken.json`: ranks of byte tokens, the expression that cuts words, and control tokens whose ids come
// before the ranks. As a `tokenizer.json`.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace hearth {

Result<std::string> tokenizer_json_of_tekken(std::string_view text);

}  // namespace hearth
