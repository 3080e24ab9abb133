// What rewrites a text before a model sees it: the steps of a normaliser, and those of a pre-tokenizer that
// change words. Bytes that are not UTF-8 pass through all of them.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tokenizer/regex.h"
#include "tokenizer/unicode.h"

namespace hearth {

// A part of a text on its way.
struct Stretch {
  std::string text;
  // Whether its first character is the first one of the whole text, or stands for it.
  bool first = true;
};

class TextStep {
 public:
  virtual ~TextStep() = default;
  virtual Status apply(Stretch& stretch, RegexSearch& search) const = 0;
};

using TextSteps = std::vector<std::unique_ptr<const TextStep>>;
using MadeStep = std::unique_ptr<const TextStep>;

MadeStep unicode_form_step(UnicodeForm form);
MadeStep lowercase_step();
MadeStep remove_marks_step();
// White space at the ends.
MadeStep strip_step(bool left, bool right);
// All that matches; `pattern` is an expression or, with `literal`, itself.
Result<MadeStep> replace_step(std::string_view pattern, bool literal, std::string_view content);
// What neural machine translation trims: controls go, odd spaces become spaces.
MadeStep nmt_step();
// Each byte becomes the character that stands for it in byte-level vocabularies.
MadeStep byte_characters_step();

struct Prefix {
  std::string text;
  bool only_first = false;    // where the stretch begins the whole text
  bool unless_there = false;  // not where the stretch begins with it
  bool unless_empty = true;
};
MadeStep prefix_step(Prefix prefix);

struct BertRules {
  bool clean = true;       // controls go, white space becomes spaces
  bool ideographs = true;  // spaces around them
  bool strip_accents = true;
  bool lowercase = true;
  // Accents are stripped by taking the first character of what one is composed of, and every mark goes. So it
  // is done wherever GGUF files of this kind are run (a syllable of Hangul becomes its first letter), and
  // their ids must agree.
  bool first_of_composed = false;
};
MadeStep bert_step(BertRules rules);

// What SentencePiece does to spaces once characters are normal.
struct SpaceRules {
  bool prefix = true;        // a space before the text (or with `suffix` after it)
  bool suffix = false;       // spaces end words instead of beginning them
  bool remove_extra = true;  // spaces at the ends, and all but the first of many
  bool escape = true;        // as U+2581
};
MadeStep sentencepiece_spaces_step(SpaceRules rules);

// U+2581, which vocabularies write for a space.
inline constexpr std::string_view kSpaceMark = "\u2581";

}  // namespace hearth
