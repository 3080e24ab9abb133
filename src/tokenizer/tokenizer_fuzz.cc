// A vocabulary and texts made of what the fuzzer gives. Checks that a tokenizer is made or refused, that plain
// text never yields a control token, and that what was encoded is decoded.
#include <fuzzer/FuzzedDataProvider.h>

#include <cstdlib>

#include "base/text.h"
#include "tokenizer/detokenizer.h"
#include "tokenizer/test_vocabulary.h"

using namespace hearth;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

TestVocabulary any_vocabulary(FuzzedDataProvider& data) {
  static const std::string_view kModels[] = {"llama",  "gpt2", "bert", "gemma4",
                                             "plamo2", "t5",   "rwkv", "whitespace"};
  static const std::string_view kPres[] = {"",         "gpt-2",    "llama-bpe",   "default", "deepseek-llm",
                                           "tiny_aya", "superbpe", "jais-2",      "kimi-k2", "exaone-moe",
                                           "tekken",   "bloom",    "deepseek-v3", "falcon",  "gemma4"};
  TestVocabulary v;
  v.fields.model = data.PickValueInArray(kModels);
  v.fields.pre = data.PickValueInArray(kPres);
  if (data.ConsumeBool()) v.add_byte_characters();
  if (data.ConsumeBool()) v.add_byte_tokens();
  // Mostly what makes sense together, or nothing would get far.
  static const TokenKind kKinds[] = {TokenKind::normal,       TokenKind::normal, TokenKind::normal,
                                     TokenKind::user_defined, TokenKind::unused, TokenKind::unknown,
                                     TokenKind::control};
  std::vector<std::string> texts = {"a", "\u0120"};
  int count = data.ConsumeIntegralInRange(0, 40);
  for (int i = 0; i < count; ++i) {
    bool is_byte = data.ConsumeIntegralInRange(0, 99) == 0;
    TokenKind kind = is_byte ? TokenKind::byte : data.PickValueInArray(kKinds);
    float score = data.ConsumeFloatingPointInRange(-9.0f, 9.0f);
    std::string text = data.ConsumeRandomLengthString(12);
    if (data.ConsumeBool()) {  // two that are there, joined
      std::string left = texts[data.ConsumeIntegralInRange<size_t>(0, texts.size() - 1)];
      std::string right = texts[data.ConsumeIntegralInRange<size_t>(0, texts.size() - 1)];
      v.add_merge(left + ' ' + right);
      text = left + right;
    }
    v.add(text, kind, score);
    texts.push_back(text);
  }
  if (data.ConsumeIntegralInRange(0, 9) == 0) v.add_merge(data.ConsumeRandomLengthString(12));
  for (size_t role = 0; role < kTokenRoleCount; ++role) {
    if (data.ConsumeIntegralInRange(0, 9) == 0)
      v.fields.roles[static_cast<TokenRole>(role)] = data.ConsumeIntegralInRange(-2, 300);
  }
  for (auto* flag : {&v.fields.add_bos_token, &v.fields.add_eos_token, &v.fields.add_sep_token,
                     &v.fields.add_space_prefix, &v.fields.lowercase, &v.fields.strip_accents}) {
    if (data.ConsumeBool()) *flag = data.ConsumeBool();
  }
  static const std::string_view kNames[] = {"", "Phi-3", "modern-bert"};
  v.fields.general_name = data.PickValueInArray(kNames);
  return v;
}

void check_text(const Tokenizer& tokenizer, std::string_view text, std::string_view trusted) {
  auto plain = tokenizer.encode(text, {.add_special = false, .parse_special = false});
  if (!plain.ok()) return;
  auto unknown = tokenizer.role(TokenRole::unknown);
  for (TokenId id : *plain) {
    require(tokenizer.contains(id));
    require(tokenizer.kind(id) != TokenKind::control || id == unknown);
  }
  const TextSpan spans[] = {{trusted, true}, {text, false}, {trusted, true}};
  auto mixed = tokenizer.encode(spans, true);
  if (!mixed.ok()) return;
  require(tokenizer.decode(*mixed).ok());
  for (const auto& ids : {*plain, *mixed}) {
    Detokenizer detokenizer(tokenizer, Detokenizer::Control::spelled);
    std::string whole;
    for (TokenId id : ids) whole += detokenizer.push(id);
    whole += detokenizer.finish();
    require(repair_utf8(whole) == whole);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  static const std::unique_ptr<const Tokenizer> kLossless[] = {sentencepiece_vocabulary().make(),
                                                               byte_level_vocabulary().make()};
  FuzzedDataProvider data(bytes, size);
  if (data.ConsumeBool()) {
    std::string text = data.ConsumeRemainingBytesAsString();
    for (const auto& tokenizer : kLossless) {
      for (bool special : {false, true}) {
        auto ids = tokenizer->encode(text, {.add_special = special, .parse_special = special});
        require(ids.ok());
        // U+2581 is how this kind writes a space.
        bool has_own_space = tokenizer == kLossless[0] && text.find("\u2581") != std::string::npos;
        require(has_own_space || tokenizer->decode(*ids).value() == text);
      }
    }
    return 0;
  }
  TestVocabulary vocabulary = any_vocabulary(data);
  auto tokenizer = Tokenizer::make(vocabulary.view());
  if (!tokenizer.ok()) {
    require(!tokenizer.error().message.empty());
    return 0;
  }
  std::string trusted = data.ConsumeRandomLengthString(64);
  check_text(**tokenizer, data.ConsumeRemainingBytesAsString(), trusted);
  return 0;
}
