// The expression that cuts text where its script changes.
#pragma once

#include <string>

namespace hearth {

// Each match is a piece: characters of one script, with spaces and what has none between and after; Hiragana, Katakana and
// the mark of a long vowel count as Han. Spaces that a text begins with are in no match.
std::string script_runs_pattern();

}  // namespace hearth
