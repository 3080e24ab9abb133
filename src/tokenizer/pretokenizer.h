// How text is cut into words before a model looks at each: by regular expressions, each applied to the pieces
// that the step before it left, with steps between that change the pieces.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "tokenizer/regex.h"
#include "tokenizer/text_step.h"

namespace hearth {

// What becomes of what an expression matches, and of what lies between.
enum class CutBehavior {
  isolated,              // each is a piece
  removed,               // matches are dropped
  merged_with_previous,  // a match belongs to the piece before it
  merged_with_next,      // ... or after it
  contiguous,            // neighbouring matches are one piece
};

struct Cut {
  Regex regex;
  CutBehavior behavior = CutBehavior::isolated;
  bool invert = false;  // what lies between counts as matched, and what matches does not
};

// What a name that GGUF files carry in `tokenizer.ggml.pre` stands for.
struct PreTokenizerRow {
  static constexpr unsigned kWholeWords = 1;    // a word that is a token is that token, whatever merges say
  static constexpr unsigned kAddsBos = 2;       // unless the file says otherwise
  static constexpr unsigned kNoDefaultBos = 4;  // there is a BOS only where the file names it
  // Tokens are spelled in UTF-8, not in bytes; with kSpaceMark, spaces as U+2581, and a run of newlines that
  // is a token is that token.
  static constexpr unsigned kCharacters = 8;
  static constexpr unsigned kSpaceMarks = 16;
  static constexpr unsigned kAlwaysBos = 32;    // even where the file says otherwise: these models need it
  static constexpr unsigned kOnlyMatches = 64;  // what the last expression does not match is dropped

  std::string_view names;  // between spaces
  std::vector<std::string_view> patterns;
  unsigned flags = 0;
};

// The row of a name; an error that names it where there is none.
Result<const PreTokenizerRow*> find_pre_tokenizer(std::string_view name);

// Every row, for tests.
std::span<const PreTokenizerRow> pre_tokenizer_rows();

// The expression that byte-level tokenizers have unless they say otherwise.
std::string_view byte_level_pattern();

// BERT's words: all between white space and punctuation, and each mark of it; nothing else is kept.
std::string_view bert_words_pattern();

// The memory of one split() at a time, kept from text to text.
struct SplitMemory {
  RegexSearch search;
  std::vector<Stretch> stretches;  // by step
};

class PreTokenizer {
 public:
  static Result<PreTokenizer> make(const PreTokenizerRow& row);

  void add(Cut cut) { steps_.push_back({std::move(cut), nullptr, false}); }
  void add(MadeStep step) { steps_.push_back({std::nullopt, std::move(step), false}); }

  // Each byte becomes its character. Where nothing comes after, a model may rather look at the bytes.
  void add_byte_characters() { steps_.push_back({std::nullopt, byte_characters_step(), true}); }
  bool take_last_byte_characters();

  bool empty() const { return steps_.empty(); }

  // Calls word(piece) for each piece of `text`, from the left; what it is given ends with the call. No
  // expression sees a byte that is not UTF-8: runs of such bytes are pieces of their own, and text on both
  // sides ends there. `first`: see Stretch.
  using Word = std::function<void(std::string_view)>;
  Status split(std::string_view text, bool first, SplitMemory& memory, const Word& word) const;

 private:
  struct Step {
    std::optional<Cut> cut;
    MadeStep rewrite;
    bool is_byte_characters;
  };
  struct Piece {
    std::string_view text;
    bool first;
    bool checked;  // known to be UTF-8
  };
  // A piece at a step, which may be behind the last one.
  Status run(size_t step, const Piece& piece, SplitMemory& memory, const Word& word) const;
  Status take(size_t step, const Piece& piece, SplitMemory& memory, const Word& word) const;
  Status cut_up(const Cut& cut, size_t step, const Piece& piece, SplitMemory& memory, const Word& word) const;

  std::vector<Step> steps_;
};

}  // namespace hearth
