// Takes apart what a model writes, as it comes: content, reasoning, tool calls.
//
// Nothing is lost. What looked like a call and is none is delivered as content, with a flag; a call that breaks off is
// delivered as far as it came, with a flag. Work is linear in the text, and only what may still become a mark, and white
// space that may belong to one, is held back.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "chat/format/call_reader.h"
#include "chat/format/format.h"
#include "chat/format/marks.h"

namespace hearth {

struct Delta {
  enum class Kind : uint8_t {
    content,
    reasoning,
    call_begin,  // has the name, and the id if that is known
    arguments,   // a piece of JSON
    call_end,    // has the id, if the model wrote one
    syntax,      // text that told these apart; only if asked for
  };
  Kind kind;
  size_t call = 0;  // which one, counted from 0
  std::string text{};
  std::string name{}, id{};
  bool malformed = false;

  bool operator==(const Delta&) const = default;
};

struct OutputOptions {
  ChatJson tools = nullptr;  // types the arguments; without, they are guessed
  bool calls = true;         // look for calls at all
  bool syntax = false;       // give deltas of kind syntax, so that every byte is in one
};

class OutputParser final : private CallSink {
 public:
  // `opening`: what the prompt has written of the turn already: format.opening(prompt).
  OutputParser(ChatFormat format, OutputOptions options, std::string_view opening);
  OutputParser(const OutputParser&) = delete;
  OutputParser& operator=(const OutputParser&) = delete;

  // Whole characters. `special`: the text is that of a control token.
  std::vector<Delta> feed(std::string_view text, bool special = false);
  // There is no more.
  std::vector<Delta> finish();

  bool in_reasoning() const { return mode_ == Mode::reasoning; }
  // The model has ended its turn; what it writes now is none of it.
  bool ended() const { return mode_ == Mode::ended; }

 private:
  enum class Mode : uint8_t { content, reasoning, call, ended };
  struct Meaning {
    const CallSyntax* call = nullptr;
    bool reasoning_begin = false, reasoning_end = false;
    bool content_begin = false, content_end = false;
    bool turn_begin = false, turn_end = false;
    std::string_view white{};  // before it, that is the mark's own
  };

  void add(std::string_view mark, bool Meaning::*meaning);
  void prepare();
  void push(char c);
  void push_call(char c);
  void push_text(char c);
  void read(MarkFinder::Found&& found);
  void take_mark(const std::string& mark, const Meaning& meaning);
  bool fits(const CallSyntax& call) const;
  void begin_calls(const CallSyntax& call, const std::string& mark);
  void deliver(std::string_view text, bool malformed);
  void drop_white(std::string_view own, bool all);
  void begin_block();
  void emit(Delta::Kind kind, std::string_view text, bool malformed = false);
  void emit_syntax(std::string_view text) {
    if (options_.syntax) emit(Delta::Kind::syntax, text);
  }

  void begin_call(const std::string& name, const std::string& id) override;
  void add_arguments(std::string_view json) override;
  void end_call(const std::string& id, bool malformed) override;

  ChatFormat format_;
  OutputOptions options_;
  MarkFinder marks_;
  std::vector<Meaning> meanings_;  // of the marks

  Mode mode_ = Mode::content;
  std::vector<Delta> deltas_;
  std::string white_;        // white space that may belong to a mark
  bool block_empty_ = true;  // no content since the turn or the last part of another kind began
  bool first_block_ = true;  // nothing but content so far
  bool beyond_ = false;      // the turn has ended, and text came nevertheless
  std::optional<CallReader> reader_;
  const CallSyntax* syntax_ = nullptr;  // that it reads
  size_t calls_ = 0;
  std::string call_text_;          // of the calls being read, for syntax
  uint64_t read_ = 0, plain_ = 0;  // bytes; those up to the last one that was in no control token
};

}  // namespace hearth
