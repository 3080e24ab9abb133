// Several graphs of one architecture: what each computes, and what one hands to another.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "graph/embeddings.h"
#include "graph/expand.h"
#include "graph/gguf_config.h"
#include "graph/parse.h"
#include "graph/plan.h"
#include "graph/trace.h"
#include "graph/wanted.h"

namespace hearth::arch {
namespace {

using testing::HasSubstr;

class StageFacts : public Facts {
 public:
  std::map<std::string, Item, std::less<>> keys = {{"toy.dim", 8.0}, {"toy.layers", 3.0}};
  std::map<std::string, std::vector<int64_t>, std::less<>> stored = {
      {"embd.weight", {20, 8}}, {"table.weight", {34, 8}}, {"out.weight", {20, 8}}, {"join.weight", {8, 16}}};

  StageFacts() {
    for (int layer = 0; layer < 3; ++layer) {
      for (const char* name : {"q", "k", "v"}) stored[fmt::format("blk.{}.{}.weight", layer, name)] = {8, 8};
    }
  }
  std::string_view architecture() const override { return "toy"; }
  Result<std::optional<Item>> metadata(std::string_view key) const override {
    auto at = keys.find(key);
    return at == keys.end() ? std::optional<Item>() : std::optional<Item>(at->second);
  }
  const std::vector<int64_t>* shape(std::string_view tensor) const override {
    auto at = stored.find(tensor);
    return at == stored.end() ? nullptr : &at->second;
  }
  Result<std::vector<double>> numbers(std::string_view) const override { return std::vector<double>(); }
  std::vector<std::string_view> tensors() const override {
    std::vector<std::string_view> names;
    for (const auto& [name, shape] : stored) names.push_back(name);
    return names;
  }
};

const std::string kParts = R"(arch toy
config
  dim     dim     -
  layers  layers  -
weights
  embd    [20, dim]      -
  table   [34, dim]      -
  out     [20, dim]      -
  join    [dim, 2*dim]   -
  layer
    q     [dim, dim]     -
    k     [dim, dim]     -
    v     [dim, dim]     -
)";

Result<std::vector<::hearth::Graph>> stages(const std::string& graphs, std::vector<std::string_view> names) {
  static StageFacts facts;
  TRY(Document document, parse("toy.arch", kParts + graphs));
  TRY(Architecture architecture,
      expand(std::move(document), [](std::string_view) -> Result<std::string> { return fail("none"); }));
  GgufConfig config(architecture, facts);
  GgufBinding binding(architecture, facts, config);
  return trace(architecture, config, binding, names);
}

int64_t count(const ::hearth::Graph& graph, ::hearth::Op op) {
  return std::count_if(graph.nodes.begin(), graph.nodes.end(),
                       [&](const Node& node) { return node.op == op; });
}

const std::string kEncoder = R"(
graph encoder
  x = embd[tokens]
  each layer
    x += attend(split(q(x), 2), split(k(x), 2), split(v(x), 2), causal = false)
  memory = x
)";
const std::string kDecoder = R"(
graph
  x = embd[tokens]
  each layer
    x += attend(split(q(x), 2), split(k(memory), 2), split(v(memory), 2), causal = false)
  logits = out(x)
)";

TEST(Stages, WhatDependsOnTheSourceAloneIsComputedWithIt) {
  auto graphs = stages(kEncoder + kDecoder, {"encoder", ""});
  ASSERT_TRUE(graphs.ok()) << graphs.error().message;
  ASSERT_EQ(graphs->size(), 2u);
  const ::hearth::Graph &encoder = (*graphs)[0], &decoder = (*graphs)[1];
  EXPECT_TRUE(encoder.encodes);
  EXPECT_FALSE(decoder.encodes);
  // Three products of its own in each of three layers, and the decoder's keys and values.
  EXPECT_EQ(count(encoder, ::hearth::Op::linear), 3 * 3 + 3 * 2);
  EXPECT_EQ(count(encoder, ::hearth::Op::remember), 3);
  EXPECT_EQ(count(decoder, ::hearth::Op::linear), 3 + 1);
  ASSERT_EQ(encoder.states.size(), 3u);
  EXPECT_EQ(decoder.states.size(), 3u);
  for (const State& state : decoder.states) EXPECT_TRUE(state.source);
  for (const Node& node : decoder.nodes) {
    if (node.op != ::hearth::Op::attend) continue;
    EXPECT_EQ(node.arguments[kAttendK].kind, ArgumentKind::absent);
    EXPECT_GE(node.state, 0);
  }
  for (::hearth::Graph graph : *graphs) {
    drop_unused(graph);
    compute_wanted_rows(graph);
    auto plan = make_plan(graph);
    ASSERT_TRUE(plan.ok()) << plan.error().message;
    EXPECT_EQ(plan->tables.size(), 1u);
    EXPECT_TRUE(plan->tables[0].source);
    EXPECT_FALSE(reads_whole(*plan) && !plan->encodes);
  }
}

