// What programming languages look like, as far as colours need it.
#pragma once

#include <span>
#include <string_view>

namespace hearth {

struct Language {
  std::string_view names;                                  // as they stand behind a fence, between blanks
  std::string_view keywords;                               // between blanks, in order of no importance
  std::string_view line_comments, block_begin, block_end;  // the first: several, between blanks
  std::string_view quotes;                                 // each ends what it began; \ escapes
  std::string_view long_quotes = {};                       // the same over several lines, between blanks
  bool any_case = false;                                   // of keywords
};

// Nothing where the language is not known: better plain than wrong.
const Language* find_language(std::string_view name);

std::span<const Language> languages();

}  // namespace hearth
