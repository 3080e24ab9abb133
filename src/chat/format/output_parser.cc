#include "chat/format/output_parser.h"

#include <algorithm>

#include "chat/format/lexemes.h"

namespace hearth {

namespace {

// As marks are looked for: without white space around, which models leave out or multiply, unless a word would then end
// in the middle.
std::string_view mark_text(std::string_view text) {
  std::string_view left = trim_left(text), both = trim_right(left);
  if (both.empty()) return both;
  char last = both.back();
  bool word = (last >= '0' && last <= '9') || (last >= 'a' && last <= 'z') || (last >= 'A' && last <= 'Z');
  return word ? left : both;
}

}  // namespace

OutputParser::OutputParser(ChatFormat format, OutputOptions options, std::string_view opening)
    : format_(std::move(format)), options_(std::move(options)) {
  prepare();
  for (char c : opening) push(c);
  // The prompt's own text is nobody's output.
  deltas_.clear();
  white_.clear();
  if (mode_ == Mode::ended) mode_ = Mode::content;
  if (mode_ == Mode::content) block_empty_ = true;
}

void OutputParser::add(std::string_view text, bool Meaning::*meaning) {
  std::string_view mark = mark_text(text);
  size_t number = marks_.add(mark);
  if (number == MarkFinder::kNone) return;
  if (number >= meanings_.size()) meanings_.resize(number + 1);
  meanings_[number].*meaning = true;
  if (meaning == &Meaning::turn_end) {
    meanings_[number].white = text.substr(0, text.size() - trim_left(text).size());
  }
}

void OutputParser::prepare() {
  add(format_.turn_begin, &Meaning::turn_begin);
  for (const std::string& end : format_.turn_ends) add(end, &Meaning::turn_end);
  add(format_.reasoning.begin, &Meaning::reasoning_begin);
  add(format_.reasoning.end, &Meaning::reasoning_end);
  for (const Marks& marks : format_.content) {
    add(marks.begin, &Meaning::content_begin);
    add(marks.end, &Meaning::content_end);
  }
  if (options_.calls) {
    for (const CallSyntax& call : format_.calls) {
      std::string first = call.trigger;
      if (call.bare()) {
        // The bracket that begins it.
        std::string begin = call.section_begin;
        if (!call.parts.empty()) begin += call.parts.front().text;
        first = without_space(begin).substr(0, 1);
      }
      size_t number = marks_.add(first);
      if (number == MarkFinder::kNone) continue;
      if (number >= meanings_.size()) meanings_.resize(number + 1);
      meanings_[number].call = &call;
    }
  }
  marks_.build();
}

void OutputParser::emit(Delta::Kind kind, std::string_view text, bool malformed) {
  if (text.empty()) return;
  if (!deltas_.empty() && deltas_.back().kind == kind && deltas_.back().malformed == malformed &&
      (kind != Delta::Kind::arguments || deltas_.back().call == calls_)) {
    deltas_.back().text += text;
  } else {
    deltas_.push_back({.kind = kind, .text = std::string(text), .malformed = malformed});
  }
}

void OutputParser::begin_call(const std::string& name, const std::string& id) {
  deltas_.push_back({.kind = Delta::Kind::call_begin, .call = calls_, .name = name, .id = id});
}

void OutputParser::add_arguments(std::string_view json) {
  emit(Delta::Kind::arguments, json);
  deltas_.back().call = calls_;
}

void OutputParser::end_call(const std::string& id, bool malformed) {
  deltas_.push_back({.kind = Delta::Kind::call_end, .call = calls_++, .id = id, .malformed = malformed});
}

// Text of the current mode, white space held back.
void OutputParser::deliver(std::string_view text, bool malformed) {
  if (text.empty()) return;
  if (mode_ == Mode::ended) {
    if (blank(text)) return emit_syntax(text);
    // Whoever goes on after the end of a turn says what nobody asked for; it is not ours to hide it.
    mode_ = Mode::content;
    beyond_ = true;
    block_empty_ = true;
  }
  malformed |= beyond_;
  Delta::Kind kind = mode_ == Mode::reasoning ? Delta::Kind::reasoning : Delta::Kind::content;
  for (char c : text) {
    if (is_space(c)) {
      white_ += c;
      continue;
    }
    if (block_empty_) {
      size_t own = white_.size();
      if (kind == Delta::Kind::content && first_block_) {
        own = std::string_view(white_).starts_with(format_.content_space) ? format_.content_space.size() : 0;
      } else if (kind == Delta::Kind::content) {
        // Behind reasoning: blank lines, but not what indents the first line.
        own = white_.find_last_of("\r\n") + 1;
        if (own == 0 && format_.reasoning.end.ends_with(white_)) own = white_.size();
      }
      emit_syntax(std::string_view(white_).substr(0, own));
      white_.erase(0, own);
      block_empty_ = false;
    }
    emit(kind, white_, malformed);
    white_.clear();
    emit(kind, {&c, 1}, malformed);
  }
}

// White space before a mark: all of it, or what is the mark's own.
void OutputParser::drop_white(std::string_view own, bool all) {
  if (all || block_empty_ || mode_ == Mode::reasoning) {
    emit_syntax(white_);
  } else {
    std::string_view white = white_;
    if (white.ends_with(own)) white.remove_suffix(own.size());
    emit(Delta::Kind::content, white);
    emit_syntax(std::string_view(white_).substr(white.size()));
  }
  white_.clear();
}

void OutputParser::begin_block() {
  block_empty_ = true;
  first_block_ = false;
}

bool OutputParser::fits(const CallSyntax& call) const {
  switch (call.where) {
    case CallSyntax::Where::anywhere: return true;
    case CallSyntax::Where::line: return block_empty_ || white_.find('\n') != white_.npos;
    case CallSyntax::Where::block: return block_empty_;
  }
  return false;
}

void OutputParser::begin_calls(const CallSyntax& call, const std::string& mark) {
  drop_white("", true);
  if (mode_ != Mode::content) begin_block();
  mode_ = Mode::call;
  syntax_ = &call;
  reader_.emplace(call, options_.tools, calls_, static_cast<CallSink&>(*this));
  for (char c : mark) push(c);  // a call that is none may end before its mark
}

void OutputParser::take_mark(const std::string& mark, const Meaning& meaning) {
  bool special = read_ - plain_ >= mark.size() + marks_.held().size();
  if (mode_ == Mode::reasoning) {
    if (meaning.reasoning_end || (special && (meaning.content_begin || meaning.turn_begin))) {
      drop_white("", true);
      emit_syntax(mark);
      mode_ = Mode::content;
      return begin_block();
    }
    if (meaning.turn_end) {
      drop_white("", true);
      emit_syntax(mark);
      mode_ = Mode::ended;
      return begin_block();
    }
    // Some call a function without ending their reasoning first.
    if (meaning.call && special) return begin_calls(*meaning.call, mark);
    return deliver(mark, false);
  }
  if (meaning.call && fits(*meaning.call)) return begin_calls(*meaning.call, mark);
  if (meaning.reasoning_begin && (block_empty_ || special)) {
    drop_white("", true);
    emit_syntax(mark);
    mode_ = Mode::reasoning;
    return begin_block();
  }
  if (meaning.content_begin || meaning.content_end) {
    drop_white("", false);
    emit_syntax(mark);
    mode_ = Mode::content;
    return begin_block();
  }
  if (meaning.turn_end) {
    drop_white(meaning.white, false);
    emit_syntax(mark);
    mode_ = Mode::ended;
    return begin_block();
  }
  // The turn goes on in another message; or reasoning ends that never began.
  if (block_empty_ && (meaning.turn_begin || meaning.reasoning_end)) {
    drop_white("", true);
    emit_syntax(mark);
    mode_ = Mode::content;
    return begin_block();
  }
  deliver(mark, false);
}

void OutputParser::read(MarkFinder::Found&& found) {
  deliver(found.text, false);
  if (found.mark == MarkFinder::kNone) return;
  take_mark(marks_.mark(found.mark), meanings_[found.mark]);
  for (char c : found.again) push(c);
}

void OutputParser::push_text(char c) { read(marks_.push(c)); }

void OutputParser::push_call(char c) {
  if (options_.syntax) call_text_ += c;
  CallReader::Step step = reader_->push(c);
  if (step == CallReader::Step::more) return;
  std::string rest = reader_->take_leftover();
  bool given_back = step != CallReader::Step::last;
  reader_.reset();
  if (options_.syntax) {
    call_text_.resize(call_text_.size() - (step == CallReader::Step::last ? 0 : rest.size() + 1));
    emit_syntax(call_text_);
    call_text_.clear();
  }
  mode_ = Mode::content;
  if (step == CallReader::Step::failed) {
    // Read once and found to be no call: it is not searched for marks again.
    deliver(rest, !syntax_->bare());
  } else {
    begin_block();
    for (char again : rest) push(again);
  }
  if (given_back) push(c);
}

void OutputParser::push(char c) {
  if (mode_ == Mode::call) {
    push_call(c);
  } else {
    push_text(c);
  }
}

std::vector<Delta> OutputParser::feed(std::string_view text, bool special) {
  for (char c : text) {
    ++read_;
    if (!special) plain_ = read_;
    push(c);
  }
  return std::exchange(deltas_, {});
}

std::vector<Delta> OutputParser::finish() {
  while (mode_ != Mode::call && !marks_.held().empty()) read(marks_.finish());
  if (mode_ == Mode::call) {
    reader_->finish();
    std::string rest = reader_->take_leftover();
    reader_.reset();
    if (options_.syntax) {
      call_text_.resize(call_text_.size() - rest.size());
      emit_syntax(call_text_);
      call_text_.clear();
    }
    mode_ = Mode::content;
    if (!blank(rest)) {
      deliver(rest, !syntax_->bare());
    } else {
      emit_syntax(rest);
    }
  }
  // The white space that the end of the turn, which nobody writes out, would have brought.
  std::string_view own;
  if (!format_.turn_ends.empty()) {
    const std::string& end = format_.turn_ends.front();
    own = std::string_view(end).substr(0, end.size() - trim_left(end).size());
  }
  drop_white(own, mode_ != Mode::content);
  return std::exchange(deltas_, {});
}

}  // namespace hearth
