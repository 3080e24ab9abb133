// The checkpoint side of the language: entries from config.json, weights from safetensors' names, on facts made here.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "graph/checkpoint_binding.h"
#include "graph/expand.h"
#include "graph/parse.h"

namespace hearth::arch {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Item list(std::vector<Item> items) { return list_of(std::move(items)); }

class FakeCheckpoint : public CheckpointFacts {
 public:
  std::map<std::string, Item, std::less<>> keys;
  std::map<std::string, Dims, std::less<>> tensors;

  Result<std::optional<Item>> key(std::string_view path) override {
    auto at = keys.find(path);
    return at == keys.end() ? std::optional<Item>() : std::optional<Item>(at->second);
  }
  Result<std::optional<Logical>> tensor(std::string_view name) const override {
    return named(std::string(name) + ".weight", std::string(name));
  }
  Result<std::optional<Logical>> bias(std::string_view name) const override {
    return named(std::string(name) + ".bias", std::string(name) + "_bias");
  }
  Result<double> number(std::string_view name) const override { return static_cast<double>(name.size()); }
  std::vector<std::string_view> stored() const override {
    std::vector<std::string_view> names;
    for (const auto& [name, shape] : tensors) names.push_back(name);
    return names;
  }

 private:
  std::optional<Logical> named(const std::string& first, const std::string& second) const {
    for (const std::string& name : {first, second}) {
      auto at = tensors.find(name);
      if (at != tensors.end()) return Logical{at->second, {name}};
    }
    return std::nullopt;
  }
};

struct Bound {
  std::map<std::string, Item> entries;
  std::map<std::string, Made> made;
  std::vector<std::string> order;
};

Result<Bound> bound_of(const std::string& text, FakeCheckpoint facts) {
  TRY(Document document, parse("toy.arch", "arch toy\n" + text));
  TRY(Architecture architecture,
      expand(std::move(document), [](std::string_view) -> Result<std::string> { return fail("no parent"); }));
  CheckpointConfig config(architecture, facts);
  TRY_STATUS(config.check());
  CheckpointBinding binding(architecture, facts, config);
  TRY_STATUS(binding.check());
  TRY_STATUS(config.check_tellable());
  Bound bound;
  for (const Entry& entry : architecture.entries) {
    TRY(Item item, config.whole_value(entry));
    bound.entries.emplace(entry.name.text, std::move(item));
  }
  for (Made& made : binding.made()) {
    bound.order.push_back(made.tensor);
    bound.made.emplace(made.tensor, std::move(made));
  }
  return bound;
}

std::string error_of(const std::string& text, const FakeCheckpoint& facts) {
  auto bound = bound_of(text, facts);
  return bound.ok() ? "no error" : bound.error().message.substr(0, bound.error().message.find('\n'));
}

std::string shown(const Bound& bound, const std::string& entry) { return bound.entries.at(entry).describe(); }

// ---- entries

TEST(CheckpointConfig, ReadsPathsExpressionsAndDefaults) {
  FakeCheckpoint facts;
  facts.keys = {{"hidden_size", Item(64.0)}, {"attn_config.heads", Item(4.0)}, {"factor", Item(0.5)}};
  auto bound = bound_of(R"(config
  dim    d   hidden_size
  heads  h   attn_config.heads
  width  w   (dim / heads)
  part   p   (width * (rotary or factor or 1))
  whole  -   (width * missing)             = width
  word   -   activation                    = silu
)",
                        facts);
  ASSERT_TRUE(bound.ok()) << bound.error().message;
  EXPECT_EQ(shown(*bound, "width"), "16");
  EXPECT_EQ(shown(*bound, "part"), "8");
  EXPECT_EQ(shown(*bound, "whole"), "16");
  EXPECT_EQ(shown(*bound, "word"), "\"silu\"");
}

