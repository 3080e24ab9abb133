// The expression that cuts text where its script changes.
#pragma once

#include <string>

namespace hearth {

// Each match is a piece: runs of one script, with the spaces between them; Hiragana, Katakana and the mark of a
// long vowel count as Han.
std::string script_runs_pattern();

}  // namespace hearth
