// Reads arguments that are written as parameters and gives them as one JSON object, as they come.
#pragma once

#include <optional>
#include <string>

#include "chat/format/format.h"
#include "chat/format/literal.h"
#include "chat/format/literal_reader.h"
#include "chat/format/values.h"

namespace hearth {

class ParameterReader {
 public:
  // `behind`: the literal behind the arguments. `parameters`: the schema of the object, or null.
  ParameterReader(const ParameterSyntax& syntax, std::string_view behind, const ChatJson* parameters);

  enum class Step : uint8_t {
    more,
    past,  // the arguments ended before again() and this character
    bad,   // no parameter goes on with these
  };

  // Appends JSON to `out` as soon as it is certain.
  Step push(char c, std::string& out);
  // There is no more: closes what is open. Whether the arguments were whole.
  bool finish(std::string& out);
  // Bytes before the last one that were taken for something that they are not.
  std::string take_again() { return std::move(held_); }

 private:
  enum class State : uint8_t { next, key, key_end, value, maybe_end, literal, behind_literal };

  Step begin_next(char c, std::string& out);
  Step end_arguments(std::string& out);
  void begin_value(std::string& out);
  Step value(char c, std::string& out);
  Step maybe_end(char c, std::string& out);
  void put(std::string_view text, std::string& out);
  void end_value(std::string& out);

  const ParameterSyntax& syntax_;
  const ChatJson* parameters_;
  Literal key_begin_, separator_, behind_;
  State state_ = State::next;
  bool any_ = false;  // parameters so far
  std::string key_;
  std::string held_;    // what may be a mark
  Literal ends_[2];     // of a key: for text, for all else
  bool alive_[2] = {};  // which of them go on
  ValueKind kind_ = ValueKind::unknown;
  std::string value_end_;  // what ends this value, its white space left out
  bool streams_ = false;   // the value is text, given as it comes
  std::string raw_;        // the value so far, if it is not
  std::string white_;      // white space of the value that may be the format's
  bool begun_ = false;     // the value has more than white space
  size_t depth_ = 0;       // of nested parameters
  std::optional<LiteralReader> literal_;
};

}  // namespace hearth
