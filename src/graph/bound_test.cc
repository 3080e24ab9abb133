// An architecture with a model's numbers: config, binding, tracing, the passes and the plan, on facts made here.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "graph/expand.h"
#include "graph/gguf_config.h"
#include "graph/parse.h"
#include "graph/plan.h"
#include "graph/rotation.h"
#include "graph/trace.h"
#include "graph/wanted.h"

namespace hearth::arch {
namespace {

using testing::HasSubstr;

class FakeFacts : public Facts {
 public:
  std::map<std::string, Item, std::less<>> keys;
  std::map<std::string, std::vector<int64_t>, std::less<>> stored;
  std::vector<double> factors;

  std::string_view architecture() const override { return "toy"; }
  Result<std::optional<Item>> metadata(std::string_view key) const override {
    auto at = keys.find(key);
    return at == keys.end() ? std::optional<Item>() : std::optional<Item>(at->second);
  }
  const std::vector<int64_t>* shape(std::string_view tensor) const override {
    auto at = stored.find(tensor);
    return at == stored.end() ? nullptr : &at->second;
  }
  Result<std::vector<double>> numbers(std::string_view) const override { return factors; }
  std::vector<std::string_view> tensors() const override {
    std::vector<std::string_view> names;
    for (const auto& [name, shape] : stored) names.push_back(name);
    return names;
  }
};

constexpr const char* kToy = R"(arch toy
config
  vocab    vocab_size      vocab_size
  dim      embedding_length  hidden_size
  layers   block_count     num_hidden_layers
  heads    head_count      num_attention_heads
  head_dim = dim / heads
  ffn      feed_forward_length  intermediate_size  = 3 * dim
  eps      = 0.00001
  local    window_pattern  -  = layer % 2 == 0
  window   = 4
weights
  token_embd     [vocab, dim]   embed
  output_norm    [dim]          norm
  output         [vocab, dim]   lm_head  or token_embd
  layer                         layers.#
    attn_norm    [dim]          n1
    attn_qkv     [3*dim, dim]   qkv  + bias?
    attn_output  [dim, dim]     o
    ffn_up       [ffn, dim]     up
    ffn_down     [dim, ffn]     down
    gain         [dim]          gain  optional
graph
  x = token_embd[tokens]
  each layer
    x += attention(rms(x, attn_norm))
    x += mlp(x)
  logits = output(rms(x, output_norm))
def attention(h)
  q, k, v = cut(attn_qkv(h), dim, dim, dim)
  return attn_output(attend(rope(split(q, heads)), rope(split(k, heads)), split(v, heads), window = local * window))
def mlp(h)
  return ffn_down(silu(ffn_up(h)))
def mlp(h) when gain
  return ffn_down(silu(ffn_up(h * gain)))
)";

FakeFacts toy_facts() {
  FakeFacts facts;
  facts.keys = {{"toy.vocab_size", Item(50.0)},
                {"toy.embedding_length", Item(12.0)},
                {"toy.block_count", Item(2.0)},
                {"toy.head_count", Item(3.0)},
                {"toy.feed_forward_length", Item(20.0)}};
  facts.stored = {{"token_embd.weight", {50, 12}}, {"output_norm.weight", {12}}};
  for (int layer = 0; layer < 2; ++layer) {
    auto name = [&](const char* tensor) { return fmt::format("blk.{}.{}.weight", layer, tensor); };
    facts.stored[name("attn_norm")] = {12};
    facts.stored[name("attn_qkv")] = {36, 12};
    facts.stored[name("attn_output")] = {12, 12};
    facts.stored[name("ffn_up")] = {20, 12};
    facts.stored[name("ffn_down")] = {12, 20};
  }
  return facts;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

Result<Architecture> architecture_of(const std::string& text) {
  TRY(Document document, parse("toy.arch", text));
  return expand(std::move(document),
                [](std::string_view name) -> Result<std::string> { return fail("no {}", name); });
}

Result<::hearth::Graph> bound(const std::string& text, const FakeFacts& facts,
                              std::vector<WeightInfo>* weights = nullptr) {
  TRY(Architecture architecture, architecture_of(text));
  GgufConfig config(architecture, facts);
  GgufBinding binding(architecture, facts, config);
  TRY_STATUS(config.check());
  TRY_STATUS(binding.check());
  std::string_view plain;
  TRY(auto graphs, trace(architecture, config, binding, std::span(&plain, 1)));
  ::hearth::Graph graph = std::move(graphs.back());
  if (weights) *weights = binding.weights();
  return graph;
}

std::string error_of(const std::string& text, const FakeFacts& facts = toy_facts()) {
  auto graph = bound(text, facts);
  return graph.ok() ? "no error" : graph.error().message;
}

TEST(Bound, AGoodFileBinds) {
  std::vector<WeightInfo> weights;
  auto graph = bound(kToy, toy_facts(), &weights);
  ASSERT_TRUE(graph.ok()) << graph.error().message;
  EXPECT_EQ(graph->states.size(), 2u);
  EXPECT_EQ(graph->states[0].window, 4);
  EXPECT_EQ(graph->states[1].window, 0);
  EXPECT_EQ(graph->states[0].key_width, 4);
  EXPECT_EQ(weights.size(), 12u);  // the output is the embedding
}

// Values that the keys begin with are kept with them; values that only have their shape are not.
TEST(Bound, ValuesWithinKeysAreKeptOnce) {
  const std::string attended = "attend(rope(split(q, heads)), rope(split(k, heads)), split(v, heads),";
  // A split of the same value is another value, so it has a name where it is used twice.
  const std::string named = replaced(replaced(kToy, attended, "attend(%KEYS%"), "  return attn_output(",
                                     "  c = split(v, heads)\n  return attn_output(");
  auto state_of = [&](const char* arguments) {
    auto graph = bound(replaced(named, "attend(%KEYS%", arguments), toy_facts());
    EXPECT_TRUE(graph.ok()) << graph.error().message;
    return graph.ok() ? graph->states.front() : State();
  };
  State latent =
      state_of("attend(cat(split(q, heads), rope(split(q, heads))), cat(c, rope(split(k, heads))), c,");
  EXPECT_EQ(latent.key_width, 8);
  EXPECT_TRUE(latent.values_within_keys());
  EXPECT_TRUE(state_of("attend(split(q, heads), c, c,").values_within_keys());
  for (const char* other :
       {"attend(cat(split(q, heads), rope(split(q, heads))), cat(rope(split(k, heads)), c), c,",
        "attend(split(q, heads), rope(c), c,"}) {
    EXPECT_FALSE(state_of(other).values_within_keys()) << other;
    EXPECT_EQ(state_of(other).value_width, 4);
  }
}

TEST(Bound, WhatIsWrongIsSaidWithItsPlace) {
  struct Row {
    const char* from;
    const char* to;
    const char* message;
  };
  const Row rows[] = {
      {"[3*dim, dim]   qkv", "[dim, dim]   qkv",
       "toy.arch:18:5: blk.0.attn_qkv.weight is (36, 12) in the file, (12, 12) here"},
      {"  output_norm    [dim]", "  norm.x         [dim]", "toy.arch:14:3: norm.x.weight is not in the file"},
      {"rms(x, output_norm)", "rms(x, no_such)", "unknown name `no_such`"},
      {"silu(ffn_up(h)))", "silu(ffn_down(h)))", "toy.arch:33"},
      {"silu(ffn_up(h)))", "silu(ffn_down(h)))",
       "blk.0.ffn_down.weight: a map of [12, 20] takes 20 values; here it is [12] in layer 0"},
      {"    ffn_up       [ffn, dim]     up\n", "",
       "not declared by toy.arch: blk.0.ffn_up.weight, blk.1.ffn_up.weight"},
      {"dim / heads", "head_dim / heads", "`head_dim` is defined by itself"},
      {"q, k, v = cut(attn_qkv(h), dim, dim, dim)", "q, k = cut(attn_qkv(h), dim, dim, dim)",
       "3 values for 2 names"},
      {"cut(attn_qkv(h), dim, dim, dim)", "cut(attn_qkv(h), dim, dim, ffn)",
       "cut: the sizes of cut add up to 44; the value has 36 in layer 0"},
      {"split(v, heads)", "split(v, 5)", "split: 12 does not divide into 5 heads"},
      {"window = local * window", "width = 4", "`attend` has no parameter `width`"},
      {"  eps      = 0.00001\n", "", "`rms` reads `eps`, which is not declared"},
      {"dim / heads", "dim / (heads - 3)", "division by zero"},
      {"silu(ffn_up(h)))", "silu(ffn_up(h)) if h else h)", "a condition must be known before the model runs"},
      {"each layer", "each layer [0 : layers + 1]", "layers 0 to 3 are asked for; there are 2"},
      {"logits = ", "answers = ", "the graph must assign one of logits, embeddings, scores"},
      {"= layer % 2 == 0", "= layer % 2 == 0\n  require dim == 13", "require dim == 13; dim is 12"},
  };
  for (const Row& row : rows)
    EXPECT_THAT(error_of(replaced(kToy, row.from, row.to)), HasSubstr(row.message)) << row.to;
}

TEST(Bound, WhatTheFileLacksOrHasTooMuch) {
  FakeFacts facts = toy_facts();
  facts.stored.erase("blk.1.ffn_up.weight");
  EXPECT_THAT(error_of(kToy, facts), HasSubstr("blk.1.ffn_up.weight is not in the file"));
  facts = toy_facts();
  facts.stored["blk.7.extra.weight"] = {3};
  EXPECT_THAT(error_of(kToy, facts), HasSubstr("not declared by toy.arch: blk.7.extra.weight"));
  facts = toy_facts();
  facts.keys.erase("toy.head_count");
  EXPECT_THAT(error_of(kToy, facts),
              HasSubstr("`heads`: the file has no toy.head_count and there is no default"));
  facts = toy_facts();
  facts.keys.insert_or_assign("toy.block_count", Item(1e9));
  EXPECT_THAT(error_of(kToy, facts),
              HasSubstr("`layers` is 1000000000; it must be a whole number from 0 to 4096"));
  facts = toy_facts();
  facts.keys.insert_or_assign("toy.head_count", Item(0.0));
  EXPECT_THAT(error_of(kToy, facts), HasSubstr("division by zero"));
  facts = toy_facts();
  facts.keys["toy.window_pattern"] = list_of({Item(true), Item(false), Item(true)});
  EXPECT_THAT(error_of(kToy, facts), HasSubstr("`local` has 3 values for 2 layers"));
}

TEST(Bound, AListOfTheFileIsByLayerAndANumberIsAPeriod) {
  FakeFacts facts = toy_facts();
  facts.keys["toy.window_pattern"] = list_of({Item(false), Item(true)});
  auto graph = bound(kToy, facts);
  ASSERT_TRUE(graph.ok()) << graph.error().message;
  EXPECT_EQ(graph->states[0].window, 0);
  EXPECT_EQ(graph->states[1].window, 4);
}

TEST(Bound, OptionalWeightsChooseCases) {
  FakeFacts facts = toy_facts();
  facts.stored["blk.1.gain.weight"] = {12};
  auto graph = bound(kToy, facts);
  ASSERT_TRUE(graph.ok()) << graph.error().message;
  int products = 0;
  for (const Node& node : graph->nodes) products += node.op == ::hearth::Op::mul;
  EXPECT_EQ(products, 1);
}

TEST(Bound, AShapeMayBeWrittenFiner) {
  std::string text = replaced(kToy, "gain         [dim]", "gain         [heads, head_dim]");
  text = replaced(text, "h * gain", "merge(split(h, heads) * gain)");
  FakeFacts facts = toy_facts();
  facts.stored["blk.0.gain.weight"] = {12};
  EXPECT_EQ(error_of(text, facts), "no error");
  facts.stored["blk.0.gain.weight"] = {6, 2};
  EXPECT_THAT(error_of(text, facts), HasSubstr("is (6, 2) in the file, (3, 4) here"));
}

TEST(Wanted, OnlyTheRowsWhoseOutputsAreWantedAreComputedAtTheEnd) {
  auto graph = bound(kToy, toy_facts());
  ASSERT_TRUE(graph.ok());
  compute_wanted_rows(*graph);
  auto rows = [&](const Node& node) {
    return graph->values[static_cast<size_t>(node.results[0])].shape.lead[0];
  };
  int selects = 0, wanted_attention = 0;
  for (const Node& node : graph->nodes) {
    if (node.op == ::hearth::Op::select) ++selects;
    if (node.op == ::hearth::Op::attend && rows(node) == wanted_rows()) {
      ++wanted_attention;
      EXPECT_EQ(node.layer, 1);
    }
    if (node.layer == 0 && node.op != ::hearth::Op::select) { EXPECT_EQ(rows(node), tokens_rows()); }
  }
  EXPECT_EQ(wanted_attention, 1);
  EXPECT_GE(selects, 2);  // the stream and the last layer's queries
  EXPECT_EQ(graph->values[static_cast<size_t>(graph->outputs[0].value)].shape.lead[0], wanted_rows());
}

TEST(Wanted, WhatNothingNeedsIsLeftOut) {
  auto graph =
      bound(replaced(kToy, "    x += mlp(x)\n", "    x += mlp(x)\n    unused = mlp(x)\n"), toy_facts());
  ASSERT_TRUE(graph.ok()) << graph.error().message;
  size_t before = graph->nodes.size();
  drop_unused(*graph);
  EXPECT_EQ(before - graph->nodes.size(), 6u);  // three nodes in each of two layers
}

// Between the step that writes a buffer and the last that reads it, nothing else may lie in its place.
TEST(Plan, BuffersThatAreNeededAtOnceDoNotOverlap) {
  auto graph = bound(kToy, toy_facts());
  ASSERT_TRUE(graph.ok());
  compute_wanted_rows(*graph);
  auto plan = make_plan(*graph);
  ASSERT_TRUE(plan.ok()) << plan.error().message;
  size_t count = plan->buffers.size();
  std::vector<size_t> first(count, SIZE_MAX), last(count, 0);
  for (size_t s = 0; s < plan->steps.size(); ++s) {
    for (const View& view : plan->steps[s].results) {
      auto b = static_cast<size_t>(view.buffer);
      first[b] = std::min(first[b], s);
      last[b] = std::max(last[b], s);
    }
    for (const StepArgument& argument : plan->steps[s].arguments) {
      if (argument.kind != ArgumentKind::value || argument.view.buffer < 0) continue;
      auto b = static_cast<size_t>(argument.view.buffer);
      EXPECT_LE(first[b], s) << "read before it is written";
      last[b] = std::max(last[b], s);
    }
  }
  for (const Plan::Output& output : plan->outputs)
    last[static_cast<size_t>(output.view.buffer)] = plan->steps.size();
  for (size_t a = 0; a < count; ++a) {
    EXPECT_LE(plan->buffers[a].place + plan->buffers[a].floats,
              plan->arena_floats[static_cast<size_t>(plan->buffers[a].rows)]);
    for (size_t b = 0; b < a; ++b) {
      const Buffer &x = plan->buffers[a], &y = plan->buffers[b];
      bool apart = x.rows != y.rows || last[a] < first[b] || last[b] < first[a];
      bool beside = x.place + x.floats <= y.place || y.place + y.floats <= x.place;
      EXPECT_TRUE(apart || beside) << a << " and " << b;
    }
  }
}

TEST(Plan, PartsAndHeadsAreViews) {
  auto graph = bound(kToy, toy_facts());
  ASSERT_TRUE(graph.ok());
  auto plan = make_plan(*graph);
  ASSERT_TRUE(plan.ok());
  for (const Step& step : plan->steps) {
    EXPECT_NE(step.op, ::hearth::Op::columns);
    EXPECT_NE(step.op, ::hearth::Op::split);
    if (step.op != ::hearth::Op::attend) continue;
    const View& v = step.arguments[kAttendV].view;
    EXPECT_EQ(v.offset, 24);
    EXPECT_EQ(v.row_stride, 36);
    EXPECT_EQ(v.heads, 3);
    EXPECT_EQ(v.head_stride, 4);
  }
}

TEST(Rotation, PlainFrequenciesArePowersOfTheBase) {
  RotationRule rule;
  rule.dim = 8;
  auto rotation = work_out(rule);
  ASSERT_TRUE(rotation.ok());
  EXPECT_DOUBLE_EQ(rotation->frequencies[3], std::pow(10000.0, -0.75));
  rule.factors = {1, 2, 4, 8};
  EXPECT_DOUBLE_EQ(work_out(rule)->frequencies[2], std::pow(10000.0, -0.5) / 4);
  rule.factors = {1, 2};
  EXPECT_THAT(work_out(rule).error().message, HasSubstr("2 rotary factors for 4 pairs"));
  rule.dim = 7;
  EXPECT_THAT(work_out(rule).error().message, HasSubstr("even"));
}

TEST(Rotation, YarnKeepsFastPairsAndStretchesSlowOnes) {
  RopeScaling scaling;
  scaling.type = "yarn";
  scaling.factor = 4;
  scaling.original = 4096;
  RotationRule rule;
  rule.dim = 128;
  rule.scaling = &scaling;
  auto rotation = work_out(rule);
  ASSERT_TRUE(rotation.ok());
  // Corners at pairs 20 (32 turns in 4096 tokens, rounded down) and 46 (1 turn, rounded up).
  EXPECT_DOUBLE_EQ(rotation->frequencies[20], std::pow(10000.0, -40.0 / 128));
  EXPECT_DOUBLE_EQ(rotation->frequencies[46], std::pow(10000.0, -92.0 / 128) / 4);
  EXPECT_NEAR(rotation->frequencies[33], std::pow(10000.0, -66.0 / 128) * (0.5 + 0.5 / 4), 1e-12);
  EXPECT_FLOAT_EQ(rotation->magnitude, static_cast<float>(0.1 * std::log(4.0) + 1));
}

}  // namespace
}  // namespace hearth::arch
