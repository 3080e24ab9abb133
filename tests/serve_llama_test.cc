// llama-server's routes, vectors and ranking, on models that a test makes of others.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/own_folder_testing.h"
#include "conformance.h"
#include "formats/gguf.h"
#include "formats/gguf_writer.h"
#include "program.h"
#include "served.h"

namespace hearth {
namespace {

using testing::HasSubstr;

using Keys = std::vector<std::pair<std::string, GgufValue>>;

// The same model with other metadata.
std::string model_with(const std::filesystem::path& from, const std::string& name, const Keys& keys) {
  std::string path = (own_folder() / (name + ".gguf")).string();
  GgufFile file = GgufFile::open(from).value();
  GgufContents contents;
  for (const auto& entry : file.metadata().entries()) EXPECT_TRUE(contents.set(entry.key, entry.value).ok());
  for (const auto& [key, value] : keys) EXPECT_TRUE(contents.set(key, value).ok());
  for (const StoredTensor& tensor : file.tensors())
    EXPECT_TRUE(contents.add_tensor(tensor.name, tensor.type, tensor.shape).ok());
  GgufWriter writer = GgufWriter::create(path, contents).value();
  for (const StoredTensor& tensor : file.tensors()) EXPECT_TRUE(writer.write(tensor.name, tensor.data).ok());
  EXPECT_TRUE(writer.commit().ok());
  return path;
}

// Words of one letter each.
std::string bert_with_words(const std::filesystem::path& from, const std::string& name) {
  std::vector<std::string> texts = {"[CLS]", "[SEP]", "[UNK]", "[PAD]", "[MASK]"};
  for (char c = 'a'; c <= 'z'; ++c) texts.push_back("\u2581" + std::string(1, c));
  while (texts.size() < 96) texts.push_back("\u2581x" + std::to_string(texts.size()));
  std::vector<std::string_view> tokens(texts.begin(), texts.end());
  return model_with(from, name,
                    {{"tokenizer.ggml.model", std::string_view("bert")},
                     {"tokenizer.ggml.tokens", GgufArray(std::span<const std::string_view>(tokens))},
                     {"tokenizer.ggml.cls_token_id", uint32_t{0}},
                     {"tokenizer.ggml.bos_token_id", uint32_t{0}},
                     {"tokenizer.ggml.seperator_token_id", uint32_t{1}},
                     {"tokenizer.ggml.unknown_token_id", uint32_t{2}},
                     {"tokenizer.ggml.padding_token_id", uint32_t{3}},
                     {"tokenizer.ggml.mask_token_id", uint32_t{4}}});
}

const std::filesystem::path kTiny = std::filesystem::path(HEARTH_SOURCE_DIR) / "models" / "hearth-tiny.gguf";

TEST(ServeLlama, TheMiddleIsFilledIn) {
  Served served({model_with(kTiny, "middle",
                            {{"tokenizer.ggml.fim_pre_token_id", uint32_t{300}},
                             {"tokenizer.ggml.fim_suf_token_id", uint32_t{301}},
                             {"tokenizer.ggml.fim_mid_token_id", uint32_t{302}}}),
                 "--temperature", "0"});
  ASSERT_NE(served.port(), 0) << served.first_lines();
  auto ids = [&](const char* text, bool first) {
    return served.post("/tokenize", {{"content", text}, {"add_special", first}}).json()["tokens"];
  };
  // What the model reads is what is written here by hand.
  OrderedJson prompt = ids("", true);
  auto add = [&](const OrderedJson& more) { prompt.insert(prompt.end(), more.begin(), more.end()); };
  prompt.push_back(300);
  add(ids("The cat", false));
  prompt.push_back(301);
  add(ids("the mat.", false));
  prompt.push_back(302);
  OrderedJson by_hand =
      served.post("/completion", {{"prompt", prompt}, {"n_predict", 8}, {"return_tokens", true}}).json();
  EXPECT_EQ(by_hand["tokens"].size(), 8u);
  TestAnswer filled =
      served.post("/infill", {{"input_prefix", "The cat"}, {"input_suffix", "the mat."}, {"n_predict", 8}});
  ASSERT_EQ(filled.status, 200) << filled.body;
  EXPECT_EQ(filled.json()["content"], by_hand["content"]);
  EXPECT_EQ(filled.json()["tokens_evaluated"], by_hand["tokens_evaluated"]);
  OrderedJson completed =
      served.post("/v1/completions", {{"prompt", "The cat"}, {"suffix", "the mat."}, {"max_tokens", 8}})
          .json();
  EXPECT_EQ(completed["choices"][0]["text"], by_hand["content"]);
  OrderedJson generated = served
                              .post("/api/generate", {{"prompt", "The cat"},
                                                      {"suffix", "the mat."},
                                                      {"stream", false},
                                                      {"options", {{"num_predict", 8}}}})
                              .json();
  EXPECT_EQ(generated["response"], by_hand["content"]);
  // A file beside it is read too.
  OrderedJson with_file = {{"input_prefix", "The cat"},
                           {"input_suffix", "the mat."},
                           {"input_extra", {{{"filename", "a.txt"}, {"text", "dogs and cats"}}}},
                           {"n_predict", 1}};
  EXPECT_GT(served.post("/infill", with_file).json()["tokens_evaluated"],
            by_hand["tokens_evaluated"].get<int>() + 5);
}

TEST(ServeLlama, WhatTheFirstModelDoesIsShown) {
  Served served({"--parallel", "3"});
  ASSERT_NE(served.port(), 0) << served.first_lines();
  OrderedJson slots = served.get("/slots").json();
  ASSERT_EQ(slots.size(), 3u);
  EXPECT_EQ(slots[2]["id"], 2);
  EXPECT_EQ(slots[2]["is_processing"], false);
  EXPECT_EQ(served.get("/props").json()["total_slots"], 3);
  EXPECT_EQ(served.get("/lora-adapters").json(), OrderedJson::array());
  TestAnswer refused = served.post("/infill", {{"input_prefix", "a"}, {"input_suffix", "b"}});
  EXPECT_EQ(refused.status, 400);
  EXPECT_THAT(refused.body, HasSubstr("fill in the middle"));
  refused = served.post("/v1/rerank", {{"query", "a"}, {"documents", {"b"}}});
  EXPECT_EQ(refused.status, 400);
  EXPECT_THAT(refused.body, HasSubstr("does not rank"));
  OrderedJson ask = {{"prompt", "Once"}, {"n_predict", 3}, {"n_probs", 2}, {"temperature", 0}};
  OrderedJson probabilities = served.post("/completion", ask).json()["completion_probabilities"];
  ASSERT_EQ(probabilities.size(), 3u);
  EXPECT_EQ(probabilities[0]["top_logprobs"].size(), 2u);
}

TEST(ServeLlama, SlotsAreSavedRestoredAndErased) {
  const OwnFolder own;
  const std::filesystem::path& folder = own.path();
  OrderedJson ask = {
      {"prompt",
       "Once upon a time there was a fox who lived in a forest beside a river, and he had a "
       "friend who was an owl. One day the fox and the owl went to the river to look for a boat."},
      {"n_predict", 8},
      {"temperature", 0},
      {"id_slot", 1}};
  OrderedJson file = {{"filename", "talk.bin"}};
  OrderedJson said, saved;
  {
    Served served({"--parallel", "2", "--slot-save-path", folder.string()});
    ASSERT_NE(served.port(), 0) << served.first_lines();
    EXPECT_EQ(served.post("/slots/1?action=save", file).status, 400);  // nothing was said yet
    said = served.post("/completion", ask).json();
    EXPECT_EQ(said["id_slot"], 1);
    saved = served.post("/slots/1?action=save", file).json();
    EXPECT_GE(saved["n_saved"], 32) << saved;
    EXPECT_EQ(saved["n_written"], std::filesystem::file_size(folder / "talk.bin"));
    OrderedJson erased = served.post("/slots/1?action=erase", "").json();
    EXPECT_EQ(erased["n_erased"], saved["n_saved"]);
    EXPECT_EQ(served.post("/completion", ask).json()["timings"]["cache_n"], 0);
    for (const char* path :
         {"/slots/2?action=save", "/slots/x?action=save", "/slots/1?action=eat", "/slots/1"})
      EXPECT_EQ(served.post(path, file).status, 400) << path;
    for (const char* name : {"../talk.bin", "/etc/passwd", ".hidden", "", "a b"})
      EXPECT_EQ(served.post("/slots/1?action=save", {{"filename", name}}).status, 400) << name;
    std::ofstream(folder / "wrong.bin") << "not a session";
    EXPECT_EQ(served.post("/slots/1?action=restore", {{"filename", "wrong.bin"}}).status, 400);
  }
  Served again({"--parallel", "2", "--slot-save-path", folder.string()});
  ASSERT_NE(again.port(), 0) << again.first_lines();
  OrderedJson restored = again.post("/slots/0?action=restore", file).json();
  EXPECT_EQ(restored["n_restored"], saved["n_saved"]);
  OrderedJson once_more = again.post("/completion", ask).json();
  EXPECT_GE(once_more["timings"]["cache_n"], 32);
  EXPECT_EQ(once_more["content"], said["content"]);
  Served without({});
  EXPECT_EQ(without.post("/slots/0?action=save", file).status, 400);
}

// Whatever becomes of the program, what it has read is there when it begins again.
TEST(ServeLlama, TheDiskKeepsPromptsBeyondTheEnd) {
  const OwnFolder own;
  const std::filesystem::path& folder = own.path();
  std::vector<std::string> arguments = {"--cache-disk", "64MB", "--cache-dir", folder.string()};
  OrderedJson ask = {
      {"prompt",
       "Once upon a time there was a fox who lived in a forest beside a river, and he had a "
       "friend who was an owl. One day the fox and the owl went to the river to look for a boat."},
      {"n_predict", 4},
      {"temperature", 0}};
  OrderedJson said;
  {
    Served served(arguments);
    ASSERT_NE(served.port(), 0) << served.first_lines();
    said = served.post("/completion", ask).json();
    for (int i = 0; i < 10'000 && served.metric("hearth_cache_disk_bytes") <= 0; ++i) {}
    ASSERT_GT(served.metric("hearth_cache_disk_bytes"), 0);
    served.signal(SIGKILL);
    served.wait();
  }
  Served served(arguments);
  ASSERT_NE(served.port(), 0) << served.first_lines();
  OrderedJson again = served.post("/completion", ask).json();
  EXPECT_GE(again["timings"]["cache_n"], 32) << again;
  EXPECT_EQ(again["content"], said["content"]);
  EXPECT_GE(served.metric("hearth_cache_disk_tokens_total"), 32);
  EXPECT_TRUE(run_program({"serve", "--cache-dir", folder.string()}).failed_with("takes --cache-disk"));
}

TEST(ServeLlama, GuessesAreCounted) {
  Served served({"--speculate", "lookup"});
  ASSERT_NE(served.port(), 0) << served.first_lines();
  // Whether guesses pay is decided by the clock, so not every answer has some.
  auto until_guessed = [&](const char* path, const OrderedJson& ask, auto accepted) {
    for (int i = 0; i < 50; ++i) {
      OrderedJson answer = served.post(path, ask).json();
      if (accepted(answer) > 0) return answer;
    }
    ADD_FAILURE() << path << ": 50 answers, and no guess was right";
    return OrderedJson();
  };
  OrderedJson ask = {{"prompt", "one two three four one two three four one two three four one two three"},
                     {"n_predict", 60},
                     {"temperature", 0},
                     {"ignore_eos", true},
                     {"speculative.n_max", 0}};
  OrderedJson plain = served.post("/completion", ask).json();
  EXPECT_FALSE(plain["timings"].contains("draft_n"));
  ask.erase("speculative.n_max");
  ask["prediction"] = {{"type", "content"}, {"content", plain["content"]}};
  int all_accepted = 0;
  OrderedJson guessed = until_guessed("/completion", ask, [&](const OrderedJson& answer) {
    int accepted = answer["timings"].value("draft_n_accepted", 0);
    all_accepted += accepted;
    return accepted;
  });
  EXPECT_EQ(guessed["content"], plain["content"]);
  EXPECT_GE(guessed["timings"]["draft_n"], guessed["timings"]["draft_n_accepted"]);
  // Counts are published between steps, so those of an answer are there once another one has come.
  ask["speculative.n_max"] = 0;
  EXPECT_EQ(served.post("/completion", ask).json()["content"], plain["content"]);
  EXPECT_EQ(served.metric("hearth_draft_accepted_tokens_total"), all_accepted);
  // What the answer may well be is looked through, too.
  OrderedJson chat = {{"messages", {{{"role", "user"}, {"content", "Tell me a story."}}}},
                      {"temperature", 0},
                      {"max_tokens", 40}};
  OrderedJson first = served.post("/v1/chat/completions", chat).json();
  chat["prediction"] = {{"type", "content"}, {"content", first["choices"][0]["message"]["content"]}};
  OrderedJson second = until_guessed("/v1/chat/completions", chat, [](const OrderedJson& answer) {
    const OrderedJson details = answer["usage"].value("completion_tokens_details", OrderedJson::object());
    return details.value("accepted_prediction_tokens", 0);
  });
  EXPECT_EQ(second["choices"], first["choices"]);
  chat["prediction"] = {{"type", "content"}, {"content", 5}};
  EXPECT_EQ(served.post("/v1/chat/completions", chat).status, 400);
}

TEST(ServeLlama, DocumentsAreRanked) {
  CONFORMANCE_OR_SKIP(root, "architectures");
  Served served({bert_with_words(root / "bert-rank.gguf", "rank")});
  ASSERT_NE(served.port(), 0) << served.first_lines();
  OrderedJson ask = {{"query", "a b"}, {"documents", {"c d e", "x", "a b"}}, {"return_documents", true}};
  TestAnswer answer = served.post("/v1/rerank", ask);
  ASSERT_EQ(answer.status, 200) << answer.body;
  OrderedJson results = answer.json()["results"];
  ASSERT_EQ(results.size(), 3u);
  for (size_t i = 1; i < 3; ++i) EXPECT_GE(results[i - 1]["relevance_score"], results[i]["relevance_score"]);
  EXPECT_EQ(results[0]["document"]["text"], ask["documents"][results[0]["index"].get<size_t>()]);
  // [CLS] a b [SEP] c d e [SEP], and the others.
  EXPECT_EQ(answer.json()["usage"]["prompt_tokens"], 8 + 6 + 7);
  // One at a time gives the same score.
  OrderedJson one =
      served.post("/rerank", {{"query", "a b"}, {"texts", {"x"}}, {"return_text", true}}).json();
  EXPECT_EQ(one[0]["text"], "x");
  for (const OrderedJson& result : results) {
    if (result["index"] == 1) { EXPECT_EQ(result["relevance_score"], one[0]["score"]); }
  }
  ask["top_n"] = 1;
  EXPECT_EQ(served.post("/v1/rerank", ask).json()["results"].size(), 1u);
  EXPECT_EQ(served.post("/v1/embeddings", {{"input", "a"}}).status, 400);
  for (OrderedJson wrong : {OrderedJson{{"query", "a"}}, OrderedJson{{"documents", {"a"}}},
                            OrderedJson{{"query", "a"}, {"documents", OrderedJson::array()}},
                            OrderedJson{{"query", "a"}, {"documents", {5}}},
                            OrderedJson{{"query", "a"}, {"documents", {"b"}}, {"top_n", 0}}})
    EXPECT_EQ(served.post("/v1/rerank", wrong).status, 400) << wrong;
}

TEST(ServeLlama, VectorsInEveryDialectAreTheSame) {
  CONFORMANCE_OR_SKIP(root, "architectures");
  Served served({bert_with_words(root / "bert.gguf", "vectors")});
  ASSERT_NE(served.port(), 0) << served.first_lines();
  OrderedJson openai = served.post("/v1/embeddings", {{"input", {"a b c", "d"}}}).json();
  ASSERT_EQ(openai["data"].size(), 2u) << openai;
  OrderedJson vector = openai["data"][1]["embedding"];
  double length = 0;
  for (double each : vector) length += each * each;
  EXPECT_NEAR(length, 1, 1e-5);
  EXPECT_EQ(openai["usage"]["prompt_tokens"], 5 + 3);
  OrderedJson native = served.post("/embedding", {{"content", "d"}}).json();
  EXPECT_EQ(native[0]["embedding"][0], vector);
  OrderedJson ollama = served.post("/api/embed", {{"input", {"d", "a b c"}}}).json();
  EXPECT_EQ(ollama["embeddings"][0], vector);
  EXPECT_EQ(ollama["embeddings"][1], openai["data"][0]["embedding"]);
  EXPECT_EQ(served.post("/api/embed", {{"input", OrderedJson::array()}}).json()["embeddings"],
            OrderedJson::array());
  OrderedJson old = served.post("/api/embeddings", {{"prompt", "d"}}).json();
  EXPECT_EQ(old["embedding"].size(), vector.size());
  EXPECT_EQ(
      served.post("/v1/chat/completions", {{"messages", {{{"role", "user"}, {"content", "a"}}}}}).status,
      400);
}

}  // namespace
}  // namespace hearth