TEST(CheckpointConfig, ValuesByLayerComeFromListsStringsAndTensors) {
  FakeCheckpoint facts;
  facts.keys = {{"n", Item(3.0)},
                {"kinds", list({Item("a"), Item("b"), Item("a")})},
                {"pattern", Item("M-*")},
                {"widths", list({Item(1.0), Item(2.0), Item(3.0)})},
                {"sizes", list({Item(7.0), Item(8.0)})}};
  auto bound = bound_of(R"(config
  layers   l   n
  local    x   (kinds[layer] == "a")
  star     s   (pattern[layer] == "*")
  ffn      f   widths
  sizes[]  z   sizes
  beta     b   (tensor("layers.#.beta"))
  twice    = 2 * ffn
)",
                        facts);
  ASSERT_TRUE(bound.ok()) << bound.error().message;
  EXPECT_EQ(shown(*bound, "local"), "[true, false, true]");
  EXPECT_EQ(shown(*bound, "star"), "[false, false, true]");
  EXPECT_EQ(shown(*bound, "twice"), "[2, 4, 6]");
  EXPECT_EQ(shown(*bound, "sizes"), "[7, 8]");
  EXPECT_EQ(shown(*bound, "beta"), "[13, 13, 13]");
}

TEST(CheckpointConfig, SaysWhatIsWrong) {
  FakeCheckpoint facts;
  facts.keys = {{"n", Item(2.0)}, {"act", Item("gelu")}, {"kinds", list({Item("a")})}};
  EXPECT_THAT(error_of("config\n  dim  d  hidden_size\n", facts),
              HasSubstr("toy.arch:3:3: `dim`: config.json has no `hidden_size` and there is no default"));
  EXPECT_THAT(error_of("config\n  require act == \"silu\" and not extra\n", facts),
              HasSubstr("require act == \"silu\" and not extra; act is \"gelu\", extra is none"));
  EXPECT_THAT(error_of("config\n  layers  l  n\n  x  y  (kinds[layer])\n", facts),
              HasSubstr("`kinds` has 1 values; number 1 is asked for"));
  EXPECT_THAT(error_of("config\n  layers  l  n\n  x  y  kinds\n", facts),
              HasSubstr("`x` has 1 values for 2 layers"));
  EXPECT_THAT(error_of("config\n  n  -  n  = 3\n", facts),
              HasSubstr("`n` is 2 in config.json; a GGUF file cannot say so and would be read as 3"));
}

Item scaled(std::map<std::string, Item, std::less<>> keys) {
  FakeCheckpoint facts;
  for (auto& [name, item] : keys) facts.keys[name] = item;
  auto bound = bound_of("config\n  rope_scaling  rope.scaling  rope_scaling  = none\n", facts);
  EXPECT_TRUE(bound.ok()) << bound.error().message;
  return bound.ok() ? bound->entries.at("rope_scaling") : Item();
}

const RopeScaling& as_scaling(const Item& item) { return **item.as<std::shared_ptr<const RopeScaling>>(); }

TEST(CheckpointConfig, RotaryScalingIsOneObject) {
  for (const char* none : {"default", "dynamic", "mrope"})
    EXPECT_TRUE(scaled({{"rope_scaling.rope_type", Item(none)}}).none()) << none;
  Item linear = scaled({{"rope_scaling.type", Item("linear")}, {"rope_scaling.factor", Item(2.0)}});
  EXPECT_EQ(as_scaling(linear).type, "linear");
  EXPECT_EQ(as_scaling(linear).factor, 2);
  Item yarn = scaled({{"rope_scaling.rope_type", Item("yarn")},
                      {"rope_scaling.factor", Item(4.0)},
                      {"rope_scaling.attention_factor", Item(3.0)},
                      {"max_position_embeddings", Item(512.0)}});
  EXPECT_EQ(as_scaling(yarn).original, 512);
  EXPECT_NEAR(*as_scaling(yarn).attn, 3 / (0.1 * std::log(4.0) + 1), 1e-12);
  Item su = scaled({{"rope_scaling.type", Item("su")},
                    {"rope_scaling.short_factor", list({Item(1.0)})},
                    {"rope_scaling.long_factor", list({Item(2.0)})},
                    {"original_max_position_embeddings", Item(16.0)},
                    {"max_position_embeddings", Item(256.0)}});
  EXPECT_EQ(as_scaling(su).type, "longrope");
  EXPECT_NEAR(*as_scaling(su).attn, std::sqrt(1 + std::log(16.0) / std::log(16.0)), 1e-12);
  EXPECT_THAT(as_scaling(su).long_factors, ElementsAre(2));
}

