// Tokenizers of every make, against what the packages that made them say (tests/data/tokenizers).
#include "model/checkpoint_tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/file.h"
#include "base/own_folder_testing.h"
#include "formats/gguf_writer.h"
#include "formats/json.h"
#include "model/checkpoint_source.h"
#include "model/gguf_tokenizer.h"
#include "model/tiktoken.h"
#include "model/vocabulary.h"
#include "tokenizer/detokenizer.h"

namespace hearth {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Json = nlohmann::ordered_json;

const std::filesystem::path kData = std::filesystem::path(HEARTH_SOURCE_DIR) / "tests/data/tokenizers";

const Json& expected() {
  static const Json json = parse_json(read_file(kData / "expected.json").value()).value();
  return json;
}

// A checkpoint of a few files, while it lives.
class Folder {
 public:
  void write(std::string_view name, std::string_view text) const { std::ofstream(path_ / name) << text; }
  // A file of the data under the name that checkpoints give it.
  void copy(std::string_view file) const {
    bool is_json = file.ends_with(".json");
    std::filesystem::copy(kData / file, path_ / (is_json ? "tokenizer.json" : "tokenizer.model"));
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  const OwnFolder own_;
  const std::filesystem::path& path_ = own_.path();
};

class TokenizerFile : public testing::TestWithParam<const char*> {
 protected:
  std::string_view name() const { return GetParam(); }
  bool is_json() const { return name().ends_with(".json"); }

  std::shared_ptr<const Tokenizer> read() {
    if (name().ends_with(".tiktoken")) {
      auto ranks = parse_tiktoken(read_file(kData / name()).value()).value();
      TokenizerJson::Added start;
      start.id = static_cast<TokenId>(ranks.size());
      start.content = "<s>";
      start.special = true;
      return Tokenizer::make(make_tiktoken_pipeline(ranks, "llama-bpe", {start}).value()).value();
    }
    folder_.copy(name());
    auto tokenizer = read_checkpoint_tokenizer(folder_.path());
    EXPECT_TRUE(tokenizer.ok()) << tokenizer.error().message;
    return *tokenizer;
  }

  // What is put around a text is part of a tokenizer.json alone.
  Tokenizer::EncodeOptions options() const {
    bool is_model = name().ends_with(".model");
    return {.add_special = is_json(), .parse_special = !is_model};
  }

