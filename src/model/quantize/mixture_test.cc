// The mixtures, on models of released shapes: what each preset has given these tensors in files that are in
// circulation.
#include "model/quantize/mixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <string>

#include "model/quantize/choose.h"

namespace hearth {
namespace {

struct TestModel {
  ModelFacts facts;
  std::deque<std::string> names;
  std::vector<StoredTensor> tensors;

  void add(std::string name, std::vector<uint64_t> shape) {
    names.push_back(std::move(name));
    StoredTensor tensor{};
    tensor.name = names.back();
    tensor.type = Type::f16;
    tensor.shape = std::move(shape);
    tensors.push_back(tensor);
  }
  Type type(std::string_view name, Preset preset, bool importance = false) const {
    auto types = mix_types(preset, facts, tensors, importance);
    for (size_t i = 0; i < tensors.size(); ++i) {
      if (tensors[i].name == name) return types[i];
    }
    ADD_FAILURE() << "no tensor " << name;
    return Type::f64;
  }
};

struct Shape {
  int64_t layers = 32;
  uint64_t width = 4096, inner = 14336, kv = 1024, experts = 0;
  bool tied = false, fused = false;
};

// Tensors are added last layer first: their order in the file must not matter.
TestModel make(const Shape& shape) {
  TestModel model;
  model.facts.layers = shape.layers;
  model.facts.heads_per_kv = static_cast<int64_t>(shape.width / shape.kv);
  model.facts.experts = static_cast<int64_t>(shape.experts);
  for (int64_t layer = shape.layers; layer-- > 0;) {
    auto add = [&](const char* name, std::vector<uint64_t> dims) {
      model.add(fmt::format("blk.{}.{}.weight", layer, name), std::move(dims));
    };
    add("attn_norm", {shape.width});
    if (shape.fused) {
      add("attn_qkv", {shape.width + 2 * shape.kv, shape.width});
    } else {
      add("attn_q", {shape.width, shape.width});
      add("attn_k", {shape.kv, shape.width});
      add("attn_v", {shape.kv, shape.width});
    }
    add("attn_output", {shape.width, shape.width});
    if (shape.experts) {
      add("ffn_gate_inp", {shape.experts, shape.width});
      add("ffn_gate_exps", {shape.experts, shape.inner, shape.width});
      add("ffn_up_exps", {shape.experts, shape.inner, shape.width});
      add("ffn_down_exps", {shape.experts, shape.width, shape.inner});
    } else {
      add("ffn_gate", {shape.inner, shape.width});
      add("ffn_up", {shape.inner, shape.width});
      add("ffn_down", {shape.width, shape.inner});
    }
  }
  model.add("token_embd.weight", {32000, shape.width});
  model.add("output_norm.weight", {shape.width});
  if (!shape.tied) model.add("output.weight", {32000, shape.width});
  return model;
}

TestModel llama_8b() { return make({}); }
TestModel llama_7b() { return make({.inner = 11008, .kv = 4096}); }
TestModel mixtral() { return make({.experts = 8}); }
TestModel qwen_moe() { return make({.layers = 48, .width = 2048, .inner = 768, .kv = 512, .experts = 128}); }
TestModel llama_70b() {
  TestModel model = make({.layers = 80, .width = 8192, .inner = 28672, .kv = 1024});
  model.facts.llama_70b = true;
  return model;
}
TestModel falcon_40b() {
  TestModel model = make({.layers = 60, .width = 8192, .inner = 32768, .kv = 1024, .fused = true});
  model.facts.falcon = true;
  return model;
}

// At layers 0, 3, 4, 6, 20 and 28: of 32, the first eighth, the last, and of the others each third one,
// differ.
std::string along_layers(const TestModel& model, Preset preset, const char* name, bool importance = false) {
  std::string text;
  for (int layer : {0, 3, 4, 6, 20, 28}) {
    Type type = model.type(fmt::format("blk.{}.{}.weight", layer, name), preset, importance);
    text += fmt::format("{}{}", text.empty() ? "" : " ", info(type).name);
  }
  return text;
}

TEST(Mixture, AlongTheLayers) {
  using enum Preset;
  const TestModel l8 = llama_8b(), l7 = llama_7b(), l70 = llama_70b(), mix = mixtral(), moe = qwen_moe(),
                  falcon = falcon_40b();
  const struct {
    const TestModel& model;
    Preset preset;
    const char* name;
    const char* types;
  } rows[] = {
      {l8, q4_k_m, "attn_v", "q6_k q6_k q4_k q6_k q4_k q6_k"},
      {l8, q4_k_m, "ffn_down", "q6_k q6_k q4_k q6_k q4_k q6_k"},
      {l8, q4_k_m, "attn_q", "q4_k q4_k q4_k q4_k q4_k q4_k"},
      {l8, q4_k_s, "attn_v", "q5_k q5_k q4_k q4_k q4_k q4_k"},
      {l8, q4_k_s, "ffn_down", "q5_k q5_k q4_k q4_k q4_k q4_k"},
      {l8, q5_k_m, "ffn_down", "q6_k q6_k q5_k q6_k q5_k q6_k"},
      {l8, q5_k_s, "ffn_down", "q5_k q5_k q5_k q5_k q5_k q5_k"},
      {l8, q6_k, "attn_v", "q6_k q6_k q6_k q6_k q6_k q6_k"},
      {l8, q8_0, "ffn_down", "q8_0 q8_0 q8_0 q8_0 q8_0 q8_0"},
      {l8, q3_k_m, "attn_v", "q5_k q4_k q4_k q4_k q4_k q4_k"},
      {l8, q3_k_m, "ffn_down", "q5_k q4_k q4_k q4_k q4_k q4_k"},
      {l8, q3_k_m, "attn_output", "q4_k q4_k q4_k q4_k q4_k q4_k"},
      {l8, q3_k_l, "ffn_down", "q5_k q5_k q5_k q5_k q5_k q5_k"},
      {l8, q3_k_s, "ffn_down", "q3_k q3_k q3_k q3_k q3_k q3_k"},
      {l8, q2_k, "attn_v", "q4_k q4_k q4_k q4_k q4_k q4_k"},
      {l7, q2_k, "attn_v", "q3_k q3_k q3_k q3_k q3_k q3_k"},
      {l8, q2_k, "attn_output", "q3_k q3_k q3_k q3_k q3_k q3_k"},
      {l8, q2_k_s, "ffn_down", "q4_k q4_k q2_k q2_k q2_k q2_k"},
      {l8, iq4_xs, "ffn_down", "q5_k q5_k iq4_xs iq4_xs iq4_xs iq4_xs"},
      {l7, iq4_xs, "attn_v", "iq4_xs iq4_xs iq4_xs iq4_xs iq4_xs iq4_xs"},
      {l8, iq3_xs, "ffn_up", "iq3_s iq3_s iq3_xxs iq3_xxs iq3_xxs iq3_s"},
      {l8, iq3_xs, "attn_k", "iq3_xxs iq3_xxs iq3_xxs iq3_xxs iq3_xxs iq3_xxs"},
      {l8, iq3_xxs, "attn_q", "iq2_s iq2_s iq2_s iq2_s iq2_s iq2_s"},
      {l7, iq3_xxs, "attn_v", "iq3_s iq3_s iq3_s iq3_s iq3_s iq3_s"},
      {l8, iq3_xxs, "ffn_down", "q4_k q4_k q3_k q3_k q3_k q3_k"},
      {l8, iq3_m, "ffn_down", "q4_k q4_k iq3_s iq3_s iq3_s iq3_s"},
      {l8, iq2_m, "ffn_down", "iq3_s iq3_s iq2_s iq2_s iq2_s iq2_s"},
      {l8, iq2_s, "ffn_gate", "iq2_xs iq2_xs iq2_xs iq2_xs iq2_xs iq2_xs"},
      {l7, iq2_m, "attn_v", "iq3_s iq3_s iq3_s iq3_s iq3_s iq3_s"},
      {l8, iq1_s, "attn_output", "iq2_xxs iq2_xxs iq2_xxs iq2_xxs iq2_xxs iq2_xxs"},
      {l8, iq1_m, "ffn_down", "q2_k q2_k iq1_m iq1_m iq1_m iq1_m"},
      {l8, q4_0, "ffn_down", "q4_0 q4_0 q4_0 q4_0 q4_0 q4_0"},
      {l8, bf16, "ffn_down", "bf16 bf16 bf16 bf16 bf16 bf16"},
      {l8, q4_k_m, "attn_norm", "f16 f16 f16 f16 f16 f16"},
      {l70, q4_k_m, "attn_v", "q6_k q6_k q6_k q6_k q5_k q5_k"},
      {l70, q3_k_s, "attn_v", "q5_k q5_k q5_k q5_k q5_k q5_k"},
      {l70, iq2_xs, "attn_v", "q4_k q4_k q4_k q4_k q4_k q4_k"},
      {mix, q4_k_m, "attn_v", "q8_0 q8_0 q8_0 q8_0 q8_0 q8_0"},
      {mix, q4_k_m, "attn_k", "q8_0 q8_0 q8_0 q8_0 q8_0 q8_0"},
      {mix, q4_k_m, "attn_output", "q5_k q5_k q5_k q5_k q5_k q5_k"},
      {mix, q4_k_m, "ffn_down_exps", "q6_k q6_k q4_k q6_k q4_k q6_k"},
      {mix, iq3_m, "ffn_down_exps", "q4_k q4_k iq3_s q4_k iq3_s q4_k"},
      {mix, iq2_m, "attn_k", "q4_k q4_k q4_k q4_k q4_k q4_k"},
      {mix, q3_k_l, "attn_output", "q3_k q3_k q3_k q3_k q3_k q3_k"},
      {mix, mxfp4_moe, "ffn_up_exps", "mxfp4 mxfp4 mxfp4 mxfp4 mxfp4 mxfp4"},
      {mix, mxfp4_moe, "attn_q", "q8_0 q8_0 q8_0 q8_0 q8_0 q8_0"},
      {mix, q4_k_m, "ffn_gate_inp", "f16 f16 f16 f16 f16 f16"},
      {moe, q4_k_m, "ffn_down_exps", "q6_k q6_k q6_k q4_k q6_k q4_k"},
      {moe, iq2_xxs, "attn_v", "q4_k q4_k q4_k q4_k q4_k q4_k"},
      {falcon, q4_k_m, "ffn_down", "q6_k q5_k q5_k q5_k q4_k q4_k"},
      {falcon, q4_k_m, "attn_qkv", "q6_k q6_k q6_k q6_k q4_k q4_k"},
      {falcon, q3_k_m, "ffn_down", "q5_k q4_k q4_k q4_k q3_k q3_k"},
      {falcon, q3_k_l, "attn_output", "q4_k q4_k q4_k q4_k q4_k q4_k"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(along_layers(row.model, row.preset, row.name), row.types)
        << info(row.preset).name << " " << row.name;
  }
}

TEST(Mixture, WithImportanceSomeMixturesDiffer) {
  const TestModel model = llama_7b();
  EXPECT_EQ(along_layers(model, Preset::iq4_xs, "ffn_down", true),
            "iq4_xs iq4_xs iq4_xs iq4_xs iq4_xs iq4_xs");
  EXPECT_EQ(along_layers(model, Preset::iq3_xxs, "attn_v", true),
            "iq3_xxs iq3_xxs iq3_xxs iq3_xxs iq3_xxs iq3_xxs");
  EXPECT_EQ(along_layers(model, Preset::q4_0, "ffn_down", true), "q4_1 q4_1 q4_0 q4_0 q4_0 q4_0");
  EXPECT_EQ(along_layers(model, Preset::q5_0, "ffn_down", true), "q5_1 q5_1 q5_0 q5_0 q5_0 q5_0");
}

TEST(Mixture, OutputAndEmbedding) {
  using enum Preset;
  const TestModel model = llama_8b(), tied = make({.tied = true}), falcon = falcon_40b();
  const struct {
    Preset preset;
    Type output, embedding, tied;
  } rows[] = {
      {q4_k_m, Type::q6_k, Type::q4_k, Type::q6_k},    {q8_0, Type::q8_0, Type::q8_0, Type::q8_0},
      {q4_0, Type::q6_k, Type::q4_0, Type::q6_k},      {iq2_xs, Type::q5_k, Type::q2_k, Type::q5_k},
      {iq2_m, Type::q5_k, Type::iq3_s, Type::q5_k},    {iq3_xxs, Type::q5_k, Type::iq3_s, Type::q5_k},
      {tq2_0, Type::q6_k, Type::q4_k, Type::q6_k},     {q2_0, Type::q6_k, Type::q4_k, Type::q6_k},
      {mxfp4_moe, Type::q8_0, Type::q8_0, Type::q8_0}, {f16, Type::f16, Type::f16, Type::f16},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(model.type("output.weight", row.preset), row.output) << info(row.preset).name;
    EXPECT_EQ(model.type("token_embd.weight", row.preset), row.embedding) << info(row.preset).name;
    EXPECT_EQ(tied.type("token_embd.weight", row.preset), row.tied) << info(row.preset).name;
  }
  EXPECT_EQ(falcon.type("output.weight", q4_k_m), Type::q8_0);
  EXPECT_EQ(make({.width = 288, .kv = 288}).type("output.weight", q4_k_m), Type::q8_0);  // 288 is not 256 n
}

TEST(Mixture, WhatIsNoMatrixOfAProductStaysAsItIs) {
  auto quantized = [](const char* name, std::vector<uint64_t> shape) {
    StoredTensor tensor{};
    tensor.name = name;
    tensor.shape = std::move(shape);
    return is_quantized(tensor);
  };
  EXPECT_TRUE(quantized("blk.0.ffn_up.weight", {512, 256}));
  EXPECT_TRUE(quantized("v.blk.0.attn_q.weight", {512, 256}));
  EXPECT_TRUE(quantized("blk.0.ffn_up.weight", {512, 1}));
  EXPECT_FALSE(quantized("blk.0.ffn_up.weight", {1, 256}));
  EXPECT_FALSE(quantized("blk.0.ffn_up.weight", {256}));
  EXPECT_FALSE(quantized("blk.0.ffn_up.bias", {512, 256}));
  for (const char* name :
       {"blk.0.attn_q_norm.weight", "blk.0.ffn_gate_inp.weight", "position_embd.weight", "token_types.weight",
        "blk.3.ssm_conv1d.weight", "blk.1.time_mix_w1.weight", "v.patch_embd.weight",
        "blk.0.attn_rel_b.weight", "blk.0.laurel_l.weight", "blk.2.shortconv.conv.weight"}) {
    EXPECT_FALSE(quantized(name, {512, 256})) << name;
  }
}

TEST(Presets, NamesInAnyCase) {
  EXPECT_EQ(preset_named("Q4_K_M"), Preset::q4_k_m);
  EXPECT_EQ(preset_named("q4_K"), Preset::q4_k_m);
  EXPECT_EQ(preset_named("Q3_K"), Preset::q3_k_m);
  EXPECT_EQ(preset_named("IQ2_s"), Preset::iq2_s);
  EXPECT_EQ(preset_named("NVFP4"), Preset::nvfp4);
  EXPECT_EQ(preset_named("q4"), std::nullopt);
  EXPECT_EQ(preset_named(""), std::nullopt);
  EXPECT_EQ(info(Preset::q4_k_m).file_type, 15u);
  EXPECT_EQ(info(Preset::mxfp4_moe).file_type, 38u);
}

TEST(FittingType, SmallerBlocksAndInTheEndFloats) {
  EXPECT_EQ(fitting_type(Type::q4_k, 4096), Type::q4_k);
  const struct {
    Type wanted, of_32, of_172;
  } rows[] = {
      {Type::q4_k, Type::q5_0, Type::f16},     {Type::q5_k, Type::q5_1, Type::f16},
      {Type::q6_k, Type::q8_0, Type::f16},     {Type::q2_k, Type::q4_0, Type::f16},
      {Type::q3_k, Type::q4_0, Type::f16},     {Type::tq1_0, Type::q4_0, Type::f16},
      {Type::iq2_xs, Type::iq4_nl, Type::f16}, {Type::iq4_xs, Type::iq4_nl, Type::f16},
      {Type::q1_0, Type::q4_0, Type::f16},     {Type::nvfp4, Type::iq4_nl, Type::f16},
      {Type::q8_0, Type::q8_0, Type::f16},     {Type::f32, Type::f32, Type::f32},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(fitting_type(row.wanted, 32 * 3), row.of_32) << info(row.wanted).name;
    EXPECT_EQ(fitting_type(row.wanted, 172), row.of_172) << info(row.wanted).name;
  }
  EXPECT_EQ(fitting_type(Type::q1_0, 64 * 3), Type::q2_0);
}

class Choose : public testing::Test {
 protected:
  std::string types(TypeWishes wishes, const std::vector<const char*>& names,
                    std::vector<const char*> patterns = {}) {
    for (const char* text : patterns) {
      auto pattern = TypePattern::parse(text);
      if (!pattern.ok()) return pattern.error().message;
      wishes.patterns.push_back(*std::move(pattern));
    }
    auto choices = choose_types(wishes, model_.facts, model_.tensors, false, unused_);
    if (!choices.ok()) return choices.error().message;
    std::string text;
    for (const char* name : names) {
      for (size_t i = 0; i < model_.tensors.size(); ++i) {
        if (model_.tensors[i].name != name) continue;
        text += fmt::format("{}{}", text.empty() ? "" : " ", info((*choices)[i].type).name);
      }
    }
    return text;
  }
  TestModel model_ = llama_8b();
  std::vector<std::string> unused_;
};

TEST_F(Choose, TheFirstPatternThatIsFoundDecides) {
  const std::vector<const char*> names = {"blk.0.attn_q.weight", "blk.10.attn_q.weight",
                                          "blk.1.ffn_up.weight", "blk.0.attn_norm.weight", "output.weight"};
  EXPECT_EQ(
      types({.preset = Preset::q8_0}, names, {R"(blk\.\d\.attn=F16)", "attn=q4_0", "ffn_(up|gate)=bf16"}),
      "f16 q4_0 bf16 f16 q8_0");
  EXPECT_THAT(unused_, testing::IsEmpty());
  EXPECT_EQ(types({.preset = Preset::q8_0}, names, {"atn=q4_0"}), "q8_0 q8_0 q8_0 f16 q8_0");
  EXPECT_THAT(unused_, testing::ElementsAre("atn=q4_0"));
}

TEST_F(Choose, OptionsOfOutputAndEmbedding) {
  const std::vector<const char*> names = {"output.weight", "token_embd.weight", "blk.9.ffn_up.weight"};
  EXPECT_EQ(types({.preset = Preset::q4_0, .pure = true}, names), "q4_0 q4_0 q4_0");
  EXPECT_EQ(types({.preset = Preset::q8_0, .leave_output = true}, names), "f16 q8_0 q8_0");
  EXPECT_EQ(types({.preset = Preset::q8_0, .embedding = Type::q4_0, .output = Type::bf16}, names),
            "bf16 q4_0 q8_0");
  EXPECT_EQ(types({}, names, {"ffn=q8_0"}), "f16 f16 q8_0");
}

TEST_F(Choose, PatternsThatAreWrong) {
  EXPECT_THAT(types({}, {}, {"ffn"}), testing::HasSubstr("\"ffn\": expected PATTERN=TYPE"));
  EXPECT_THAT(types({}, {}, {"=q8_0"}), testing::HasSubstr("expected PATTERN=TYPE"));
  EXPECT_THAT(types({}, {}, {"ffn=q9"}),
              testing::HasSubstr("\"q9\" is not a type that tensors can be written in"));
  EXPECT_THAT(types({}, {}, {"ffn=i32"}), testing::HasSubstr("\"i32\" is not a type"));
  EXPECT_THAT(types({}, {}, {"(ffn=q8_0"}), testing::HasSubstr("\"(ffn=q8_0\": "));
}

}  // namespace
}  // namespace hearth