TEST(CheckpointConfig, RotaryScalingRefusesWhatItCannotDo) {
  FakeCheckpoint facts;
  const std::string text = "config\n  rope_scaling  rope.scaling  rope_scaling  = none\n";
  facts.keys = {{"rope_scaling.rope_type", Item("spiral")}};
  EXPECT_THAT(error_of(text, facts), HasSubstr("rope_scaling.rope_type = \"spiral\"; default, linear"));
  facts.keys = {{"rope_scaling.rope_type", Item("linear")}};
  EXPECT_THAT(error_of(text, facts), HasSubstr("no positive rope_scaling.factor"));
  facts.keys = {{"rope_scaling.rope_type", Item("llama3")},
                {"rope_scaling.factor", Item(8.0)},
                {"max_position_embeddings", Item(64.0)}};
  EXPECT_THAT(error_of(text, facts), HasSubstr("low_freq_factor"));
  facts.keys = {{"rope_scaling.rope_type", Item("linear")}, {"rope_scaling.factor", Item("two")}};
  EXPECT_THAT(error_of(text, facts), HasSubstr("rope_scaling.factor = \"two\"; a number is expected"));
}

// ---- weights

FakeCheckpoint two_layers() {
  FakeCheckpoint facts;
  facts.keys = {{"n", Item(2.0)}};
  return facts;
}

constexpr const char* kTwo = "config\n  layers  l  n\nweights\n";

TEST(CheckpointBinding, RenamesInEveryLayerAndKeepsTheOrderOfLayers) {
  FakeCheckpoint facts = two_layers();
  facts.tensors = {{"embed.weight", {5, 3}}, {"h.0.a.weight", {4, 3}}, {"h.0.a.bias", {4}},
                   {"h.1.a.weight", {4, 3}}, {"h.1.a.bias", {4}},      {"h.0.sinks", {4}},
                   {"h.1.sinks", {4}}};
  auto bound = bound_of(std::string(kTwo) +
                            "  token_embd  [5, 3]  embed\n"
                            "  layer  h.#\n"
                            "    attn_q  [4, 3]  a  + bias\n"
                            "    sinks.  [4]  sinks\n",
                        facts);
  ASSERT_TRUE(bound.ok()) << bound.error().message;
  EXPECT_THAT(bound->order,
              ElementsAre("token_embd.weight", "blk.0.attn_q.weight", "blk.0.attn_q.bias", "blk.0.sinks",
                          "blk.1.attn_q.weight", "blk.1.attn_q.bias", "blk.1.sinks"));
  EXPECT_EQ(bound->made.at("blk.1.attn_q.weight").recipe.tensor, "h.1.a");
  EXPECT_TRUE(bound->made.at("blk.1.attn_q.bias").recipe.bias);
}

TEST(CheckpointBinding, StacksByNumberAndByName) {
  FakeCheckpoint facts;
  facts.tensors = {{"e.0.up.weight", {4, 3}}, {"e.1.up.weight", {4, 3}}, {"x_r", {3}}, {"x_k", {3}}};
  auto bound = bound_of("weights\n  ups  [2, 4, 3]  e.#.up\n  mix  [2, 3]  x_{r,k}\n", facts);
  ASSERT_TRUE(bound.ok()) << bound.error().message;
  const Recipe& ups = bound->made.at("ups.weight").recipe;
  EXPECT_EQ(ups.kind, Recipe::Kind::stack);
  EXPECT_EQ(ups.shape, (Dims{2, 4, 3}));
  EXPECT_EQ(ups.parts[1].tensor, "e.1.up");
  EXPECT_EQ(bound->made.at("mix.weight").recipe.parts[0].tensor, "x_r");
}

