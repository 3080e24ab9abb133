// The parts of a `tokenizer.json` that is made of other files.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "model/tokenizer_json.h"

namespace hearth {

// `prefix`: a space goes before the text. `cuts`: into words, by the expression that byte-level tokenizers share.
nlohmann::ordered_json byte_level_json(bool prefix, bool cuts);

// Words as this expression finds them, then bytes.
nlohmann::ordered_json cut_json(std::string_view pattern, bool prefix);

// The token goes before every text.
nlohmann::ordered_json begin_json(const std::string& token, TokenId id);

nlohmann::ordered_json added_json(const TokenizerJson::Added& token);

}  // namespace hearth
