#include "model/tokenizer_decoders.h"

#include "tokenizer/utf8.h"

namespace hearth {

namespace {

using Part = TokenizerPart;

struct Decoding {
  Decoder decoder;
  bool fused = false;  // steps that follow see one text, and no tokens
};

Status read(const Part& part, Decoding& decoding);

Status decode_sequence(const Part& part, Decoding& decoding) {
  TRY(auto parts, part.parts("decoders"));
  for (const Part& one : parts) TRY_STATUS(read(one, decoding));
  return {};
}

Status decode_byte_level(const Part&, Decoding& decoding) {
  decoding.decoder.steps.push_back(byte_level_piece());
  return {};
}

Status decode_metaspace(const Part& part, Decoding& decoding) {
  TRY(MetaspaceScheme scheme, read_metaspace_scheme(part));
  bool prefixed = scheme.prefix != MetaspaceScheme::Prefix::never;
  decoding.decoder.steps.push_back(metaspace_piece(scheme.mark, prefixed));
  decoding.decoder.reopens = prefixed;
  return {};
}

Status decode_wordpiece(const Part& part, Decoding& decoding) {
  TRY(std::string prefix, part.text("prefix", "##"));
  TRY(bool clean_up, part.flag("cleanup", true));
  decoding.decoder.steps.push_back(wordpiece_piece(prefix, clean_up));
  decoding.decoder.spells_added = true;
  return {};
}

// Byte tokens are bytes already.
Status decode_byte_fallback(const Part&, Decoding&) { return {}; }

Status decode_fuse(const Part&, Decoding& decoding) {
  decoding.fused = true;
  return {};
}

Status decode_strip(const Part& part, Decoding& decoding) {
  TRY(std::string content, part.text("content"));
  TRY(size_t start, part.number("start"));
  TRY(size_t stop, part.number("stop"));
  if (!decoding.fused) {
    decoding.decoder.steps.push_back(strip_piece(content, start, stop));
    return {};
  }
  if (stop > 0) return part.wrong("stop", "0 after Fuse: text that was shown cannot be taken back");
  decoding.decoder.steps.push_back(strip_opening_piece(content, start));
  decoding.decoder.reopens = true;
  return {};
}

Status decode_replace(const Part& part, Decoding& decoding) {
  TRY(Part::Pattern pattern, part.pattern());
  TRY(std::string content, part.text("content"));
  bool one_character =
      pattern.literal && !pattern.text.empty() && utf8_at(pattern.text, 0).size == pattern.text.size();
  if (decoding.fused && !one_character)
    return part.wrong("pattern", "one character after Fuse: text that was shown cannot be taken back");
  if (pattern.literal) {
    decoding.decoder.steps.push_back(replace_piece(pattern.text, content));
    return {};
  }
  auto step = replace_matches_piece(pattern.text, content);
  if (!step.ok()) return part.within(step.error());
  decoding.decoder.steps.push_back(*std::move(step));
  return {};
}

Status decode_bpe(const Part& part, Decoding& decoding) {
  TRY(decoding.decoder.word_suffix, part.text("suffix", "</w>"));
  return {};
}

Status decode_ctc(const Part& part, Decoding& decoding) {
  TRY(std::string padding, part.text("pad_token", "<pad>"));
  TRY(std::string delimiter, part.text("word_delimiter_token", "|"));
  TRY(bool clean_up, part.flag("cleanup", true));
  decoding.decoder.steps.push_back(ctc_piece(padding, delimiter, clean_up));
  decoding.decoder.drops_repeated = true;
  decoding.decoder.spells_added = true;
  return {};
}

Status read(const Part& part, Decoding& decoding) {
  static constexpr struct {
    std::string_view type;
    Status (*read)(const Part&, Decoding&);
  } kReaders[] = {{"Sequence", decode_sequence},
                  {"ByteLevel", decode_byte_level},
                  {"Metaspace", decode_metaspace},
                  {"WordPiece", decode_wordpiece},
                  {"ByteFallback", decode_byte_fallback},
                  {"Fuse", decode_fuse},
                  {"Strip", decode_strip},
                  {"Replace", decode_replace},
                  {"BPEDecoder", decode_bpe},
                  {"CTC", decode_ctc}};
  TRY(std::string type, part.type());
  for (const auto& reader : kReaders) {
    if (reader.type == type) return reader.read(part, decoding);
  }
  return part.unknown_type();
}

}  // namespace

Result<Decoder> read_decoder(const Part& part) {
  Decoding decoding;
  if (part.is_null()) {
    decoding.decoder.separates = true;
  } else {
    TRY_STATUS(read(part, decoding));
  }
  return std::move(decoding.decoder);
}

Result<MetaspaceScheme> read_metaspace_scheme(const Part& part) {
  MetaspaceScheme result;
  TRY(result.mark, part.text("replacement", "\u2581"));
  if (result.mark.empty()) return part.wrong("replacement", "a character");
  // Old files say no more than whether there is a prefix.
  TRY(bool prefixes, part.flag("add_prefix_space", true));
  TRY(std::string scheme, part.text("prepend_scheme", prefixes ? "always" : "never"));
  if (scheme == "always") {
    result.prefix = MetaspaceScheme::Prefix::always;
  } else if (scheme == "first") {
    result.prefix = MetaspaceScheme::Prefix::first;
  } else if (scheme == "never") {
    result.prefix = MetaspaceScheme::Prefix::never;
  } else {
    return part.wrong("prepend_scheme", "always, first or never");
  }
  return result;
}

}  // namespace hearth