TEST(CheckpointBinding, TransformsAreWorkedOutAndTheBiasFollowsThoseThatMoveRows) {
  FakeCheckpoint facts;
  facts.keys = {{"scale", Item(3.0)}, {"parts", list({Item(2.0), Item(5.0)})}};
  facts.tensors = {{"a.weight", {3, 8}}, {"a.bias", {8}}, {"b.weight", {8, 3}}, {"b.bias", {8}}};
  auto bound = bound_of(R"(weights
  a  [8, 3]  a  | transpose + bias
  b  [4, 3]  b[2:6]  | interleave(2) | * stretch(parts, 1, 3) | + scale + bias
)",
                        facts);
  ASSERT_TRUE(bound.ok()) << bound.error().message;
  EXPECT_TRUE(bound->made.at("a.bias").recipe.steps.empty());
  const Recipe& b = bound->made.at("b.weight").recipe;
  ASSERT_EQ(b.steps.size(), 4u);
  EXPECT_EQ(b.steps[0].cuts[0].first, 2);
  EXPECT_EQ(b.steps[0].cuts[0].count, 4);
  EXPECT_THAT(b.steps[2].factors, ElementsAre(2, 5, 5, 5));
  EXPECT_THAT(b.steps[3].factors, ElementsAre(3));
  EXPECT_EQ(bound->made.at("b.bias").recipe.steps.size(), 2u);
  EXPECT_EQ(bound->made.at("b.bias").recipe.shape, (Dims{4}));
}

TEST(CheckpointBinding, TheFirstOriginThatIsThereCountsAndJoinsAreInOrder) {
  FakeCheckpoint facts;
  facts.tensors = {{"q.weight", {4, 3}}, {"k.weight", {2, 3}}};
  auto bound = bound_of("weights\n  qk  [6, 3]  fused or q, k\n", facts);
  ASSERT_TRUE(bound.ok()) << bound.error().message;
  const Recipe& joined = bound->made.at("qk.weight").recipe;
  EXPECT_EQ(joined.kind, Recipe::Kind::join);
  EXPECT_EQ(joined.parts[0].tensor, "q");
  EXPECT_EQ(joined.parts[1].tensor, "k");
}

TEST(CheckpointBinding, TiesFollowTheConfigurationOrElseWhatIsStored) {
  const std::string text = "weights\n  token_embd  [5, 3]  embed\n  output  [5, 3]  lm_head or token_embd\n";
  FakeCheckpoint facts;
  facts.tensors = {{"embed.weight", {5, 3}}, {"lm_head.weight", {5, 3}}};
  auto has_output = [&] { return bound_of(text, facts)->made.contains("output.weight"); };
  EXPECT_TRUE(has_output());
  facts.keys["tie_word_embeddings"] = Item(true);
  EXPECT_FALSE(has_output());
  facts.keys["tie_word_embeddings"] = Item(false);
  EXPECT_TRUE(has_output());
  facts.keys.clear();
  facts.tensors.erase("lm_head.weight");
  EXPECT_FALSE(has_output());
}

TEST(CheckpointBinding, RotaryFactorsAreComputed) {
  FakeCheckpoint facts;
  facts.keys = {{"rope_scaling.rope_type", Item("llama3")},
                {"rope_scaling.factor", Item(8.0)},
                {"rope_scaling.low_freq_factor", Item(1.0)},
                {"rope_scaling.high_freq_factor", Item(4.0)},
                {"rope_scaling.original_max_position_embeddings", Item(16.0)}};
  const std::string text = R"(config
  rope_dim      r             -             = 8
  theta         t             -             = 10000
  rope_scaling  rope.scaling  rope_scaling  = none
weights
  rope_freqs  [rope_dim / 2]  = rope_factors(rope_scaling, theta)  optional
)";
  auto bound = bound_of(text, facts);
  ASSERT_TRUE(bound.ok()) << bound.error().message;
  // Wavelengths 2 pi 10^i against 16: between the corners, then beyond.
  const auto& factors = bound->made.at("rope_freqs.weight").recipe.numbers;
  ASSERT_EQ(factors.size(), 4u);
  double t = (16 / (2 * M_PI) - 1) / 3;
  EXPECT_NEAR(factors[0], 1 / ((1 - t) / 8 + t), 1e-12);
  EXPECT_EQ(factors[1], 8);
  facts.keys = {};
  bound = bound_of(text, facts);
  ASSERT_TRUE(bound.ok());
  EXPECT_TRUE(bound->made.empty());
}

TEST(CheckpointBinding, IsStrictBothWays) {
  FakeCheckpoint facts = two_layers();
  facts.tensors = {{"h.0.a.weight", {4, 3}},
                   {"h.1.a.weight", {4, 3}},
                   {"h.0.mask", {1}},
                   {"h.1.mask", {1}},
                   {"head.x.y", {1}}};
  const std::string text = std::string(kTwo) + "  layer  h.#\n    a  [4, 3]  a\n";
  EXPECT_THAT(error_of(text, facts), HasSubstr("not declared by toy.arch: h.0.mask, h.1.mask, head.x.y"));
  EXPECT_EQ(error_of(text + "    ignore mask\n  ignore head.*\n", facts), "no error");
  facts.tensors.erase("h.1.a.weight");
  EXPECT_THAT(error_of(text, facts),
              HasSubstr("toy.arch:6:5: blk.1.a.weight is not in the checkpoint (looked for h.1.a)"));
}

