#include "model/tokenizer_decoders.h"

#include "tokenizer/utf8.h"

namespace hearth {

namespace {

using Part = TokenizerPart;

struct Making {
  Decoder decoder;
  bool fused = false;  // steps that follow see one text, and no tokens
};

Status read(const Part& part, Making& making);

Status read_sequence(const Part& part, Making& making) {
  TRY(auto parts, part.parts("decoders"));
  for (const Part& one : parts) TRY_STATUS(read(one, making));
  return {};
}

Status read_byte_level(const Part&, Making& making) {
  making.decoder.steps.push_back(byte_level_piece());
  return {};
}

Status read_metaspace(const Part& part, Making& making) {
  TRY(MetaspaceScheme scheme, read_metaspace_scheme(part));
  bool prefixed = scheme.prefix != MetaspaceScheme::Prefix::never;
  making.decoder.steps.push_back(metaspace_piece(scheme.mark, prefixed));
  making.decoder.reopens = prefixed;
  return {};
}

Status read_wordpiece(const Part& part, Making& making) {
  TRY(std::string prefix, part.text("prefix", "##"));
  TRY(bool clean_up, part.flag("cleanup", true));
  making.decoder.steps.push_back(wordpiece_piece(prefix, clean_up));
  making.decoder.spells_added = true;
  return {};
}

// Byte tokens are bytes already.
Status read_byte_fallback(const Part&, Making&) { return {}; }

Status read_fuse(const Part&, Making& making) {
  making.fused = true;
  return {};
}

Status read_strip(const Part& part, Making& making) {
  TRY(std::string content, part.text("content"));
  TRY(size_t start, part.number("start"));
  TRY(size_t stop, part.number("stop"));
  if (!making.fused) {
    making.decoder.steps.push_back(strip_piece(content, start, stop));
    return {};
  }
  if (stop > 0) return part.wrong("stop", "0 after Fuse: text that was shown cannot be taken back");
  making.decoder.steps.push_back(strip_opening_piece(content, start));
  making.decoder.reopens = true;
  return {};
}

Status read_replace(const Part& part, Making& making) {
  TRY(Part::Pattern pattern, part.pattern());
  TRY(std::string content, part.text("content"));
  bool one_character =
      pattern.literal && !pattern.text.empty() && utf8_at(pattern.text, 0).size == pattern.text.size();
  if (making.fused && !one_character)
    return part.wrong("pattern", "one character after Fuse: text that was shown cannot be taken back");
  if (pattern.literal) {
    making.decoder.steps.push_back(replace_piece(pattern.text, content));
    return {};
  }
  auto step = replace_matches_piece(pattern.text, content);
  if (!step.ok()) return part.within(step.error());
  making.decoder.steps.push_back(*std::move(step));
  return {};
}

Status read_bpe(const Part& part, Making& making) {
  TRY(making.decoder.word_suffix, part.text("suffix", "</w>"));
  return {};
}

Status read_ctc(const Part& part, Making& making) {
  TRY(std::string padding, part.text("pad_token", "<pad>"));
  TRY(std::string delimiter, part.text("word_delimiter_token", "|"));
  TRY(bool clean_up, part.flag("cleanup", true));
  making.decoder.steps.push_back(ctc_piece(padding, delimiter, clean_up));
  making.decoder.drops_repeated = true;
  making.decoder.spells_added = true;
  return {};
}

Status read(const Part& part, Making& making) {
  static constexpr struct {
    std::string_view type;
    Status (*read)(const Part&, Making&);
  } kReaders[] = {{"Sequence", read_sequence},
                  {"ByteLevel", read_byte_level},
                  {"Metaspace", read_metaspace},
                  {"WordPiece", read_wordpiece},
                  {"ByteFallback", read_byte_fallback},
                  {"Fuse", read_fuse},
                  {"Strip", read_strip},
                  {"Replace", read_replace},
                  {"BPEDecoder", read_bpe},
                  {"CTC", read_ctc}};
  TRY(std::string type, part.type());
  for (const auto& reader : kReaders) {
    if (reader.type == type) return reader.read(part, making);
  }
  return part.unknown_type();
}

}  // namespace

Result<Decoder> read_decoder(const Part& part) {
  Making making;
  if (part.is_null()) {
    making.decoder.separates = true;
  } else {
    TRY_STATUS(read(part, making));
  }
  return std::move(making.decoder);
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
