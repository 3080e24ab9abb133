#include "graph/expand.h"

#include <gtest/gtest.h>

#include "graph/arch_testing.h"
#include "graph/print.h"

namespace hearth::arch {
namespace {

constexpr const char* kParent =
    "# The parent.\n"
    "arch parent\n"
    "  hf     Parent\n"
    "  gguf   elder when kind == 1\n"
    "  strip  model.\n"
    "config\n"
    "  dim      embedding_length  hidden_size\n"
    "  heads    head_count        num_heads\n"
    "  ffn      = 4 * dim\n"
    "  require  act == \"silu\"\n"
    "  require  heads > 0\n"
    "  require  not act_twice\n"
    "  ignore   a\n"
    "weights\n"
    "  embd     [dim]  embed\n"
    "  output   [dim]  head  or embd\n"
    "  layer    model.layers.#\n"
    "    q      [dim, dim]  q_proj\n"
    "    norm   [dim]       norm\n"
    "    ignore  inv\n"
    "  layer when layer > 0  other.#\n"
    "    k      [dim, dim]  k_proj\n"
    "  layer when layer == 0\n"
    "    k      [dim]       k_vector\n"
    "  encoder layer  enc.blk.#  encoder.#\n"
    "    q      [dim]       q_proj\n"
    "graph\n"
    "  logits = f(embd)\n"
    "graph encoder\n"
    "  memory = 1\n"
    "def f(x)\n"
    "  return x\n"
    "def f(x) when dim > 1\n"
    "  return x + 1\n"
    "def g(x)\n"
    "  return x\n";

Result<Architecture> expanded(const std::string& child, std::string parent = kParent) {
  return load("child", loader_of({{"child", child}, {"parent", std::move(parent)}}));
}

Architecture good(const std::string& child) {
  auto architecture = expanded(child);
  EXPECT_TRUE(architecture.ok()) << architecture.error().message;
  return architecture.ok() ? *std::move(architecture) : Architecture();
}

std::string refusal(const std::string& child) {
  auto architecture = expanded(child);
  return architecture.ok() ? "accepted" : headline(architecture.error().message);
}

const Weight* named(const Architecture& a, std::string_view name, std::string_view stack = "") {
  for (const Weight& weight : a.weights)
    if (weight.name == name && weight.stack == stack) return &weight;
  return nullptr;
}

TEST(ExpandTest, HfAndGgufAreNotInheritedStripIs) {
  Architecture a = good("# The child.\narch child like parent\n  strip  lm.\n");
  EXPECT_TRUE(a.header.hf.empty());
  EXPECT_EQ(a.header.gguf.name.text, "child");
  EXPECT_FALSE(a.header.gguf.when);
  ASSERT_EQ(a.header.strip.size(), 2u);
  EXPECT_EQ(a.header.strip[0].text, "model.");
  EXPECT_EQ(a.header.strip[1].text, "lm.");
  EXPECT_EQ(a.header.description, "The child.");
  EXPECT_EQ(a.sources.size(), 2u);
}

TEST(ExpandTest, AnEntryReplacesItsNamesakeInPlace) {
  Architecture a = good("arch child like parent\nconfig\n  heads  h  h\n  more  m  m\n  ignore  b\n");
  ASSERT_EQ(a.entries.size(), 4u);
  EXPECT_EQ(a.entries[1].name.text, "heads");
  EXPECT_EQ(a.entries[1].gguf, "h");
  EXPECT_EQ(a.entries[3].name.text, "more");
  EXPECT_EQ(a.ignores.size(), 2u);
}

TEST(ExpandTest, InheritedRowsKeepTheirPlace) {
  Architecture a = good("arch child like parent\nconfig\n  heads  h  h\n");
  EXPECT_EQ(a.entry("dim")->name.at.source->name, "parent.arch");
  EXPECT_EQ(a.entry("dim")->name.at.line, 7);
  EXPECT_EQ(a.entry("heads")->name.at.source->name, "child.arch");
  EXPECT_EQ(a.entry("heads")->name.at.line, 3);
}

TEST(ExpandTest, ARequirementReplacesThoseThatBeginWithTheSameName) {
  Architecture a = good(
      "arch child like parent\nconfig\n  require  act == \"gelu\"\n  require  act != none\n"
      "  require  not act_twice or heads == 1\n");
  std::vector<std::string> texts;
  for (const Require& require : a.requires_) texts.push_back(require.text);
  EXPECT_EQ(texts, (std::vector<std::string>{"heads > 0", "act == \"gelu\"", "act != none",
                                             "not act_twice or heads == 1"}));
}

TEST(ExpandTest, DropTakesAnEntryAndTheRequirementsThatMentionIt) {
  Architecture a = good("arch child like parent\nconfig\n  drop  heads act\n");
  EXPECT_EQ(a.entry("heads"), nullptr);
  ASSERT_EQ(a.requires_.size(), 1u);
  EXPECT_EQ(a.requires_[0].text, "not act_twice");
  EXPECT_EQ(refusal("arch child like parent\nconfig\n  drop  nothing\n"),
            "child.arch:3:9: nothing to drop: no inherited entry or requirement has `nothing`");
}

TEST(ExpandTest, AWeightReplacesAllDeclarationsOfItsStack) {
  Architecture a = good(
      "arch child like parent\nweights\n  layer when dim > 2\n    k  [dim]  k2\n  layer\n    q  [dim]  q2 + "
      "bias\n");
  ASSERT_EQ(named(a, "k")->declarations.size(), 1u);
  EXPECT_EQ(to_string(*named(a, "k")->declarations[0].when), "dim > 2");
  EXPECT_EQ(named(a, "q")->declarations.at(0).row.bias, Bias::must);
  EXPECT_EQ(named(a, "q", "encoder")->declarations.at(0).row.bias, Bias::none);
  EXPECT_EQ(named(a, "norm")->declarations.size(), 1u);
}

TEST(ExpandTest, DropTakesAWeightFromEveryStackWhereverItStands) {
  Architecture a = good("arch child like parent\nweights\n  layer\n    drop  q k\n    q  [dim]  q3\n");
  EXPECT_EQ(named(a, "k"), nullptr);
  EXPECT_EQ(named(a, "q", "encoder"), nullptr);
  ASSERT_NE(named(a, "q"), nullptr);  // what the child itself declares stays
  EXPECT_EQ(refusal("arch child like parent\nweights\n  drop  z\n"),
            "child.arch:3:9: nothing to drop: no inherited weight is called `z`");
}

TEST(ExpandTest, TheFirstPrefixesHoldForTheWholeStackLaterOnesForTheirBlock) {
  Architecture a = good("arch child like parent\n");
  EXPECT_EQ(named(a, "q")->declarations.at(0).hf_prefix, "model.layers.#");
  EXPECT_EQ(named(a, "q")->declarations.at(0).gguf_prefix, "blk.#");
  EXPECT_EQ(named(a, "k")->declarations.at(0).hf_prefix, "other.#");
  EXPECT_EQ(named(a, "k")->declarations.at(1).hf_prefix, "model.layers.#");
  EXPECT_EQ(named(a, "q", "encoder")->declarations.at(0).gguf_prefix, "enc.blk.#");
  EXPECT_EQ(a.ignored_tensors.at(0).prefix, "model.layers.#");

  Architecture b = good(
      "arch child like parent\nweights\n  layer  v.blk.#  tower.#\n    new  [dim]  new\n"
      "  layer  again.#\n    newer  [dim]  newer\n");
  EXPECT_EQ(named(b, "q")->declarations.at(0).hf_prefix, "tower.#");
  EXPECT_EQ(named(b, "q")->declarations.at(0).gguf_prefix, "v.blk.#");
  EXPECT_EQ(named(b, "k")->declarations.at(0).hf_prefix, "other.#");
  EXPECT_EQ(named(b, "newer")->declarations.at(0).hf_prefix, "again.#");
  EXPECT_EQ(named(b, "newer")->declarations.at(0).gguf_prefix, "v.blk.#");
  EXPECT_EQ(b.ignored_tensors.at(0).prefix, "tower.#");
}

TEST(ExpandTest, GraphsAndDefsReplaceTheirNamesakes) {
  Architecture a = good(
      "arch child like parent\ngraph\n  logits = 2\ndef f(x, y)\n  return x\ngraph draft\n  logits = 3\n");
  EXPECT_EQ(a.graphs.size(), 3u);
  EXPECT_EQ(a.graph("")->body.at(0).values.at(0)->number, 2);
  EXPECT_EQ(a.definition("f")->cases.size(), 1u);
  EXPECT_EQ(a.definition("f")->cases[0].params.size(), 2u);
  EXPECT_EQ(a.definition("g")->name.at.source->name, "parent.arch");
}

TEST(ExpandTest, BehindOrTheNameOfAnotherWeightIsATie) {
  Architecture a = good(
      "arch child like parent\nweights\n  embd2  [dim]  a or embd2 or other\n  head2  [dim]  embd or "
      "embd2\n");
  EXPECT_EQ(named(a, "output")->declarations.at(0).row.origins.at(1).kind, Origin::Kind::tie);
  EXPECT_EQ(named(a, "output")->declarations.at(0).row.origins.at(1).weight, "embd");
  for (const Origin& origin : named(a, "embd2")->declarations.at(0).row.origins)
    EXPECT_EQ(origin.kind, Origin::Kind::stored);
  EXPECT_EQ(named(a, "head2")->declarations.at(0).row.origins.at(0).kind, Origin::Kind::stored);
  EXPECT_EQ(named(a, "head2")->declarations.at(0).row.origins.at(1).kind, Origin::Kind::tie);
  EXPECT_EQ(refusal("arch child like parent\nweights\n  a  [dim]  b or embd | exp\n"),
            "child.arch:3:18: `a` is tied to `embd`; a tie has no transforms");
}

TEST(ExpandTest, DescentIsAtMostTwoStepsDeep) {
  std::map<std::string, std::string, std::less<>> texts;
  texts["a"] = "arch a\n";
  texts["b"] = "arch b like a\n";
  texts["c"] = "arch c like b\n";
  texts["d"] = "arch d like c\n";
  texts["self"] = "arch self like self\n";
  texts["lost"] = "arch lost like gone\n";
  texts["wrong"] = "arch right\n";
  texts["of_wrong"] = "arch of_wrong like wrong\n";
  texts["broken"] = "arch broken\nconfig\n  a =\n";
  texts["of_broken"] = "arch of_broken like broken\n";
  auto outcome = [&](const char* name) {
    auto architecture = load(name, loader_of(texts));
    return architecture.ok() ? "accepted" : headline(architecture.error().message);
  };
  EXPECT_EQ(outcome("c"), "accepted");
  EXPECT_EQ(outcome("d"), "b.arch:1:13: `like` is more than two steps deep, from `d`");
  EXPECT_EQ(outcome("self"), "self.arch:1:16: `like` is more than two steps deep, from `self`");
  EXPECT_EQ(outcome("lost"), "lost.arch:1:16: no parent: there is no `gone`");
  EXPECT_EQ(outcome("of_wrong"), "wrong.arch:1:6: this is `right`; `wrong` was looked for");
  EXPECT_EQ(outcome("of_broken"), "broken.arch:3:6: expected a value, found the end of the line");
  EXPECT_EQ(outcome("nobody"), "there is no `nobody`");
}

TEST(ExpandTest, WordsOfExpressionsFindWeights) {
  auto architecture =
      load("x", loader_of({{"x",
                            "arch x\nweights\n  a.bias  [1]  a\n  b.  [1]  b\n  c.d  [1]  c\n"
                            "  both  [1]  e\n  layer  m.#\n    both  [2]  f\n    in  [1]  -\n"}}));
  ASSERT_FALSE(architecture.ok());  // `in` is a word of the language
  architecture =
      load("x", loader_of({{"x",
                            "arch x\nweights\n  a.bias  [1]  a\n  b.  [1]  b\n  c.d  [1]  c\n"
                            "  both  [1]  e\n  layer  m.#\n    both  [2]  f\n    only  [1]  -\n"}}));
  ASSERT_TRUE(architecture.ok()) << architecture.error().message;
  const std::string plain;
  EXPECT_EQ(architecture->weight("a", nullptr)->name, "a.bias");
  EXPECT_EQ(architecture->weight("a.bias", nullptr)->name, "a.bias");
  EXPECT_EQ(architecture->weight("b", &plain)->name, "b.");
  EXPECT_EQ(architecture->weight("c.d", nullptr)->name, "c.d");
  EXPECT_EQ(architecture->weight("c", nullptr), nullptr);
  EXPECT_TRUE(architecture->weight("both", &plain)->layers);
  EXPECT_FALSE(architecture->weight("both", nullptr)->layers);
  EXPECT_EQ(architecture->weight("only", nullptr), nullptr);
}

// Printing an expanded architecture gives a file that expands to the same.
void expect_round_trip(const Architecture& architecture, const Loader& loader) {
  const std::string text = print(flatten(architecture));
  auto document = parse("again.arch", text);
  ASSERT_TRUE(document.ok()) << document.error().message << "\n" << text;
  EXPECT_TRUE(document->parent.text.empty());
  auto again = expand(*std::move(document), loader);
  ASSERT_TRUE(again.ok()) << again.error().message << "\n" << text;
  EXPECT_EQ(Dump()(*again), Dump()(architecture));
}

TEST(PrintTest, ExpandedTextMeansTheSame) {
  expect_round_trip(good("arch child like parent\n"), library_loader());
  expect_round_trip(
      good("arch child like parent\n  gguf  clip when a.b == \"c\"\nweights\n"
           "  layer when k  own.blk.#  own.#\n    q    [dim]  a | + (bias) + bias? or c optional\n"),
      library_loader());
}

TEST(PrintTest, AwkwardRowsMeanTheSame) {
  auto architecture =
      load("x", loader_of({{"x",
                            "arch x\n  hf    A\n  gguf  y\n"
                            "config\n"
                            "  dim   d  (a or b if c else e)  = (1 if x else 2) or 3\n"
                            "  bias  b  b\n"
                            "  long  some.key  (f(\"a very long column that is wider than any "
                            "column may be\"))  = 1\n"
                            "weights\n"
                            "  a  [1]  b | + (bias + 1) + bias? or c\n"
                            "  c  [1]  = (dim or bias)  optional\n"
                            "  d  [1]  e | * (1 if dim else 2) | [1, :, ::2] or = (1 if dim else 2)\n"
                            "  layer when w  p.blk.#  p.#\n"  // before what guards it
                            "    v  [1]  v\n"
                            "  layer  q.#\n"
                            "    w  [1]  w  optional\n"
                            "    u  = w\n"
                            "  layer when v\n"
                            "    v  [2]  v\n"}}));
  ASSERT_TRUE(architecture.ok()) << architecture.error().message;
  expect_round_trip(*architecture, library_loader());
}

TEST(PrintTest, ColumnsAndComments) {
  const char* text =
      "# A small one.\n"
      "arch x\n"
      "  hf A b    # unsure\n"
      "\n"
      "config   # key in GGUF     key in config.json  default\n"
      "  dim    embedding_length  hidden_size\n"
      "  deep   -                 (layer < n)  = none    # why\n"
      "  pairs  = halves\n"
      "\n"
      "weights    # shape     name in safetensors\n"
      "  embd     [2*n, dim]  embed\n"
      "  layer                model.layers.#\n"
      "    norm.  [dim]       norm  | + 1 + bias?\n"
      "\n"
      "graph                                           # the stream\n"
      "  x = embd[tokens]\n"
      "  each layer [0 : n]\n"
      "    x += f(x, eps = 1e-5)\n"
      "  logits = x\n"
      "\n"
      "def f(x) when n > 0\n"
      "  return x * 2                                  # twice\n";
  auto document = parse("x.arch", text);
  ASSERT_TRUE(document.ok()) << document.error().message;
  EXPECT_EQ(print(*document), text);
}

// Every file there is: what the program carries, and a folder of more.
class AllFiles : public testing::Test {
 protected:
  static void each(const std::function<void(const std::string&, const Loader&)>& test) {
    for (size_t i = 0; i < kArchFileCount; ++i) test(kArchFiles[i].name, library_loader());
    if (const auto folder = arch_folder(); !folder.empty())
      for (const std::string& name : names_in(folder)) test(name, folder_loader(folder));
  }
};

TEST_F(AllFiles, ExpandAndPrintTheSame) {
  each([](const std::string& name, const Loader& loader) {
    SCOPED_TRACE(name);
    auto architecture = load(name, loader);
    ASSERT_TRUE(architecture.ok()) << architecture.error().message;
    EXPECT_FALSE(architecture->header.description.empty());
    EXPECT_FALSE(architecture->header.hf.empty());
    expect_round_trip(*architecture, loader);
  });
}

TEST(LibraryTest, CarriesTheFilesByteForByte) {
  const auto folder = std::filesystem::path(HEARTH_SOURCE_DIR) / "architectures";
  const auto names = names_in(folder);
  ASSERT_EQ(names.size(), kArchFileCount);
  for (const std::string& name : names) {
    const ArchFile* file = library_file(name);
    ASSERT_NE(file, nullptr) << name;
    auto text = folder_loader(folder)(name);
    ASSERT_TRUE(text.ok());
    EXPECT_EQ(file->text, *text) << name;
  }
  EXPECT_EQ(library_file("nobody"), nullptr);
}

}  // namespace
}  // namespace hearth::arch