  Folder folder_;
};

TEST_P(TokenizerFile, GivesTheIdsOfItsMaker) {
  auto tokenizer = read();
  const Json& texts = expected()["texts"];
  const Json& rows = expected()["files"][std::string(name())];
  ASSERT_EQ(texts.size(), rows.size());
  for (size_t i = 0; i < texts.size(); ++i) {
    auto ids = tokenizer->encode(texts[i].get<std::string>(), options());
    ASSERT_TRUE(ids.ok()) << ids.error().message;
    EXPECT_EQ(*ids, rows[i][0].get<std::vector<TokenId>>()) << "text " << i << ": " << texts[i];
  }
}

TEST_P(TokenizerFile, GivesTheTextOfItsMaker) {
  auto tokenizer = read();
  const Json& rows = expected()["files"][std::string(name())];
  for (size_t i = 0; i < rows.size(); ++i) {
    const Json& row = rows[i];
    std::vector<TokenId> ids;
    for (TokenId id : row[0].get<std::vector<TokenId>>()) {
      if (!tokenizer->tokens().is_added(id) || !is_json()) ids.push_back(id);
    }
    std::string text = row[1].get<std::string>();
    // What is cut short, or unknown, is shown in other ways elsewhere; a mark that was in the text is a space.
    std::string given = expected()["texts"][i].get<std::string>();
    bool is_whole = text.find("\uFFFD") == text.npos && text.find("\u2047") == text.npos &&
                    given.find("\u2581") == given.npos;
    if (name().ends_with(".tiktoken") || !is_whole) continue;
    EXPECT_EQ(tokenizer->decode(ids).value(), text);
    Detokenizer detokenizer(*tokenizer);
    std::string streamed;
    for (TokenId id : ids) streamed += detokenizer.push(id);
    EXPECT_EQ(streamed + detokenizer.finish(), text);
  }
}

TEST_P(TokenizerFile, LivesOnInGguf) {
  if (name().ends_with(".tiktoken")) GTEST_SKIP() << "how it cuts words is known of released lists alone";
  auto tokenizer = read();
  GgufContents contents;
  ASSERT_TRUE(contents.set("general.architecture", std::string_view("llama")).ok());
  Status set = set_tokenizer_keys(folder_.path(), tokenizer->size() + 3, contents);
  ASSERT_TRUE(set.ok()) << set.error().message;
  auto path = folder_.path() / "model.gguf";
  auto writer = GgufWriter::create(path, contents);
  ASSERT_TRUE(writer.ok() && writer->commit().ok());
  GgufFile file = GgufFile::open(path).value();
  // Other programs count a model's rows by its tokens.
  auto tokens = file.metadata().get_if<std::span<const std::string_view>>("tokenizer.ggml.tokens").value();
  if (tokens) {
    ASSERT_EQ(tokens->size(), tokenizer->size() + 3);
    EXPECT_EQ(tokens->back(), fmt::format("[PAD{}]", tokens->size() - 1));
    auto kinds = file.metadata().get<std::vector<int32_t>>("tokenizer.ggml.token_type").value();
    EXPECT_EQ(kinds.back(), static_cast<int32_t>(TokenKind::unused));
  }
  auto again = read_tokenizer(file.metadata());
  ASSERT_TRUE(again.ok()) << again.error().message;
  for (const Json& text : expected()["texts"]) {
    std::string spelled = text.get<std::string>();
    EXPECT_EQ((*again)->encode(spelled, {}).value(), tokenizer->encode(spelled, {}).value()) << spelled;
  }
}

INSTANTIATE_TEST_SUITE_P(Files, TokenizerFile,
                         testing::Values("byte_level.json", "byte_level_prefix.json", "byte_fallback.json",
                                         "metaspace_first.json", "unigram.json", "charsmap.json",
                                         "wordpiece.json", "wordlevel.json", "word_suffix.json",
                                         "inside_prefix.json", "scripts.json", "sentencepiece_unigram.model",
                                         "sentencepiece_bpe.model", "ranks.tiktoken"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::replace(name.begin(), name.end(), '.', '_');
                           return name;
                         });

TEST(Checkpoint, WithoutATokenizerHasNone) {
  Folder folder;
  EXPECT_EQ(read_checkpoint_tokenizer(folder.path()).value(), nullptr);
}

TEST(Checkpoint, TheConfigurationSaysWhatTokensAreFor) {
  Folder folder;
  folder.copy("byte_level.json");
  folder.write("tokenizer_config.json",
               R"({"bos_token": {"content": "<s>"}, "eos_token": "</s>", "pad_token": null})");
  folder.write("generation_config.json", R"({"eos_token_id": [2, 5], "pad_token_id": 3})");
  auto t = read_checkpoint_tokenizer(folder.path()).value();
  EXPECT_EQ(t->role(TokenRole::bos), 1);
  EXPECT_EQ(t->role(TokenRole::eos), 2);
  EXPECT_EQ(t->role(TokenRole::padding), 3);
  EXPECT_THAT(std::vector<TokenId>(t->ends().begin(), t->ends().end()), ElementsAre(2, 5));
  EXPECT_THAT(std::vector<TokenId>(t->prefix().begin(), t->prefix().end()), ElementsAre(1));
}

TEST(Checkpoint, SomeClassesPutAroundATextWhatTheConfigurationSays) {
  for (bool decides : {false, true}) {
    Folder folder;
    folder.copy("byte_level.json");
    folder.write("tokenizer_config.json",
                 fmt::format(R"({{"bos_token": "<s>", "eos_token": "</s>", "add_bos_token": false,
                                  "tokenizer_class": "{}"}})",
                             decides ? "LlamaTokenizerFast" : "PreTrainedTokenizerFast"));
    auto t = read_checkpoint_tokenizer(folder.path()).value();
    EXPECT_EQ(t->prefix().size(), decides ? 0u : 1u);
    EXPECT_EQ(t->suffix().size(), 1u);
  }
}

TEST(Checkpoint, AModelOfSentencePieceMayHaveTokensAddedToIt) {
  Folder folder;
  folder.copy("sentencepiece_bpe.model");
  folder.write("tokenizer_config.json", R"({"added_tokens_decoder":
      {"2": {"content": "</s>", "special": true}, "600": {"content": "<|im_end|>", "special": true}}})");
  auto t = read_checkpoint_tokenizer(folder.path()).value();
  auto ids = t->encode("hearth<|im_end|>", {}).value();
  EXPECT_EQ(ids.back(), 600);
  EXPECT_TRUE(t->is_end(600));
  EXPECT_EQ(t->encode("<|im_end|>", {.add_special = false, .parse_special = false}).value().size() > 1, true);
}