TEST(Stages, ASourceIsLookedAtByAttentionAlone) {
  auto added = stages(kEncoder + "graph\n  logits = out(embd[tokens] + memory)\n", {"encoder", ""});
  ASSERT_FALSE(added.ok());
  EXPECT_THAT(added.error().message, HasSubstr("rows for"));
  auto handed = stages(kEncoder + "graph\n  x = embd[tokens]\n  logits = memory\n", {"encoder", ""});
  ASSERT_FALSE(handed.ok());
  EXPECT_THAT(handed.error().message, HasSubstr("for attention alone"));
  auto windowed = stages(kEncoder + R"(graph
  x = embd[tokens]
  each layer
    x += attend(split(q(x), 2), split(k(memory), 2), split(v(memory), 2), causal = false, window = 4)
  logits = out(x)
)",
                         {"encoder", ""});
  ASSERT_FALSE(windowed.ok());
  EXPECT_THAT(windowed.error().message, HasSubstr("no windows"));
}

const std::string kDraft = R"(
graph
  x = embd[tokens]
  each layer [0 : 1]
    x += attend(split(q(x), 2), split(k(x), 2), split(v(x), 2))
  logits = out(x)

graph draft
  each layer [1 : layers]
    x  = join(cat(embd[tokens], x))
    x += attend(split(q(x), 2), split(k(x), 2), split(v(x), 2))
  logits = out(x)
)";

TEST(Stages, EachDraftLayerIsAGraphThatTakesTheStateBeforeIt) {
  auto graphs = stages(kDraft, {"", "draft", "draft"});
  ASSERT_TRUE(graphs.ok()) << graphs.error().message;
  ASSERT_EQ(graphs->size(), 3u);
  for (size_t n : {1u, 2u}) {
    const ::hearth::Graph &before = (*graphs)[n - 1], &draft = (*graphs)[n];
    ASSERT_EQ(draft.inputs.size(), 1u);
    ASSERT_EQ(before.outputs.size(), 2u);
    EXPECT_TRUE(before.outputs[1].all);
    EXPECT_EQ(before.outputs[1].value, draft.inputs[0]);
    EXPECT_EQ(count(draft, ::hearth::Op::attend), 1);
    EXPECT_EQ(draft.states.size(), 3u);  // of all three: their memory is one
    ::hearth::Graph graph = draft;
    compute_wanted_rows(graph);
    auto plan = make_plan(graph);
    ASSERT_TRUE(plan.ok()) << plan.error().message;
    ASSERT_EQ(plan->inputs.size(), 1u);
    EXPECT_EQ(plan->inputs[0].width, 8);
  }
}

TEST(Stages, IdsAreThereForAllThatIsComputedWithThem) {
  auto graphs = stages("graph\n  logits = out(embd[tokens] + table[positions + 2])\n", {""});
  ASSERT_TRUE(graphs.ok()) << graphs.error().message;
  EXPECT_EQ(count(graphs->front(), ::hearth::Op::index), 1);
  EXPECT_EQ(count(graphs->front(), ::hearth::Op::rows), 2);
}

TEST(Embeddings, ComeFromTheStateBehindTheLogits) {
  auto graphs = stages("graph\n  x = embd[tokens]\n  logits = softcap(out(x) * 0.5, 3)\n", {""});
  ASSERT_TRUE(graphs.ok()) << graphs.error().message;
  ::hearth::Graph graph = graphs->front();
  ASSERT_TRUE(give_embeddings(graph, std::nullopt).ok());
  ASSERT_EQ(graph.outputs.size(), 1u);
  EXPECT_EQ(graph.outputs[0].name, "embeddings");
  drop_unused(graph);
  EXPECT_EQ(count(graph, ::hearth::Op::linear), 0);
  EXPECT_EQ(graph.nodes.back().op, ::hearth::Op::pool);
  EXPECT_EQ(graph.nodes.back().arguments[1].number, static_cast<double>(Pooling::mean));
}

TEST(Embeddings, ArePooledAsAsked) {
  auto graphs = stages("graph\n  embeddings = pool(embd[tokens])\n", {""});
  ASSERT_TRUE(graphs.ok()) << graphs.error().message;
  for (std::optional<Pooling> asked : {std::optional<Pooling>(), std::optional(Pooling::last)}) {
    ::hearth::Graph graph = graphs->front();
    ASSERT_TRUE(give_embeddings(graph, asked).ok());
    EXPECT_EQ(count(graph, ::hearth::Op::pool), 1);
    EXPECT_EQ(graph.nodes.back().arguments[1].number, static_cast<double>(asked.value_or(Pooling::mean)));
  }
}

TEST(Embeddings, NeedOneMatrixBehindTheLogits) {
  auto graphs = stages("graph\n  x = embd[tokens]\n  logits = out(x) + out(x * 2)\n", {""});
  ASSERT_TRUE(graphs.ok()) << graphs.error().message;
  auto status = give_embeddings(graphs->front(), std::nullopt);
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().message, HasSubstr("no state to embed"));
}

}  // namespace
}  // namespace hearth::arch
