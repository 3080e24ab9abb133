// Names, addresses, and which of the offered files are meant.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error_of.h"
#include "hub/model_name.h"
#include "hub/offers.h"

namespace hearth {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Url, SaysWhatIsConnectedTo) {
  Url url = *Url::parse("https://Hub.Example:8443/a/b?c=d#sha256=00");
  EXPECT_TRUE(url.secure);
  EXPECT_EQ(url.host, "hub.example");
  EXPECT_EQ(url.port, 8443);
  EXPECT_EQ(url.target, "/a/b?c=d");
  EXPECT_EQ(url.path(), "/a/b");
  EXPECT_EQ(url.fragment, "sha256=00");
  EXPECT_EQ(url.text(), "https://hub.example:8443/a/b?c=d");
  EXPECT_EQ(Url::parse("http://[::1]:80?x")->text(), "http://[::1]/?x");
  EXPECT_EQ(Url::parse("http://allowed.example/@127.0.0.1:8080/x")->host, "allowed.example");
}

TEST(Url, RefusesWhatTwoReadersCouldReadDifferently) {
  for (const char* text :
       {"http://allowed.example/@\\127.0.0.1", "http://user@host/", "http://a b/", "file:///etc",
        "gopher://x/", "http:///x", "http://host:0/", "http://host:99999/", "http://host:8a/", "http://[::1",
        "http://[zz]/", "http://h\r\nX: y/", "", "//host/x", "http://[::1]x/"}) {
    EXPECT_FALSE(Url::parse(text).ok()) << text;
  }
}

TEST(Url, ResolvesLocations) {
  Url from = *Url::parse("https://hub/a/b?c");
  EXPECT_EQ(from.resolve("/x")->text(), "https://hub/x");
  EXPECT_EQ(from.resolve("x:y").ok(), false);
  EXPECT_EQ(from.resolve("x")->text(), "https://hub/a/x");
  EXPECT_EQ(from.resolve("//other/x")->text(), "https://other/x");
  EXPECT_EQ(from.resolve("http://other/x")->secure, false);
}

TEST(ModelNames, HaveOneWayToBeWritten) {
  EXPECT_EQ(parse_model_name("org/repo")->text(), "org/repo");
  EXPECT_EQ(parse_model_name("hf.co/org/repo:Q4_K_M")->text(), "org/repo:Q4_K_M");
  EXPECT_EQ(parse_model_name("https://huggingface.co/org/repo")->text(), "org/repo");
  EXPECT_EQ(parse_model_name("ollama:llama3")->text(), "ollama:llama3:latest");
  EXPECT_EQ(parse_model_name("ollama:me/mine:7b")->repository, "me/mine");
  EXPECT_EQ(parse_model_name("https://host/x.gguf")->kind, ModelName::Kind::url);
}

TEST(ModelNames, AreNoPaths) {
  for (const char* text : {"model.gguf", "dir/model.gguf", "./org/repo", "../repo", "/abs/repo", "a/b/c",
                           "org", "org/..", "-o/x", "org/re po", "org/model.safetensors"}) {
    EXPECT_FALSE(is_model_name(text)) << text;
  }
  for (const char* text : {"org/repo", "org/repo:q4", "ollama:x", "http://x/y.gguf"})
    EXPECT_TRUE(is_model_name(text)) << text;
  for (const char* text : {"ollama:", "ollama:../x", "ollama:a/b/c", "ollama:x:", "org/repo:", "org/repo:a/b",
                           "ollama:x:../../y", "org/repo:.."}) {
    EXPECT_FALSE(parse_model_name(text).ok()) << text;
  }
}

TEST(SafePaths, StayBeneathTheirFolder) {
  for (const char* path : {"a", "a/b.gguf", "UD-Q4/model-00001-of-00002.gguf"})
    EXPECT_TRUE(is_safe_path(path));
  for (const char* path :
       {"", "/a", "a/", "a//b", "..", "a/../b", ".hidden", "a/.git/x", "a\\b", "a\nb", "C:x"})
    EXPECT_FALSE(is_safe_path(path)) << path;
  EXPECT_FALSE(is_safe_path(std::string(600, 'a')));
}

TEST(Offers, ReadTypesOutOfNames) {
  EXPECT_EQ(quant_label("Qwen3-8B-Q4_K_M.gguf"), "Q4_K_M");
  EXPECT_EQ(quant_label("model_q8_0.gguf"), "Q8_0");
  EXPECT_EQ(quant_label("m-UD-IQ2_XXS.gguf"), "UD-IQ2_XXS");
  EXPECT_EQ(quant_label("gpt-oss-20b-mxfp4.gguf"), "MXFP4");
  EXPECT_EQ(quant_label("model.BF16.gguf"), "BF16");
  EXPECT_EQ(quant_label("Qwen-story.gguf"), "");
}

const std::vector<OfferedFile> kRepository = {
    {"README.md", 10},
    {"m-F16.gguf", 1600},
    {"m-Q4_K_M.gguf", 450},
    {"m-Q8_0-00001-of-00002.gguf", 400},
    {"m-Q8_0-00002-of-00002.gguf", 450},
    {"m-Q2_K-00001-of-00002.gguf", 100},  // the other one is missing
    {"mmproj-F32.gguf", 90},
    {"mmproj-F16.gguf", 45},
    {"imatrix.gguf", 5},
};

TEST(Offers, AreWholeModels) {
  auto offers = offers_of(kRepository);
  std::vector<std::string> labels;
  for (const Offer& offer : offers) labels.push_back(offer.label);
  EXPECT_THAT(labels, ElementsAre("Q4_K_M", "Q8_0", "F16"));
  EXPECT_THAT(offers[1].files, ElementsAre(3u, 4u));
  EXPECT_EQ(offers[1].bytes, 850u);
  EXPECT_EQ(projector_of(kRepository), 7u);
}

TEST(Offers, TheBestThatFitsIsChosen) {
  auto offers = offers_of(kRepository);
  EXPECT_EQ(choose_offer(offers, "", 10000)->offer.label, "Q8_0");
  Choice small = *choose_offer(offers, "", 500);
  EXPECT_EQ(small.offer.label, "Q4_K_M");
  EXPECT_THAT(small.why, HasSubstr("Q8_0"));
  EXPECT_THAT(choose_offer(offers, "", 100)->why, HasSubstr("slow"));
  EXPECT_EQ(choose_offer(offers, "f16", 100)->offer.label, "F16");
  EXPECT_THAT(error_of(choose_offer(offers, "Q5_K_M", 100)), HasSubstr("Q4_K_M (450 B), Q8_0 (850 B)"));
}

TEST(Offers, ACheckpointWhereThereIsNoGguf) {
  std::vector<OfferedFile> files = {{"config.json", 1},
                                    {"model.safetensors", 100},
                                    {"tokenizer.json", 5},
                                    {"consolidated.safetensors", 100},
                                    {"original/params.json", 1}};
  auto offers = offers_of(files);
  ASSERT_EQ(offers.size(), 1u);
  EXPECT_TRUE(offers[0].checkpoint);
  EXPECT_THAT(offers[0].files, ElementsAre(0u, 1u, 2u));
  EXPECT_THAT(error_of(choose_offer(offers_of(std::vector<OfferedFile>{{"README.md", 3}}), "", 1)),
              HasSubstr("no model"));
}

}  // namespace
}  // namespace hearth
