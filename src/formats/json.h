// Reads JSON that a stranger wrote: nesting is bounded, a key that occurs twice is an error, and every error
// says at which line and column. Beyond the standard it takes NaN, Infinity and -Infinity, which Python
// writes into configurations of models.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace hearth {

inline constexpr int kJsonMaxDepth = 64;

// The whole text as one document; objects keep the order of the text.
Result<nlohmann::ordered_json> parse_json(std::string_view text);

// Reads a document piece by piece, for what is too large to become a tree: the caller asks for what it
// expects.
class JsonReader {
 public:
  explicit JsonReader(std::string_view text);

  // `member(key)` reads the value.
  template <class Member>
  Status object(Member member) {
    TRY_STATUS(open('{', "an object"));
    std::vector<Key> keys;
    for (bool first = true;; first = false) {
      TRY(bool more, next('}', first));
      if (!more) break;
      size_t position = position_;
      TRY(std::string key, string());
      TRY_STATUS(colon());
      keys.push_back({key, position});
      TRY_STATUS(member(std::move(key)));
    }
    return check_unique(std::move(keys));
  }

  // `element()` reads the value.
  template <class Element>
  Status array(Element element) {
    TRY_STATUS(open('[', "an array"));
    for (bool first = true;; first = false) {
      TRY(bool more, next(']', first));
      if (!more) return {};
      TRY_STATUS(element());
    }
  }

  Result<std::string> string();
  Result<uint64_t> unsigned_integer();
  Result<nlohmann::ordered_json> value();

  // Whether the next value begins with this character, which tells its kind.
  bool next_is(char begin) const { return peek() == begin; }

  // Nothing but blanks may follow.
  Status finish();

  // An error at what was read last.
  Error error(std::string_view message) const;

 private:
  struct Key {
    std::string text;
    size_t position;
  };
  Status open(char bracket, std::string_view what);
  Result<bool> next(char bracket, bool first);
  Status colon();
  Status check_unique(std::vector<Key> keys) const;
  Status escape_sequence(std::string& out);
  Result<uint32_t> hex_digits();
  Result<nlohmann::ordered_json> number();
  void skip_blanks();
  void skip_digits();
  bool take(std::string_view word);
  char peek() const { return position_ < text_.size() ? text_[position_] : '\0'; }
  Error expected(std::string_view what) const;
  Error error_at(size_t position, std::string_view message) const;

  std::string_view text_;
  size_t position_ = 0;
  size_t begin_ = 0;  // of what was read last
  int depth_ = 0;
};

}  // namespace hearth
