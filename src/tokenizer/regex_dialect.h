// The regular expressions of tokenizers are written for Onigmo, as tokenizer.json files carry them, and run on
// PCRE2: what the two read differently is rewritten.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace hearth {

// `\s`, `\w`, `\b` and `\h` mean what Unicode and Onigmo mean by them; classes may be nested, and meet (`&&`);
// the name of a script is the script and not its extensions. What cannot be rewritten is an error.
Result<std::string> pcre_from_onigmo(std::string_view pattern);

}  // namespace hearth
