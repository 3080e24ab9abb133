// The decoders of a `tokenizer.json`.
#pragma once

#include <string>

#include "base/result.h"
#include "model/tokenizer_part.h"
#include "tokenizer/decoder.h"

namespace hearth {

// `reopens` is set where what a text opens with is taken away again.
Result<Decoder> read_decoder(const TokenizerPart& part);

// What a pre-tokenizer and a decoder of type Metaspace have alike.
struct MetaspaceScheme {
  std::string mark;
  enum class Prefix { always, first, never } prefix;
};
Result<MetaspaceScheme> read_metaspace_scheme(const TokenizerPart& part);

}  // namespace hearth
