// Reads one value in the ways models write values when it is not JSON, and writes it as JSON: Python's literals, bare
// keys, texts between marks of a model's own. JSON itself passes through.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hearth {

class LiteralReader {
 public:
  struct Options {
    // Texts have escapes. Without: a quote ends a text if something follows that may follow a text.
    bool escapes = true;
    std::string open{}, close{};  // marks around texts, besides quotes
  };
  explicit LiteralReader(Options options) : options_(std::move(options)) {}

  enum class Step : uint8_t {
    more,  // the character belongs to the value
    past,  // the value ended before it
    bad,
  };

  // Appends what is known now to `out`.
  Step push(char c, std::string& out);
  // There is no more. Whether the value is whole.
  bool finish(std::string& out);

 private:
  enum class State : uint8_t {
    value,
    key,  // behind { or a comma in it
    colon,
    comma,  // behind a value in a list or an object
    word,   // a number, True, or a key without quotes
    text,   // between quotes
    escape,
    code,         // of a character, in hexadecimal digits
    maybe_end,    // behind a quote that may be part of the text
    marked_text,  // between marks
    opening_mark,
    done,
  };

  Step begin(char c, std::string& out);
  Step end_value(std::string& out);
  bool end_word(std::string& out);
  Step text(char c, std::string& out);
  void end_code(std::string& out);

  Options options_;
  State state_ = State::value;
  std::string open_;  // brackets that wait for their end
  std::string held_;  // a word; what may be a mark; white space behind a quote
  char quote_ = 0;
  bool key_ = false;   // the text or word is a key
  bool first_ = true;  // nothing stands in the innermost bracket yet
  uint32_t code_ = 0, surrogate_ = 0;
  int digits_ = 0;
};

}  // namespace hearth
