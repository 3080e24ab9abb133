// A tokenizer.json made of what the fuzzer gives: it is made or refused, and what is made encodes and decodes any
// text without a control token that was not trusted.
#include <cstdlib>

#include "base/text.h"
#include "model/checkpoint_source.h"
#include "tokenizer/detokenizer.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hearth;
  // The file ends at the first NUL; after it comes a text.
  std::string_view input(reinterpret_cast<const char*>(data), size);
  std::string_view file = input.substr(0, input.find('\0'));
  std::string_view text = input.substr(std::min(input.size(), file.size() + 1));
  auto pipeline = make_json_pipeline(file);
  if (!pipeline.ok()) {
    require(!pipeline.error().message.empty());
    return 0;
  }
  auto made = Tokenizer::make(*std::move(pipeline));
  if (!made.ok()) return 0;
  const Tokenizer& tokenizer = **made;
  for (std::string_view one : {text, std::string_view("Hello  w\u00F6rld \u2581 \u4F60\xFF 123\n")}) {
    for (bool trusted : {false, true}) {
      const TextSpan spans[] = {{"a", true}, {one, trusted}};
      auto ids = tokenizer.encode(spans, true);
      if (!ids.ok()) continue;
      require(tokenizer.decode(*ids).ok());
      Detokenizer detokenizer(tokenizer, Detokenizer::Control::spelled);
      std::string whole;
      for (TokenId id : *ids) whole += detokenizer.push(id);
      whole += detokenizer.finish();
      require(repair_utf8(whole) == whole);
    }
    auto plain = tokenizer.encode(one, {.add_special = false, .parse_special = false});
    if (!plain.ok()) continue;
    for (TokenId id : *plain) require(tokenizer.contains(id) && tokenizer.kind(id) != TokenKind::control);
  }
  return 0;
}
