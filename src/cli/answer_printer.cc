#include "cli/answer_printer.h"

namespace hearth {

namespace {

constexpr std::string_view kDim = "\033[2m", kPlain = "\033[0m";

}  // namespace

AnswerPrinter::AnswerPrinter(const ChatFormat& format, std::string_view opening, ShowReasoning show,
                             bool terminal, Write write)
    // No tools were offered, so that nothing is a call.
    : parser_(format, {.calls = false}, opening),
      shows_(show == ShowReasoning::always || (show == ShowReasoning::automatic && terminal)),
      terminal_(terminal),
      write_(std::move(write)) {}

// Reasoning and answer stand apart, and are told apart by brightness where there is any.
void AnswerPrinter::enter(bool reasoning) {
  if (reasoning == in_reasoning_) return;
  in_reasoning_ = reasoning;
  if (!shows_) return;
  if (terminal_) write_(reasoning ? kDim : kPlain);
  if (!reasoning) write_("\n\n");
}

bool AnswerPrinter::print(const std::vector<Delta>& deltas) {
  for (const Delta& delta : deltas) {
    bool reasoning = delta.kind == Delta::Kind::reasoning;
    if (!reasoning && delta.kind != Delta::Kind::content) continue;
    (reasoning ? reasoning_ : content_) += delta.text;
    enter(reasoning);
    if ((!reasoning || shows_) && !write_(delta.text)) return false;
  }
  return true;
}

bool AnswerPrinter::push(std::string_view text, bool control) {
  return print(parser_.feed(text, control)) && !parser_.ended();
}

void AnswerPrinter::finish() {
  print(parser_.finish());
  if (in_reasoning_ && shows_ && terminal_) write_(kPlain);
}

}  // namespace hearth
