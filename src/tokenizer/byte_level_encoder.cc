#include "tokenizer/byte_level_encoder.h"

#include <array>

#include "tokenizer/byte_alphabet.h"
#include "tokenizer/merges.h"

namespace hearth {

namespace {

class ByteLevelEncoder : public Encoder {
 public:
  ByteLevelEncoder(const TokenSet& tokens, PreTokenizer words, PairTable pairs, bool whole_words)
      : tokens_(tokens), words_(std::move(words)), pairs_(std::move(pairs)), whole_words_(whole_words) {
    for (size_t byte = 0; byte < bytes_.size(); ++byte) {
      std::string text;
      append_utf8(text, kByteToChar[byte]);
      auto id = tokens.find(text);
      // An added token that is spelled like the character of a byte is not that byte.
      bool is_byte = id && (tokens.kind(*id) == TokenKind::normal || tokens.kind(*id) == TokenKind::unused);
      bytes_[byte] = is_byte ? static_cast<SymbolId>(*id) : kNoSymbol;
    }
  }

  Status encode(std::string_view text, bool, Encoding& out) const override {
    PairMerge merge;
    std::string spelled;
    return words_.split(text, [&](std::string_view word) {
      if (whole_words_) {
        spelled.clear();
        for (char c : word) append_utf8(spelled, kByteToChar[static_cast<uint8_t>(c)]);
        if (auto id = tokens_.find_plain(spelled)) {
          out.ids.push_back(*id);
          return;
        }
      }
      merge.clear();
      for (char c : word) merge.add(bytes_[static_cast<uint8_t>(c)], 1);
      merge.merge(pairs_);
      merge.for_each([&](const PairMerge::Symbol& symbol) {
        if (symbol.id == kNoSymbol) {
          ++out.lost_bytes;
        } else {
          out.ids.push_back(static_cast<TokenId>(symbol.id));
        }
      });
    });
  }

  std::string piece(std::string_view text) const override {
    auto bytes = byte_alphabet_decode(text);
    return bytes ? *std::move(bytes) : std::string(text);
  }

 private:
  const TokenSet& tokens_;
  PreTokenizer words_;
  PairTable pairs_;
  bool whole_words_;
  std::array<SymbolId, 256> bytes_;
};

}  // namespace

Result<std::unique_ptr<Encoder>> make_byte_level_encoder(const Vocabulary& vocabulary, const TokenSet& tokens,
                                                         const PreTokenizerRow& row) {
  TRY(PreTokenizer words, PreTokenizer::make(row.patterns));
  TRY(PairTable pairs, read_merges(vocabulary.merges, tokens));
  return std::unique_ptr<Encoder>(std::make_unique<ByteLevelEncoder>(
      tokens, std::move(words), std::move(pairs), (row.flags & PreTokenizerRow::kWholeWords) != 0));
}

}  // namespace hearth
