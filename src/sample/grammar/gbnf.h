// GBNF, llama.cpp's notation for grammars.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "sample/grammar/expression.h"

namespace hearth::grammar {

using FindToken = std::function<std::optional<TokenId>(std::string_view text)>;

// The rule called root. `given`: rules that the text may use without defining them. Errors begin with the line and the
// column.
Result<RuleId> parse_gbnf(std::string_view text, const FindToken& find_token, Expressions& expressions,
                          const std::unordered_map<std::string, RuleId>& given = {});

}  // namespace hearth::grammar