// The same tokens, split over two files and cut by the class that is named, against the same as a tokenizer.json.
TEST(Checkpoint, TwoFilesAndAClassAreATokenizer) {
  Json whole = parse_json(read_file(kData / "byte_level.json").value()).value();
  std::string merges = "#version: 0.2\n";
  for (const Json& merge : whole["model"]["merges"])
    merges += merge[0].get<std::string>() + " " + merge[1].get<std::string>() + "\n";
  auto added_tokens = Json::object();
  for (const Json& token : whole["added_tokens"])
    added_tokens[std::to_string(token["id"].get<int>())] = token;
  auto two_files = [&](const char* name, const char* more) {
    Folder folder;
    folder.write("vocab.json", whole["model"]["vocab"].dump());
    folder.write("merges.txt", merges);
    folder.write("tokenizer_config.json",
                 fmt::format(R"({{"tokenizer_class": "{}", "cls_token": "<s>", "sep_token": "</s>",
                              "added_tokens_decoder": {}{}}})",
                             name, added_tokens.dump(), more));
    auto tokenizer = read_checkpoint_tokenizer(folder.path());
    EXPECT_TRUE(tokenizer.ok()) << tokenizer.error().message;
    return *tokenizer;
  };
  auto one_file = [&](const Json& normalizer, const Json& pre_tokenizer, const Json& post_processor) {
    Json changed = whole;
    changed["normalizer"] = normalizer;
    changed["pre_tokenizer"] = pre_tokenizer;
    changed["post_processor"] = post_processor;
    changed["model"]["ignore_merges"] = false;
    return Tokenizer::make(make_json_pipeline(changed.dump()).value()).value();
  };
  auto byte_level = [](bool prefix) {
    return Json{
        {"type", "ByteLevel"}, {"add_prefix_space", prefix}, {"trim_offsets", true}, {"use_regex", true}};
  };
  const Json roberta = {{"type", "RobertaProcessing"}, {"sep", {"</s>", 2}}, {"cls", {"<s>", 1}}};
  const Json qwen =
      Json::parse(R"({"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"Regex":
      "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"},
      "behavior": "Isolated", "invert": false}, {"type": "ByteLevel", "add_prefix_space": false, "use_regex": false}]})");
  const std::pair<std::shared_ptr<const Tokenizer>, std::shared_ptr<const Tokenizer>> pairs[] = {
      {two_files("GPT2TokenizerFast", ""), one_file(nullptr, byte_level(false), nullptr)},
      {two_files("RobertaTokenizer", R"(, "add_prefix_space": true)"),
       one_file(nullptr, byte_level(true), roberta)},
      {two_files("Qwen2Tokenizer", ""), one_file({{"type", "NFC"}}, qwen, nullptr)}};
  for (const auto& [mine, theirs] : pairs) {
    for (const Json& text : expected()["texts"])
      EXPECT_EQ(mine->encode(text.get<std::string>(), {}).value(),
                theirs->encode(text.get<std::string>(), {}).value());
  }
}

// Ranks after control tokens, against the same ranks alone, whose ids are by so much less.
TEST(Checkpoint, ControlTokensStandBeforeTheRanksOfTekken) {
  std::string list = read_file(kData / "ranks.tiktoken").value();
  auto ranks = parse_tiktoken(list).value();
  Json file = {
      {"config",
       {{"pattern", R"([^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)"},
        {"default_vocab_size", ranks.size() + 20},
        {"default_num_special_tokens", 20}}},
      {"vocab", Json::array()}};
  std::istringstream lines(list);
  std::string bytes;
  for (size_t rank = 0; lines >> bytes >> rank;)
    file["vocab"].push_back({{"rank", rank}, {"token_bytes", bytes}, {"token_str", nullptr}});
  Folder folder;
  folder.write("tekken.json", file.dump());
  auto tokenizer = read_checkpoint_tokenizer(folder.path());
  ASSERT_TRUE(tokenizer.ok()) << tokenizer.error().message;
  auto plain = Tokenizer::make(make_tiktoken_pipeline(ranks, "qwen2", {}).value()).value();
  for (const char* text : {"A hearth is a fire.", "  naïve 12345\n\n ", "日本語 и русский 🔥"}) {
    auto ids = plain->encode(text, {.add_special = false, .parse_special = false}).value();
    for (TokenId& id : ids) id += 20;
    ids.insert(ids.begin(), 1);
    EXPECT_EQ((*tokenizer)->encode(text, {}).value(), ids) << text;
    EXPECT_EQ((*tokenizer)->decode(std::span(ids).subspan(1)).value(), text);
  }
  EXPECT_THAT((*tokenizer)->encode("[INST]", {}).value(), ElementsAre(1, 3));

  file["config"]["default_vocab_size"] = ranks.size() + 21;
  folder.write("tekken.json", file.dump());
  EXPECT_THAT(read_checkpoint_tokenizer(folder.path()).error().message,
              HasSubstr("tekken.json: vocab: expected the"));
  file["vocab"][3]["token_bytes"] = "*";
  file["config"]["default_vocab_size"] = ranks.size() + 20;
  folder.write("tekken.json", file.dump());
  EXPECT_THAT(read_checkpoint_tokenizer(folder.path()).error().message, HasSubstr("row 3"));
}

