// Tokens back to text: what each stands for, where it stands.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tokenizer/string_table.h"
#include "tokenizer/token_set.h"

namespace hearth {

// A step rewrites the text of one token. `opens`: the token is the first of its text.
using PieceStep = std::function<void(std::string& text, bool opens)>;

// From byte_alphabet.h, where all of the text is in there.
PieceStep byte_level_piece();
PieceStep rwkv_piece();
PieceStep replace_piece(std::string what, std::string content);
Result<PieceStep> replace_matches_piece(std::string_view pattern, std::string_view content);
// At most so many of one character, at the ends of each token, or where a text opens.
PieceStep strip_piece(std::string character, size_t left, size_t right);
PieceStep strip_opening_piece(std::string character, size_t count);
// Marks become spaces; with `prefixed` those of the token that opens a text are nothing.
PieceStep metaspace_piece(std::string mark, bool prefixed);
// What begins with the mark goes on; all else is a word of its own.
PieceStep wordpiece_piece(std::string inside_mark, bool clean_up);
PieceStep ctc_piece(std::string padding, std::string delimiter, bool clean_up);

struct Decoder {
  std::vector<PieceStep> steps;
  // A text opens at its beginning, and where this is set after every added token.
  bool reopens = false;
  // A token is a word: a space stands between any two.
  bool separates = false;
  // What ends a word: a space where another token follows, or else nothing.
  std::string word_suffix;
  bool drops_repeated = false;  // of a token that follows itself
  bool spells_added = false;    // added tokens pass the steps too
};

// What a text was when its last token had come.
struct DecodeState {
  bool opens = true, owes_space = false;
  TokenId previous = -1;
};

// Every token's bytes, made once: but for the first of a text, what a token stands for does not depend on
// where it stands.
class Pieces {
 public:
  Pieces() = default;
  Pieces(Decoder decoder, std::shared_ptr<const TokenSet> tokens);

  // Where no text opens.
  std::string_view operator[](TokenId id) const { return pieces_[static_cast<size_t>(id)]; }

  // Appends what `id`, which is a token, adds to a text.
  void append(TokenId id, DecodeState& state, std::string& out) const;

  // The same for one that is not shown.
  void pass(TokenId id, DecodeState& state) const {
    if (decoder_.reopens && tokens_->is_added(id)) state.opens = true;
  }

 private:
  std::string make(TokenId id, bool opens) const;

  Decoder decoder_;
  std::shared_ptr<const TokenSet> tokens_;
  StringTable pieces_;
};

}  // namespace hearth
