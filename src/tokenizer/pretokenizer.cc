#include "tokenizer/pretokenizer.h"

#include "base/text.h"
#include "tokenizer/utf8.h"

namespace hearth {

Result<PreTokenizer> PreTokenizer::make(const PreTokenizerRow& row) {
  PreTokenizer result;
  for (const std::string_view& pattern : row.patterns) {
    TRY(Regex regex, Regex::compile(pattern));
    bool drops = (row.flags & PreTokenizerRow::kOnlyMatches) && &pattern == &row.patterns.back();
    result.add(Cut{std::move(regex), drops ? CutBehavior::removed : CutBehavior::isolated, drops});
  }
  return result;
}

bool PreTokenizer::take_last_byte_characters() {
  if (steps_.empty() || !steps_.back().is_byte_characters) return false;
  steps_.pop_back();
  return true;
}

Status PreTokenizer::split(std::string_view text, bool first, SplitMemory& memory, const Word& word) const {
  memory.stretches.resize(steps_.size());
  return run(0, {text, first, false}, memory, word);
}

inline Status PreTokenizer::run(size_t step, const Piece& piece, SplitMemory& memory,
                                const Word& word) const {
  if (piece.text.empty()) return {};
  if (step < steps_.size()) return take(step, piece, memory, word);
  word(piece.text);
  return {};
}

Status PreTokenizer::take(size_t step, const Piece& piece, SplitMemory& memory, const Word& word) const {
  const Step& here = steps_[step];
  if (here.rewrite) {
    Stretch& stretch = memory.stretches[step];
    stretch.text.assign(piece.text);
    stretch.first = piece.first;
    TRY_STATUS(here.rewrite->apply(stretch, memory.search));
    return run(step + 1, {stretch.text, stretch.first, false}, memory, word);
  }
  if (piece.checked) return cut_up(*here.cut, step, piece, memory, word);
  std::string_view text = piece.text;
  bool first = piece.first;
  while (!text.empty()) {
    std::string_view valid = text.substr(0, utf8_valid_prefix(text));
    if (!valid.empty()) TRY_STATUS(cut_up(*here.cut, step, {valid, first, true}, memory, word));
    text.remove_prefix(valid.size());
    size_t bad = 0;
    while (bad < text.size() && !utf8_at(text, bad).valid()) ++bad;
    first = first && valid.empty();
    TRY_STATUS(run(step + 1, {text.substr(0, bad), first, false}, memory, word));
    first = false;
    text.remove_prefix(bad);
  }
  return {};
}

namespace {

// Joins matches and what lies between them into pieces, one behind: what comes next may belong to what came
// last.
class Joiner {
 public:
  Joiner(CutBehavior behavior, bool invert) : behavior_(behavior), invert_(invert) {}

  // Calls emit(begin, end) for a piece that is complete.
  template <class Emit>
  Status add(size_t begin, size_t end, bool matched, Emit&& emit) {
    matched = matched != invert_;
    if (behavior_ == CutBehavior::isolated) return emit(begin, end);
    if (behavior_ == CutBehavior::removed) return matched ? Status() : emit(begin, end);
    if (held_ && joins(matched)) {
      end_ = end;
      complete_ = behavior_ != CutBehavior::contiguous;
      return {};
    }
    TRY_STATUS(finish(emit));
    held_ = true;
    complete_ = false;
    begin_ = begin, end_ = end, matched_ = matched;
    return {};
  }

  template <class Emit>
  Status finish(Emit&& emit) {
    if (!held_) return {};
    held_ = false;
    return emit(begin_, end_);
  }

 private:
  bool joins(bool matched) const {
    if (complete_) return false;
    switch (behavior_) {
      case CutBehavior::merged_with_previous: return matched && !matched_;
      case CutBehavior::merged_with_next: return !matched && matched_;
      default: return matched == matched_;
    }
  }

  CutBehavior behavior_;
  bool invert_;
  bool held_ = false, matched_ = false, complete_ = false;
  size_t begin_ = 0, end_ = 0;
};

}  // namespace

Status PreTokenizer::cut_up(const Cut& cut, size_t step, const Piece& piece, SplitMemory& memory,
                            const Word& word) const {
  std::string_view text = piece.text;
  auto emit = [&](size_t begin, size_t end) {
    return run(step + 1, {text.substr(begin, end - begin), piece.first && begin == 0, true}, memory, word);
  };
  Joiner joiner(cut.behavior, cut.invert);
  size_t last = 0;  // where the match before the next one ended
  for (size_t from = 0; from < text.size();) {
    TRY(auto match, memory.search.find(cut.regex, text, from));
    if (!match) break;
    auto [begin, end] = *match;
    if (begin > last) TRY_STATUS(joiner.add(last, begin, false, emit));
    TRY_STATUS(joiner.add(begin, end, true, emit));
    last = end;
    // An expression may match between characters; the search goes on after the next one.
    from = end > begin || end == text.size() ? end : end + utf8_at(text, end).size;
  }
  if (last < text.size()) TRY_STATUS(joiner.add(last, text.size(), false, emit));
  return joiner.finish(emit);
}

Result<const PreTokenizerRow*> find_pre_tokenizer(std::string_view name) {
  for (const PreTokenizerRow& row : pre_tokenizer_rows()) {
    std::string_view names = row.names;
    while (!names.empty()) {
      std::string_view one = names.substr(0, names.find(' '));
      if (one == name) return &row;
      names.remove_prefix(std::min(names.size(), one.size() + 1));
    }
  }
  return fail("pre: pre-tokenizer {} is not known here", quote(name));
}

}  // namespace hearth