TEST(Checkpoint, WhatTwoFilesLackIsSaid) {
  auto error = [](const char* config, const char* merges) {
    Folder folder;
    folder.write("vocab.json", R"({"a": 0, "b": 1, "ab": 2})");
    if (merges) folder.write("merges.txt", merges);
    folder.write("tokenizer_config.json", config);
    auto tokenizer = read_checkpoint_tokenizer(folder.path());
    return tokenizer.ok() ? "" : tokenizer.error().message;
  };
  EXPECT_EQ(error(R"({"tokenizer_class": "GPT2Tokenizer"})", "a b\n"), "");
  EXPECT_THAT(error(R"({"tokenizer_class": "OddTokenizer"})", "a b\n"),
              HasSubstr("tokenizer_class \"OddTokenizer\""));
  EXPECT_THAT(error("{}", "a b\n"), HasSubstr("not known of models of type"));
  EXPECT_THAT(error(R"({"tokenizer_class": "GPT2Tokenizer"})", "a b\nab\n"), HasSubstr("merges.txt: line 2"));
  EXPECT_THAT(error(R"({"tokenizer_class": "GPT2Tokenizer"})", nullptr), HasSubstr("merges.txt"));
}

TEST(Checkpoint, OnlyTrustedTextBecomesASpecialToken) {
  Folder folder;
  folder.copy("wordpiece.json");  // whose normaliser moves text about
  auto t = read_checkpoint_tokenizer(folder.path()).value();
  TokenId mask = *t->find("[MASK]");
  const TextSpan mixed[] = {{"A[MASK]", true}, {"A[MASK]", false}};
  auto ids = t->encode(mixed, false).value();
  EXPECT_EQ(std::count(ids.begin(), ids.end(), mask), 1);
  const TextSpan other[] = {{"[MASK]", false}, {"[MA", false}, {"SK]", true}};
  ids = t->encode(other, false).value();
  EXPECT_EQ(std::count(ids.begin(), ids.end(), mask), 0);
}

std::string json_error(std::string_view text) {
  auto pipeline = make_json_pipeline(text);
  return pipeline.ok() ? "" : pipeline.error().message;
}

std::string with(std::string_view parts) {
  return fmt::format(R"({{{}{}"model":{{"type":"WordLevel","vocab":{{"a":0,"b":1}},"unk_token":"a"}}}})",
                     parts, parts.empty() ? "" : ",");
}

TEST(TokenizerJson, WhatIsNotKnownIsNamed) {
  EXPECT_EQ(json_error(with("")), "");
  EXPECT_EQ(json_error(with(R"("normalizer":{"type":"Rot13"})")),
            "normalizer: the component \"Rot13\" is not known here");
  EXPECT_EQ(json_error(with(R"("pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"X"}]})")),
            "pre_tokenizer.pretokenizers[0]: the component \"X\" is not known here");
  EXPECT_EQ(json_error(with(R"("post_processor":{"type":"X"})")),
            "post_processor: the component \"X\" is not known here");
  EXPECT_EQ(json_error(with(R"("decoder":{"type":"X"})")), "decoder: the component \"X\" is not known here");
  EXPECT_EQ(json_error(R"({"model":{"type":"Neural","vocab":{"a":0}}})"),
            "model.type: \"Neural\" is not known here");
}

