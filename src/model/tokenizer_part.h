// A component of a `tokenizer.json` and where it stands there, for those who read components: every error
// names the place.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tokenizer/regex.h"

namespace hearth {

class TokenizerPart {
 public:
  using Json = nlohmann::ordered_json;
  // `json` must outlive it.
  TokenizerPart(const Json& json, std::string where) : json_(json), where_(std::move(where)) {}

  bool is_null() const { return json_.is_null(); }
  Result<std::string> type() const;
  const Json* find(std::string_view key) const;  // nothing for null either

  Result<std::string> text(std::string_view key) const;
  Result<std::string> text(std::string_view key, std::string_view otherwise) const;
  Result<bool> flag(std::string_view key, bool otherwise) const;
  Result<size_t> number(std::string_view key) const;
  // The parts of a sequence.
  Result<std::vector<TokenizerPart>> parts(std::string_view key) const;

  struct Pattern {
    std::string text;
    bool literal;
  };
  Result<Pattern> pattern() const;
  Result<Regex> compile(const Pattern& pattern) const;

  Error wrong(std::string_view key, std::string_view expected) const;
  Error unknown_type() const;
  Error within(const Error& error) const;

 private:
  const Json& json_;
  std::string where_;
};

}  // namespace hearth
