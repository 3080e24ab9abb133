// Prints an answer as it comes: content as it is, reasoning dimmed where a person reads it, calls as JSON.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "chat/format/output_parser.h"

namespace hearth {

enum class ShowReasoning { automatic, always, never };  // automatic: on a terminal

class AnswerPrinter {
 public:
  using Write = std::function<bool(std::string_view text)>;  // false: stop

  // `opening`: format.opening() of the prompt.
  AnswerPrinter(const ChatFormat& format, std::string_view opening, ShowReasoning show, bool terminal,
                Write write);

  // `control`: the text is that of a control token. False: nothing more is wanted.
  bool push(std::string_view text, bool control);
  void finish();

  // What there was; for the messages that follow.
  const std::string& content() const { return content_; }
  const std::string& reasoning() const { return reasoning_; }

 private:
  bool print(const std::vector<Delta>& deltas);
  void enter(bool reasoning);

  OutputParser parser_;
  bool shows_, terminal_, in_reasoning_ = false;
  Write write_;
  std::string content_, reasoning_;
};

}  // namespace hearth