TEST(TokenizerJson, WhatIsWrongIsSaid) {
  const std::pair<std::string, std::string_view> kCases[] = {
      {"{}", "has no model"},
      {"[]", "expected an object"},
      {R"({"model":{"type":"WordLevel","vocab":{}}})", "has no tokens"},
      {R"({"model":{"type":"WordLevel","vocab":{"a":99999999}}})", "at most 16777216"},
      {R"({"model":{"type":"WordLevel","vocab":{"a":9999999}}})", "has ids up to 9999999 for 1 tokens"},
      {R"({"model":{"type":"WordLevel","vocab":{"a":0,"b":0}}})", "both \"a\" and \"b\" have id 0"},
      {R"({"model":{"type":"Unigram","vocab":{"a":0}}})", "is not one of a model of type Unigram"},
      {R"({"model":{"type":"Unigram","unk_id":3,"vocab":[["a",0]]}})", "unk_id: 3 is outside"},
      {R"({"model":{"type":"BPE","vocab":{"a":0},"merges":["a"]}})", "expected two tokens with a space"},
      {R"({"model":{"type":"BPE","vocab":{"a":0},"merges":[["a","a","a"]]}})", "expected two tokens"},
      {R"({"model":{"type":"BPE","vocab":{"a":0},"merges":["a a"]}})", "merges[0]: \"aa\" is not a token"},
      {R"({"model":{"type":"BPE","dropout":0.1,"vocab":{"a":0},"merges":[]}})", "dropout"},
      {R"({"model":{"type":"WordPiece","unk_token":"[UNK]","vocab":{"a":0}}})", "unk_token: is not in"},
      {with(R"("added_tokens":[{"id":1,"content":"c"}])"), "\"c\" has the id 1 of \"b\""},
      {with(R"("added_tokens":[{"content":"c"}])"), "needs an id"},
      {with(R"("normalizer":{"type":"Replace","pattern":{"Regex":"("},"content":""})"),
       "normalizer: regular"},
      {with(R"("normalizer":{"type":"Precompiled","precompiled_charsmap":"?"})"), "bytes in base64"},
      {with(R"("normalizer":{"type":"Precompiled","precompiled_charsmap":"//////8="})"), "its array has"},
      {with(R"("pre_tokenizer":{"type":"Split","pattern":{"String":" "},"behavior":"Up"})"), "behavior"},
      {with(R"("pre_tokenizer":{"type":"Metaspace","prepend_scheme":"last"})"), "prepend_scheme"},
      {with(R"("pre_tokenizer":{"type":"FixedLength","length":0})"), "length: expected a number from 1"},
      {with(R"("post_processor":{"type":"BertProcessing","sep":["b",1],"cls":["c",7]})"),
       "post_processor.cls"},
      {with(R"("post_processor":{"type":"TemplateProcessing","single":[]})"),
       "single: expected one sequence"},
      {with(R"("decoder":{"type":"Sequence","decoders":[{"type":"Fuse"},
                {"type":"Strip","content":" ","start":0,"stop":1}]})"),
       "decoder.decoders[1].stop: expected 0 after Fuse"}};
  for (const auto& [text, message] : kCases) EXPECT_THAT(json_error(text), HasSubstr(message)) << text;
}

TEST(TokenizerJson, ClassesOfCharactersMeetAndNest) {
  auto file = with(R"("pre_tokenizer":{"type":"Split","behavior":"Removed","invert":true,
      "pattern":{"Regex":"[\\p{L}&&[^\\p{Han}a]]+|\\p{Greek}"}})");
  auto pipeline = make_json_pipeline(file).value();
  std::vector<std::string> words;
  SplitMemory memory;
  auto add = [&](std::string_view word) { words.emplace_back(word); };
  ASSERT_TRUE(pipeline.pretokenizer.split("bcad\u706B e\u03B1", true, memory, add).ok());
  EXPECT_THAT(words, ElementsAre("bc", "d", "e\u03B1"));
}

TEST(TiktokenRanks, WhatIsWrongIsSaid) {
  auto error = [](std::string_view text) { return parse_tiktoken(text).error().message; };
  EXPECT_EQ(error(""), "has no tokens");
  EXPECT_EQ(error("YQ== 0\nYg==\n"), "line 2: \"Yg==\" is not a token in base64 and its rank");
  EXPECT_EQ(error("YQ== 0\nYg== 0\n"), "has rank 0 twice");
  EXPECT_EQ(error("YQ== 9999999\n"), "has ranks up to 9999999 for 1 tokens");
  EXPECT_THAT(tiktoken_pre_tokenizer(7).error().message, HasSubstr("a list of 7 ranks"));
}

}  // namespace
}  // namespace hearth
