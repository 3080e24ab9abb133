// Models of SentencePiece, and lists of ranks: what is read makes a tokenizer or an error, and encodes.
#include <cstdlib>

#include "model/sentencepiece.h"
#include "model/tiktoken.h"
#include "tokenizer/tokenizer.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

void use(const hearth::Tokenizer& tokenizer) {
  auto ids = tokenizer.encode("Hello  w\u00F6rld \u2581 \u4F60\xFF 123\n", {});
  if (ids.ok()) require(tokenizer.decode(*ids).ok());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hearth;
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  auto vocabulary = parse_sentencepiece(bytes);
  if (vocabulary.ok()) {
    auto tokenizer = Tokenizer::make(vocabulary->view());
    if (tokenizer.ok()) use(**tokenizer);
  }
  auto ranks = parse_tiktoken(bytes);
  if (ranks.ok()) {
    auto pipeline = make_tiktoken_pipeline(*ranks, "gpt-2", {});
    if (pipeline.ok()) use(*Tokenizer::make(*std::move(pipeline)).value());
    require(tiktoken_vocabulary(*ranks, "gpt-2", {}).ok());
  }
  return 0;
}
