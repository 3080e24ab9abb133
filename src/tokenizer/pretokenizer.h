// How text is cut into words before byte-pair encoding joins what is inside of each: by regular expressions,
// each applied to the pieces that the one before it left. Matches are pieces, and so is what lies between.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "tokenizer/regex.h"
#include "tokenizer/utf8.h"

namespace hearth {

// What a name that GGUF files carry in `tokenizer.ggml.pre` stands for.
struct PreTokenizerRow {
  static constexpr unsigned kWholeWords = 1;    // a word that is a token is that token, whatever merges say
  static constexpr unsigned kAddsBos = 2;       // unless the file says otherwise
  static constexpr unsigned kNoDefaultBos = 4;  // there is a BOS only where the file names it
  static constexpr unsigned kCharacters =
      8;  // tokens are spelled in UTF-8 with U+2581 for spaces, not in bytes
  static constexpr unsigned kAlwaysBos = 16;  // even where the file says otherwise: these models need it

  std::string_view names;  // between spaces
  std::vector<std::string_view> patterns;
  unsigned flags = 0;
};

// The row of a name; an error that names it where there is none.
Result<const PreTokenizerRow*> find_pre_tokenizer(std::string_view name);

// Every row, for tests.
std::span<const PreTokenizerRow> pre_tokenizer_rows();

class PreTokenizer {
 public:
  static Result<PreTokenizer> make(std::span<const std::string_view> patterns);

  // Calls word(piece) for each piece of `text`, from the left. No expression sees a byte that is not UTF-8:
  // runs of such bytes are pieces of their own, and text on both sides ends there.
  template <class Word>
  Status split(std::string_view text, Word&& word) const {
    RegexSearch search;
    std::vector<size_t> ends, cut;
    while (!text.empty()) {
      std::string_view valid = text.substr(0, utf8_valid_prefix(text));
      TRY_STATUS(cut_up(valid, search, ends, cut));
      size_t begin = 0;
      for (size_t end : ends) {
        word(valid.substr(begin, end - begin));
        begin = end;
      }
      text.remove_prefix(valid.size());
      size_t bad = 0;
      while (bad < text.size() && !utf8_at(text, bad).valid()) ++bad;
      if (bad > 0) word(text.substr(0, bad));
      text.remove_prefix(bad);
    }
    return {};
  }

 private:
  // Leaves in `ends` where the pieces of `text` end.
  Status cut_up(std::string_view text, RegexSearch& search, std::vector<size_t>& ends,
                std::vector<size_t>& cut) const;

  std::vector<Regex> regexes_;
};

}  // namespace hearth
