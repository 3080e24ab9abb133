// Prints an answer as it comes: content with its code in colour, reasoning dimmed, or folded into one line.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "chat/format/output_parser.h"
#include "cli/highlighter.h"
#include "cli/terminal.h"

namespace hearth {

// fold: while it comes, its last words in one line; then how long it took. Where no line can be written again: hide.
enum class ReasoningShown { show, fold, hide };

struct PrinterOptions {
  ReasoningShown reasoning = ReasoningShown::show;
  std::string unfold{};  // what shows a folded one, for the line that stands for it
  Screen screen{};
};

class AnswerPrinter {
 public:
  using Write = std::function<bool(std::string_view text)>;  // false: stop

  // `opening`: format.opening() of the prompt.
  AnswerPrinter(const ChatFormat& format, std::string_view opening, PrinterOptions options, Write write);

  // `control`: the text is that of a control token. False: nothing more is wanted.
  bool push(std::string_view text, bool control);
  void finish();

  // What there was; for the messages that follow.
  const std::string& content() const { return content_; }
  const std::string& reasoning() const { return reasoning_; }

 private:
  using Clock = std::chrono::steady_clock;

  bool print(const std::vector<Delta>& deltas);
  bool print_reasoning(std::string_view text);
  bool print_content(std::string_view text);
  void end_reasoning();
  std::string dim(std::string_view text) const;

  OutputParser parser_;
  PrinterOptions options_;
  bool in_reasoning_ = false;
  Clock::time_point began_;
  Write write_;
  Highlighter highlighter_;
  std::string content_, reasoning_;
};

// The last words of a text, as one line of at most so many columns.
std::string last_words(std::string_view text, size_t columns);

}  // namespace hearth
