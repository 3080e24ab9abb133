// A regular expression of a pre-tokenizer, on PCRE2 with its just-in-time compiler and Unicode properties.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

struct pcre2_real_code_8;
struct pcre2_real_match_data_8;
struct pcre2_real_match_context_8;
struct pcre2_real_jit_stack_8;

namespace hearth {

class Regex {
 public:
  // In the language of tokenizer.json files: see regex_dialect.h. `^` and `$` are the ends of lines.
  static Result<Regex> compile(std::string_view pattern);

  Regex(Regex&&) = default;
  Regex& operator=(Regex&&) = default;

  const std::string& pattern() const { return pattern_; }

 private:
  friend class RegexSearch;
  struct Free {
    void operator()(pcre2_real_code_8* code) const;
  };
  Regex() = default;
  std::string pattern_;
  std::unique_ptr<pcre2_real_code_8, Free> code_;
  bool just_in_time_ = false;
};

// The memory that a search takes: one for each thread at a time, for any number of expressions and texts.
class RegexSearch {
 public:
  RegexSearch();
  ~RegexSearch();
  RegexSearch(const RegexSearch&) = delete;
  RegexSearch& operator=(const RegexSearch&) = delete;

  using Match = std::pair<size_t, size_t>;  // begin and end

  // The leftmost match that begins at or after `from` in `text`, which must be valid UTF-8. An error where
  // the expression needs more steps or memory than a search may take.
  Result<std::optional<Match>> find(const Regex& regex, std::string_view text, size_t from);

 private:
  pcre2_real_match_data_8* data_;
  pcre2_real_match_context_8* context_;
  pcre2_real_jit_stack_8* stack_ = nullptr;  // only made when the machine stack's 32 KiB did not do
};

}  // namespace hearth
