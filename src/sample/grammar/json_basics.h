// What all JSON is made of, as expressions. The schemas of one grammar share it: a string is a piece of its own that
// each of them calls, not a copy for every property of every tool.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>

#include "sample/grammar/budget.h"
#include "sample/grammar/expression.h"
#include "sample/grammar/machine.h"

namespace hearth::grammar {

class JsonBasics {
 public:
  static Result<JsonBasics> make(Expressions& expressions);

  std::map<std::string, ExprId> ranges;  // of numbers, by what bounds them
  ExprId blank;                          // behind a colon
  ExprId space;                          // between other tokens
  ExprId character;  // of a string, in every way that JSON has to write it; of surrogates only pairs
  ExprId string;     // any, with its quotes
  RuleId any_value;  // its body is for who compiles schemas to give

  // Strings but these. What JSON wants escaped is escaped, and nothing else is, so that a text is written in one way.
  // Takes one state for each character of the names.
  Result<ExprId> string_except(const std::set<std::string>& names, Budget& budget);
  // The same as a piece of its own, one for all that are equal.
  ExprId apart(ExprId body, std::string_view name);
  // The texts that match a regular expression, as a whole or in some part; found once.
  Result<Machine> language(std::string_view regex, bool whole, Budget& budget);

 private:
  explicit JsonBasics(Expressions& expressions) : ex_(&expressions) {}

  Expressions* ex_;
  ExprId wide_, escape_, rest_;
  std::map<ExprId, RuleId> apart_;
  std::map<std::pair<bool, std::string>, Machine> languages_;
};

// The ways to write a byte that cannot stand for itself in a JSON string; nothing for any other.
ExprId json_escape(uint8_t byte, Expressions& expressions);

ExprId in_quotes(ExprId content, Expressions& expressions);

}  // namespace hearth::grammar
