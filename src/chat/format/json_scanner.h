// Follows JSON as it arrives, character by character, and knows where the value ends and whether it still can be one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hearth {

class JsonScanner {
 public:
  enum class Step : uint8_t {
    more,  // the character belongs to the value, which goes on
    last,  // ... and ends it
    past,  // the value ended before this character: only numbers tell so late
    bad,   // no value goes on with this character
  };

  Step push(char c);

  // Whether a character that is not white space would begin a value now.
  bool awaits_value() const { return state_ == State::value || state_ == State::item_or_end; }
  // The value is whole, though it could go on: a number.
  bool could_end() const {
    bool digit = digits_ == Digits::zero || digits_ == Digits::whole || digits_ == Digits::fraction ||
                 digits_ == Digits::exponent;
    return depth() == 0 && ((state_ == State::number && digit) || state_ == State::done);
  }
  size_t depth() const { return open_.size(); }
  bool in_key() const { return key_; }
  bool in_string() const { return state_ >= State::string; }

 private:
  enum class State : uint8_t {
    value,        // of anything
    item_or_end,  // behind [
    key_or_end,   // behind {
    key,          // behind a comma in an object
    colon,
    comma_or_end,
    number,
    word,  // true, false, null
    done,
    string,
    escape,
    hex,
  };

  Step begin_value(char c);
  Step end_value();
  Step number(char c);

  State state_ = State::value;
  std::string open_;  // the brackets that wait for their end
  bool key_ = false;
  std::string_view word_{};  // what is left of it
  int left_ = 0;             // hexadecimal digits
  enum class Digits : uint8_t { sign, zero, whole, point, fraction, e, e_sign, exponent } digits_{};
};

// Where the JSON value that begins at `at` ends, if there is a whole one.
std::optional<size_t> json_end(std::string_view text, size_t at);

}  // namespace hearth
