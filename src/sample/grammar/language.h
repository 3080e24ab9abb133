// Sets of texts as deterministic automata: what a pattern, a format, a length or a range of numbers allows. They
// can be intersected and inverted, and are built into a grammar when that is done.
#pragma once

#include <string_view>
#include <vector>

#include "sample/grammar/machine.h"

namespace hearth::grammar {

// The texts that an expression without rules and tokens matches; ^ and $ where it has begin and end.
Result<Machine> language_of(const Expressions& expressions, ExprId expr, Budget& budget);
// The texts that a regular expression matches as a whole, or some part of.
Result<Machine> whole_regex_language(std::string_view regex, Budget& budget);
Result<Machine> regex_language(std::string_view regex, Budget& budget);
Result<Machine> text_language(const std::vector<std::string_view>& texts, Budget& budget);

Result<Machine> intersect(const Machine& a, const Machine& b, Budget& budget);
// Those of its texts, all of them UTF-8, that have so many characters.
Result<Machine> limit_length(const Machine& machine, uint32_t least, uint32_t most, Budget& budget);
Result<Machine> subtract(const Machine& from, const Machine& what, Budget& budget);

// The texts themselves, and the JSON strings that hold them (without the quotes): what JSON wants escaped is
// escaped in every way JSON knows, and nothing else is.
ExprId embed(const Machine& machine, Expressions& expressions);
ExprId embed_in_json(const Machine& machine, Expressions& expressions);

}  // namespace hearth::grammar
