#include "tokenizer/decoder.h"

#include "tokenizer/byte_alphabet.h"
#include "tokenizer/regex.h"
#include "tokenizer/text_step.h"
#include "tokenizer/word_models.h"

namespace hearth {

namespace {

void replace_all(std::string& text, std::string_view what, std::string_view content) {
  if (what.empty()) return;
  for (size_t at = text.find(what); at != text.npos; at = text.find(what, at + content.size()))
    text.replace(at, what.size(), content);
}

// English as BERT's own decoder writes it.
void clean_up_spaces(std::string& text) {
  static constexpr std::pair<std::string_view, std::string_view> kRules[] = {
      {" .", "."},   {" ?", "?"},           {" !", "!"},   {" ,", ","},     {" ' ", "'"},   {" n't", "n't"},
      {" 'm", "'m"}, {" do not", " don't"}, {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"}};
  for (auto [what, content] : kRules) replace_all(text, what, content);
}

}  // namespace

PieceStep byte_level_piece() {
  return [](std::string& text, bool) {
    if (auto bytes = byte_alphabet_decode(text)) text = *std::move(bytes);
  };
}

PieceStep rwkv_piece() {
  return [](std::string& text, bool) { text = unescape_rwkv(text); };
}

PieceStep replace_piece(std::string what, std::string content) {
  return [what = std::move(what), content = std::move(content)](std::string& text, bool) {
    replace_all(text, what, content);
  };
}

Result<PieceStep> replace_matches_piece(std::string_view pattern, std::string_view content) {
  TRY(MadeStep step, replace_step(pattern, false, content));
  // A piece is short, so that no search in it runs out of steps; if one did it would stay as it is.
  return PieceStep([step = std::shared_ptr<const TextStep>(std::move(step))](std::string& text, bool) {
    RegexSearch search;
    Stretch stretch{text, true};
    if (step->apply(stretch, search).ok()) text = std::move(stretch.text);
  });
}

PieceStep strip_piece(std::string character, size_t left, size_t right) {
  return [character = std::move(character), left, right](std::string& text, bool) {
    std::string_view rest = text;
    for (size_t i = 0; i < left && rest.starts_with(character); ++i) rest.remove_prefix(character.size());
    for (size_t i = 0; i < right && rest.ends_with(character); ++i) rest.remove_suffix(character.size());
    text = std::string(rest);
  };
}

PieceStep strip_opening_piece(std::string character, size_t count) {
  return [strip = strip_piece(std::move(character), count, 0)](std::string& text, bool opens) {
    if (opens) strip(text, opens);
  };
}

PieceStep metaspace_piece(std::string mark, bool prefixed) {
  return [mark = std::move(mark), prefixed](std::string& text, bool opens) {
    replace_all(text, mark, prefixed && opens ? "" : " ");
  };
}

PieceStep wordpiece_piece(std::string inside_mark, bool clean_up) {
  return [mark = std::move(inside_mark), clean_up](std::string& text, bool opens) {
    if (!opens) {
      if (text.starts_with(mark)) {
        text.erase(0, mark.size());
      } else {
        text.insert(0, " ");
      }
    }
    if (clean_up) clean_up_spaces(text);
  };
}

PieceStep ctc_piece(std::string padding, std::string delimiter, bool clean_up) {
  return [padding = std::move(padding), delimiter = std::move(delimiter), clean_up](std::string& text, bool) {
    replace_all(text, padding, "");
    if (!clean_up) return;
    clean_up_spaces(text);
    replace_all(text, delimiter, " ");
  };
}

Pieces::Pieces(Decoder decoder, std::shared_ptr<const TokenSet> tokens)
    : decoder_(std::move(decoder)), tokens_(std::move(tokens)) {
  for (size_t i = 0; i < tokens_->size(); ++i) pieces_.add(make(static_cast<TokenId>(i), false));
}

std::string Pieces::make(TokenId id, bool opens) const {
  std::string_view text = tokens_->text(id);
  if (tokens_->kind(id) == TokenKind::byte) return std::string(1, static_cast<char>(*byte_token_value(text)));
  if (tokens_->is_added(id) && !decoder_.spells_added) return std::string(text);
  std::string piece(text);
  if (!decoder_.word_suffix.empty() && piece.ends_with(decoder_.word_suffix))
    piece.resize(piece.size() - decoder_.word_suffix.size());
  for (const PieceStep& step : decoder_.steps) step(piece, opens);
  return piece;
}

void Pieces::append(TokenId id, DecodeState& state, std::string& out) const {
  if (decoder_.drops_repeated && state.previous == id) return;
  if (state.owes_space) out += ' ';
  if (state.opens) {
    out += make(id, true);
  } else {
    out += (*this)[id];
  }
  state.opens = decoder_.reopens && tokens_->is_added(id);
  state.owes_space = decoder_.separates ||
                     (!decoder_.word_suffix.empty() && tokens_->text(id).ends_with(decoder_.word_suffix));
  state.previous = id;
}

}  // namespace hearth
