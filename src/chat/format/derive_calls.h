// The part of derive.h that learns how tool calls are spelled.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "chat/format/format.h"

namespace hearth {

// Turns of the assistant as a template writes them, from behind turn_begin to before turn_end.
struct ShownCalls {
  std::string turn_begin;
  std::string one;                    // a call of probe::kName with two text arguments
  std::optional<std::string> two;     // and another one of probe::kSecondName behind it
  std::optional<std::string> behind;  // the call behind some content
  // The turn with one call with these arguments.
  std::function<std::optional<std::string>(const ChatJson& arguments)> with;
};

struct LearnedCalls {
  CallSyntax syntax;
  size_t taken;          // bytes of turn_begin that belong to the calls
  std::string turn_end;  // another end of turns, that only those with calls have
};

// Nothing, if no call is to be seen there.
std::optional<LearnedCalls> learn_calls(const ShownCalls& shown);

// What tells that calls begin, from the text before the first name.
std::string call_trigger(std::string_view begin, const std::vector<std::string>& other_marks);

}  // namespace hearth