// Draft layers, which config.json does not count.
TEST(CheckpointBinding, LayersBehindTheLastCanBeIgnored) {
  FakeCheckpoint facts = two_layers();
  facts.tensors = {{"h.0.a.weight", {4, 3}},
                   {"h.1.a.weight", {4, 3}},
                   {"h.2.a.weight", {4, 3}},
                   {"h.10.b", {1}},
                   {"h.99999999999999999999.c", {1}}};
  const std::string text = std::string(kTwo) + "  layer  h.#\n    a  [4, 3]  a\n  ignore h.#+.*\n";
  EXPECT_THAT(error_of(text, facts), HasSubstr("not declared by toy.arch: h.99999999999999999999.c"));
  facts.tensors.erase("h.99999999999999999999.c");
  EXPECT_EQ(error_of(text, facts), "no error");
  facts.tensors["h.1.b"] = {1};
  EXPECT_THAT(error_of(text, facts), HasSubstr("not declared by toy.arch: h.1.b"));
}

struct CheckpointFault {
  const char *row, *message;
};

TEST(CheckpointBinding, NamesTheRowTheTensorAndTheShapes) {
  FakeCheckpoint facts;
  facts.keys = {{"big", Item(1e15)}};
  facts.tensors = {{"a.weight", {4, 6}}, {"b.weight", {2, 5}}};
  for (const CheckpointFault& fault : {
           CheckpointFault{"w  [6, 4]  a", "w.weight is (4, 6) in the file, (6, 4) here"},
           CheckpointFault{"w  [4, 6]  a  + bias", "w.weight: no bias beside a"},
           CheckpointFault{"w  [4, 6]  a  | split(3)",
                           "w.weight, made of a (4, 6): 4 rows cannot be split into (3)"},
           CheckpointFault{"w  [4, 6]  a  | split(-1)", "cannot be split"},
           CheckpointFault{"w  [4, 6]  a[2:5]", "2 to 4 are cut from a dimension of 4"},
           CheckpointFault{"w  [4, 6]  a[:, 6]", "6 to 6 are cut from a dimension of 6"},
           CheckpointFault{"w  [4, 6]  a[3:3]", "are cut from a dimension"},
           CheckpointFault{"w  [4, 6]  a  | swap(0, 2)", "dimensions 0 and 2 of (4, 6) cannot be exchanged"},
           CheckpointFault{"w  [5, 5]  a  | reshape", "(4, 6) cannot be reshaped to (5, 5)"},
           CheckpointFault{"w  [4, 6]  a  | interleave(3)", "cannot be split"},
           CheckpointFault{"w  [4, 6]  a  | regroup(2, 1, 2)", "4 rows are not 2 groups of (1, 2)"},
           CheckpointFault{"w  [4, 6]  a  | deal(0, 3, 1, 1)", "4 rows are not 0 and 3 times 1 blocks of 1"},
           CheckpointFault{"w  [4, 6]  a  | split(big)",
                           "a size must be a whole number; it is 1000000000000000"},
           CheckpointFault{"w  [4, 6]  a  | * gone", "config.json does not have what w.weight is made with"},
           CheckpointFault{"w  [4, 6]  a  | / 0", "cannot be computed with 0"},
           CheckpointFault{"w  [6, 6]  a, b", "(2, 5) cannot be joined to (4, 6)"},
           CheckpointFault{"w  [2, 4, 6]  {a,b}", "a gives (4, 6), b gives (2, 5)"},
       }) {
    std::string error =
        error_of(std::string("weights\n  ") + fault.row + "\n  ignore a.weight b.weight\n", facts);
    EXPECT_THAT(error, HasSubstr(fault.message)) << fault.row;
    EXPECT_THAT(error, HasSubstr("toy.arch:3:")) << fault.row;
  }
}

}  // namespace
}  // namespace hearth::arch
