// `hearth arch draft`: what it writes of a checkpoint that nobody knows computes what the checkpoint's maker does.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <map>

#include "base/own_folder_testing.h"
#include "files.h"
#include "program.h"
#include "transformers_goldens.h"

namespace hearth {
namespace {

using testing::HasSubstr;
using testing::Not;

using Renames = std::vector<std::pair<std::string, std::string>>;

class Drafts : public testing::Test {
 protected:
  // The golden's checkpoint as a model of a class that nobody knows, with names of its own.
  void write_variation(const std::string& name, const Renames& keys = {}, const Renames& tensors = {}) {
    golden_ = read_golden(std::string(HEARTH_SOURCE_DIR) + "/tests/data/transformers/" + name + ".json");
    GoldenJson& config = golden_["config"];
    config["architectures"] = {"NewModelForCausalLM"};
    config["model_type"] = "new_model";
    for (const auto& [from, to] : keys) {
      ASSERT_TRUE(config.contains(from)) << from;
      config[to] = config[from];
      config.erase(from);
    }
    for (auto& row : golden_["tensors"]) {
      std::string stored = row[0];
      for (const auto& [from, to] : tensors) {
        if (auto at = stored.find(from); at != stored.npos) stored.replace(at, from.size(), to);
      }
      row.push_back(stored);
    }
    write_checkpoint(golden_, root_ / "model");
  }

  std::string path(const std::string& name) const { return (root_ / name).string(); }

  // What the draft says.
  std::string draft() {
    auto run = run_program({"arch", "draft", path("model"), "-o", path("draft.arch")});
    EXPECT_EQ(run.status, 0) << run.err;
    std::ifstream stream(root_ / "draft.arch");
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  void expect_draft_computes_the_golden() {
    std::string text = draft();
    EXPECT_THAT(text, Not(HasSubstr("# Open:")));
    std::string tokens;
    for (int token : golden_["tokens"]) tokens += (tokens.empty() ? "" : ",") + std::to_string(token);
    auto run = run_program({"debug", "logits", path("model"), "--arch", path("draft.arch"), "--tokens",
                            tokens, "-o", path("out.f32")});
    ASSERT_EQ(run.status, 0) << run.err << text;
    expect_golden(golden_, read_floats(path("out.f32")));
  }

  const OwnFolder own_;
  const std::filesystem::path& root_ = own_.path();
  GoldenJson golden_;
};

TEST_F(Drafts, AnotherClassIsTheNearestArchitecture) {
  for (const char* name : {"qwen3moe", "gemma2", "phi3", "mamba2"}) {
    SCOPED_TRACE(name);
    write_variation(name);
    expect_draft_computes_the_golden();
  }
}

TEST_F(Drafts, OtherNamesAreFound) {
  write_variation("llama",
                  {{"intermediate_size", "ffn_hidden_size"},
                   {"rms_norm_eps", "norm_eps"},
                   {"num_attention_heads", "n_heads"}},
                  {{"model.layers", "transformer.blocks"},
                   {"gate_proj", "w1"},
                   {"embed_tokens", "wte"},
                   {"self_attn", "attention"}});
  expect_draft_computes_the_golden();
  // The GGUF file of it is one of the parent's: nothing needs to be told about it.
  auto converted =
      run_program({"convert", path("model"), "--arch", path("draft.arch"), "-o", path("m.gguf")});
  ASSERT_EQ(converted.status, 0) << converted.err;
  auto inspected = run_program({"inspect", path("m.gguf"), "--json"});
  EXPECT_EQ(GoldenJson::parse(inspected.out)["architecture"], "llama");
}

// Of a parent that is like another one twice over: the draft repeats what it says.
TEST_F(Drafts, OtherNamesAreFoundInDescendants) {
  write_variation("qwen3moe", {{"rms_norm_eps", "norm_eps"}},
                  {{"q_norm", "query_norm"}, {"mlp.gate.", "mlp.router."}});
  expect_draft_computes_the_golden();
}

TEST_F(Drafts, WhatANameDecidesIsAsked) {
  write_variation("deepseek-v3");
  EXPECT_THAT(draft(), HasSubstr("# Open: `scoring` is 1 by this model_type, and 2 by deepseek_v3"));
}

TEST_F(Drafts, WhatDoesNotFitIsAsked) {
  write_variation("llama");
  golden_["config"]["hidden_act"] = "relu2";
  golden_["tensors"].push_back({"model.layers.0.self_attn.gate.weight", {3, 5}, 0, 1});
  write_checkpoint(golden_, root_ / "model");
  std::string text = draft();
  EXPECT_THAT(text, HasSubstr("# Open: require hidden_act in [none, \"silu\"]"));
  EXPECT_THAT(text, HasSubstr("# Open: no row takes model.layers.#.self_attn.gate.weight (3, 5)"));
  auto run = run_program({"debug", "logits", path("model"), "--arch", path("draft.arch"), "--tokens", "1",
                          "-o", path("out.f32")});
  EXPECT_NE(run.status, 0);
}

TEST_F(Drafts, AKnownModelNeedsNone) {
  write_checkpoint(read_golden(std::string(HEARTH_SOURCE_DIR) + "/tests/data/transformers/llama.json"),
                   root_ / "model");
  auto run = run_program({"arch", "draft", path("model"), "-o", path("draft.arch")});
  EXPECT_EQ(run.status, 0);
  EXPECT_THAT(run.err, HasSubstr("llama describes it as it is; no file is needed"));
  EXPECT_FALSE(std::filesystem::exists(root_ / "draft.arch"));
}

}  // namespace
}  // namespace hearth
