#include "graph/check.h"

#include <gtest/gtest.h>

#include <sstream>

#include "graph/arch_testing.h"

namespace hearth::arch {
namespace {

// A small sound file, in parts that a test may replace.
struct Parts {
  std::string config =
      "  dim     embedding_length  hidden_size\n"
      "  layers  block_count       num_hidden_layers\n"
      "  heads   head_count        num_heads\n"
      "  eps     eps               rms_norm_eps\n";
  std::string weights =
      "  embd    [_, dim]    embed\n"
      "  layer               model.layers.#\n"
      "    norm  [dim]       norm\n"
      "    up    [dim, dim]  up  optional\n";
  std::string graph =
      "graph\n"
      "  x = embd[tokens]\n"
      "  each layer\n"
      "    x += f(rms(x, norm))\n"
      "  logits = embd(x)\n"
      "def f(h)\n"
      "  return up(h) if up else h\n";

  std::string text() const { return "arch x\nconfig\n" + config + "weights\n" + weights + graph; }
};

std::string findings_of(const std::string& text) {
  auto architecture = load("x", loader_of({{"x", text}}));
  if (!architecture.ok()) return "refused: " + headline(architecture.error().message);
  std::string all;
  for (const Finding& finding : check(*architecture)) all += headline(finding.to_string()) + "\n";
  return all;
}

TEST(CheckTest, ASoundFileHasNoFindings) { EXPECT_EQ(findings_of(Parts().text()), ""); }

struct Fault {
  const char* text;     // a line to add, or a graph to put in the place of the sound one
  const char* message;  // what is found, and nothing else
};
void PrintTo(const Fault& fault, std::ostream* out) { *out << fault.text; }

// One more line of config, which is line 7.
class CheckConfig : public testing::TestWithParam<Fault> {};

TEST_P(CheckConfig, Finds) {
  Parts parts;
  parts.config += std::string("  ") + GetParam().text + "\n";
  EXPECT_EQ(findings_of(parts.text()), GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Faults, CheckConfig,
    testing::Values(
        Fault{"ffn = 4 * dimm", "x.arch:7:13: unknown name `dimm`; is `dim` meant?\n"},
        Fault{"ffn = 4 * norm", "x.arch:7:13: `norm` is a weight; only config entries may stand here\n"},
        Fault{"ffn = round(dim)", "x.arch:7:9: unknown function `round`\n"},
        Fault{"ffn = round_up(dim)", "x.arch:7:9: `round_up` needs `n`\n"},
        Fault{"ffn = sqrt(dim, 2)", "x.arch:7:9: `sqrt` takes 1 value, not 2\n"},
        Fault{"ffn = sqrt(y = dim)",
              "x.arch:7:14: `sqrt` has no parameter `y`\nx.arch:7:9: `sqrt` needs `x`\n"},
        Fault{"ffn = (dim)(2)", "x.arch:7:10: unknown function `dim`\n"},
        Fault{"ffn = 2 * ffn", "x.arch:7:3: `ffn` is defined by itself\n"},
        Fault{"ffn  k  c  = 2 * ffn", "x.arch:7:3: `ffn` is defined by itself\n"},
        Fault{"ffn  k  (ffn or 2)", "x.arch:7:3: `ffn` is defined by itself\n"},
        Fault{"rms  k  c",
              "x.arch:7:3: `rms` is an operator; an entry needs another name\n"
              "x.arch:16:12: `rms` cannot be called\n"},
        Fault{"norm  k  c", "x.arch:11:5: `norm` is an entry already, in x.arch:7\n"},
        Fault{"f  k  c",
              "x.arch:18:5: `f` is an entry already, in x.arch:7\nx.arch:16:10: `f` cannot be called\n"},
        // What is right, though it looks odd: keys of config.json, lone words, the layer, tensors.
        Fault{"ffn  k  (2 * intermediate.size if hidden[layer] else tensor(\"a.#\"))  = halves", ""},
        Fault{"ffn = layer % 2 == 0", ""}, Fault{"ffn = unheard_of", ""},
        Fault{"require not x_y and z == []", ""},
        Fault{"ffn  k  c  = 1    # unsure", "x.arch:7:3: warning: this line is marked unsure\n"}));

TEST(CheckTest, EntriesThatDefineEachOtherNeedAFile) {
  Parts parts;
  parts.config += "  a = b + 1\n  b = c\n  c  -  path  = 2 * a\n";
  EXPECT_EQ(findings_of(parts.text()), "x.arch:7:3: `a` is defined by itself\n");
  // Either may be in the file; then it says the other.
  Parts other;
  other.config += "  a  k.a  h.a  = b + 1\n  b  k.b  h.b  = a - 1\n";
  EXPECT_EQ(findings_of(other.text()), "");
}

TEST(CheckTest, MembersAreThoseOfScaling) {
  Parts parts;
  parts.config +=
      "  rope_scaling  rope.scaling  rope_scaling  = none\n  a = rope_scaling.factor\n"
      "  b = rope_scaling.colour\n  c = dim.factor\n";
  EXPECT_EQ(findings_of(parts.text()),
            "x.arch:9:7: unknown name `rope_scaling.colour`\nx.arch:10:7: unknown name `dim.factor`\n");
}

// One more row among the layers' weights, which is line 12; `norm` is in line 10 and `up` in line 11.
class CheckWeights : public testing::TestWithParam<Fault> {};

TEST_P(CheckWeights, Finds) {
  Parts parts;
  parts.weights += std::string(GetParam().text) + "\n";
  EXPECT_EQ(findings_of(parts.text()), GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Faults, CheckWeights,
    testing::Values(
        Fault{"    a  [ffn]  a", "x.arch:12:9: unknown name `ffn`\n"},
        Fault{"    a  [hidden_size]  a", "x.arch:12:9: unknown name `hidden_size`\n"},
        Fault{"    a  [dim]  a[:ffn]", "x.arch:12:18: unknown name `ffn`\n"},
        Fault{"    a  [dim]  = ffn", "x.arch:12:17: unknown name `ffn`\n"},
        Fault{"    a  [dim]  a | split(heads) | * stretch(multipliers, dim) | + layer", ""},
        Fault{"    a  [dim]  a | * shrink(multipliers, dim)", "x.arch:12:21: unknown function `shrink`\n"},
        Fault{"  a  [layer]  a", "x.arch:12:7: `layer` has no value here\n"}, Fault{"    a  [layer]  a", ""},
        Fault{"  a  = embed", "x.arch:12:8: unknown weight `embed`; is `embd` meant?\n"},
        Fault{"  a  = a", "x.arch:12:8: `a` is another name for itself\n"}, Fault{"  a  = embd", ""},
        Fault{"    a  = norm", ""}, Fault{"  layer when up and layer > 2\n    a  [dim]  a", ""},
        Fault{"  layer when upp\n    a  [dim]  a", "x.arch:12:14: unknown name `upp`; is `up` meant?\n"},
        Fault{"  layer when b\n    a  [dim]  a\n  layer when a\n    b  [dim]  b",
              "x.arch:13:5: whether there is `a` depends on itself\n"
              "x.arch:15:5: whether there is `b` depends on itself\n"},
        Fault{"  encoder layer  e.#\n    a  [dim]  a",
              "x.arch:13:5: how many such layers there are is not said: config has no `encoder_layers`\n"},
        Fault{"  sum.  [dim]  a", "x.arch:12:3: `sum` is an operator; a weight needs another name\n"},
        Fault{"  f.bias  [dim]  a", "x.arch:18:5: `f` is a weight already, in x.arch:12\n"}));

// Another graph; its first line is line 12.
class CheckGraph : public testing::TestWithParam<Fault> {};

TEST_P(CheckGraph, Finds) {
  Parts parts;
  parts.graph = GetParam().text;
  EXPECT_EQ(findings_of(parts.text()), GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Names, CheckGraph,
    testing::Values(
        Fault{"", "x.arch:1:6: `x` has no graph\n"},
        Fault{"graph\n  x = 1\n", "x.arch:12:1: the graph must assign logits or embeddings\n"},
        Fault{"graph\n  logits = 1\ngraph film\n  x = 1\n",
              "x.arch:14:7: no graph is called `film`; there may be encoder, sound, draft, score, image\n"},
        Fault{"graph\n  logits = enbd(tokens)\n", "x.arch:13:12: unknown name `enbd`; is `embd` meant?\n"},
        Fault{"graph\n  logits = x\n  x = 1\n", "x.arch:13:12: unknown name `x`\n"},
        Fault{"graph\n  logits += 1\n", "x.arch:13:3: `logits` has no value here\n"},
        Fault{"graph\n  logits = norm(1)\n",
              "x.arch:13:12: `norm` belongs to the layers and has no meaning here, outside of them\n"},
        Fault{"graph\n  logits = layer\n", "x.arch:13:12: `layer` has no value outside `each layer`\n"},
        Fault{"graph\n  each layer\n    y = x\n    x = 1\n  logits = y\n",
              "x.arch:14:9: `x` is carried from layer to layer and has no value before the first\n"},
        Fault{"graph\n  each layer\n    x += 1\n  logits = x\n",
              "x.arch:14:5: `x` is carried from layer to layer and has no value before the first\n"},
        Fault{"graph\n  x = 1\n  each layer\n    y = x\n    x = layer\n  logits = y\n", ""},
        Fault{"graph\n  each encoder layer\n    x = up(1)\n  logits = x\n",
              "x.arch:13:3: how many such layers there are is not said: config has no `encoder_layers`\n"
              "x.arch:14:9: `up` belongs to the layers and has no meaning here, in others\n"},
        Fault{"graph\n  logits = mel\n", "x.arch:13:12: unknown name `mel`\n"},
        Fault{"graph sound\n  memory = mel\ngraph\n  logits = memory\n", ""},
        Fault{"graph\n  logits = memory\ngraph encoder\n  memory = tokens\n", ""},
        Fault{"graph encoder\n  a = logits\ngraph\n  logits = 1\n", "x.arch:13:7: unknown name `logits`\n"},
        Fault{"graph\n  logits = f\ndef f()\n  return 1\n",
              "x.arch:13:12: `f` is called with values in parentheses\n"
              "x.arch:14:5: warning: nothing calls `f`\n"},
        Fault{"graph\n  logits = 1 + rms\n", "x.arch:13:16: `rms` is called with values in parentheses\n"}));

INSTANTIATE_TEST_SUITE_P(
    Calls, CheckGraph,
    testing::Values(
        Fault{"graph\n  logits = embd(1, 2)\n", "x.arch:13:12: `embd` takes one value, by position\n"},
        Fault{"graph\n  logits = embd(x = 1)\n", "x.arch:13:12: `embd` takes one value, by position\n"},
        Fault{"graph\n  logits = embd[tokens](1, 2)\n",
              "x.arch:13:12: a weight takes one value, by position\n"},
        Fault{"graph\n  logits = dim(1)\n", "x.arch:13:12: `dim` cannot be called\n"},
        Fault{"graph\n  logits = 3(1)\n", "x.arch:13:12: this cannot be called\n"},
        Fault{"graph\n  logits = rms()\n", "x.arch:13:12: `rms` needs `x`\n"},
        Fault{"graph\n  logits = rms(1, 2, 3, 4)\n", "x.arch:13:12: `rms` takes 3 values, not 4\n"},
        Fault{"graph\n  logits = rms(1, ep = 3)\n", "x.arch:13:19: `rms` has no parameter `ep`\n"},
        Fault{"graph\n  logits = rms(1, x = 3)\n", "x.arch:13:19: `x` is given twice\n"},
        Fault{"graph\n  logits = cat(1, 2, 3, 4, 5)\n", ""},
        Fault{"graph\n  logits = f(1)\ndef f(a, b)\n  return a\n",
              "x.arch:13:12: `f` takes 2 values, not 1\n"},
        Fault{"graph\n  logits = f(a = 1)\ndef f(a)\n  return a\n",
              "x.arch:13:14: `f` is a def and called by position\n"},
        Fault{"graph\n  logits, y = f(1)\ndef f(a)\n  return a, 2, 3\n",
              "x.arch:13:3: 3 values for 2 names\n"},
        Fault{"graph\n  logits, y = f(1)\ndef f(a)\n  return a, 2\n", ""},
        Fault{"graph\n  y = f(1)\n  logits, z = y\ndef f(a)\n  return a, 2\n", ""}));

INSTANTIATE_TEST_SUITE_P(
    Defs, CheckGraph,
    testing::Values(
        Fault{"graph\n  logits = f(1)\ndef f(a)\n  return f(a)\n", "x.arch:15:10: `f` calls itself\n"},
        Fault{"graph\n  logits = f(1)\ndef f(a)\n  return g(a)\ndef g(a)\n  return a\n"
              "def g(a) when dim > 1\n  return f(a)\n",
              "x.arch:19:10: `f` calls itself\n"},
        // Names are looked up in the situations that a def is called in, whichever case would be taken.
        Fault{"graph\n  logits = f(1)\ndef f(a)\n  return a\ndef f(a) when dim > 9\n  return norm(a)\n",
              "x.arch:17:10: `norm` belongs to the layers and has no meaning here, outside of them\n"},
        Fault{"graph encoder\n  memory = f(1)\ngraph\n  logits = f(memory)\ndef f(a)\n  return a + memory\n",
              "x.arch:17:14: unknown name `memory`\n"},
        Fault{"graph\n  y = 2\n  logits = f(1)\ndef f(a)\n  return a + y\n",
              "x.arch:16:14: unknown name `y`\n"},
        Fault{"graph\n  logits = f(1)\ndef f(a)\n  b = a + tokens\n  return b\n", ""},
        Fault{"graph\n  logits = f(1)\ndef f(a) when a > 1\n  return a\n",
              "x.arch:14:15: a condition cannot look at the parameter `a`\n"},
        Fault{"graph\n  logits = 1\ndef f(a)\n  return b\n",
              "x.arch:14:5: warning: nothing calls `f`\nx.arch:15:10: unknown name `b`\n"}));

TEST(CheckTest, OperatorsReadWhatIsDeclared) {
  Parts parts;
  parts.config.erase(parts.config.find("  eps"));
  EXPECT_EQ(findings_of(parts.text()), "x.arch:14:12: `rms` reads `eps`, which is not declared\n");
}

TEST(CheckTest, AHostileTextHasBoundedFindings) {
  std::string text = "arch x\ngraph\n  logits = 0\n";
  for (int i = 0; i < 1500; ++i) text += fmt::format("  logits = a{}\n", i);
  auto architecture = load("x", loader_of({{"x", text}}));
  ASSERT_TRUE(architecture.ok());
  EXPECT_LE(check(*architecture).size(), 200u);
  // Defs that call the next one twice each: looked at once, not 2^500 times.
  std::string doubling = "arch x\ngraph\n  logits = f0(1)\n";
  for (int i = 0; i < 500; ++i)
    doubling += fmt::format("def f{}(a)\n  return f{}(f{}(a))\n", i, i + 1, i + 1);
  doubling += "def f500(a)\n  return a\n";
  EXPECT_EQ(findings_of(doubling), "");
}

// The operators of pictures and sounds, as section 10.9 of the language has them, for as long as the table lacks
// any of them.
const std::vector<Parameter>* operator_of_the_language(std::string_view name) {
  if (const auto* known = known_operator(name)) return known;
  using Row = std::pair<std::string_view, std::vector<Parameter>>;
  static const std::vector<Row> kRows = [] {
    // Names with blanks between; `...x` takes the rest, `x=1` has a default.
    auto row = [](std::string_view name, const std::string& signature) {
      Row row{name, {}};
      std::istringstream words(signature);
      for (std::string word; words >> word;) {
        Parameter parameter;
        parameter.variadic = word.starts_with("...");
        parameter.name = word.substr(parameter.variadic ? 3 : 0, word.find('='));
        if (word.find('=') != std::string::npos) parameter.fallback = word.substr(word.find('=') + 1);
        row.second.push_back(std::move(parameter));
      }
      return row;
    };
    return std::vector<Row>{row("conv", "x W stride=1 pad=0"),
                            row("height", "x"),
                            row("width", "x"),
                            row("flat", "x"),
                            row("grid", "x cols"),
                            row("shrink", "x n"),
                            row("unshuffle", "x n"),
                            row("bundle", "x n"),
                            row("halve", "x"),
                            row("rows", "...x"),
                            row("skip", "x n"),
                            row("coords", "h w"),
                            row("windows", "h w n"),
                            row("frequencies", "n base"),
                            row("outer", "p f"),
                            row("resize", "W h w corners=false"),
                            row("sinusoids", "n d"),
                            row("transposed", "W")};
  }();
  for (const Row& row : kRows)
    if (row.first == name) return &row.second;
  return nullptr;
}

void expect_sound(const std::string& name, const Loader& loader, const Operators& operators) {
  SCOPED_TRACE(name);
  auto architecture = load(name, loader);
  ASSERT_TRUE(architecture.ok()) << architecture.error().message;
  for (const Finding& finding : check(*architecture, operators))
    EXPECT_EQ(finding.kind, Finding::Kind::warning) << finding.to_string();
}

TEST(CheckTest, AcceptsEveryFile) {
  for (size_t i = 0; i < kArchFileCount; ++i)
    expect_sound(kArchFiles[i].name, library_loader(), known_operator);
  const auto folder = arch_folder();
  if (folder.empty()) GTEST_SKIP() << "HEARTH_CONFORMANCE names no folder beside which design/arch is";
  // The program's own files take the place of those in the folder.
  const Loader loader = [folder](std::string_view name) {
    return library_file(name) ? library_loader()(name) : folder_loader(folder)(name);
  };
  for (const std::string& name : names_in(folder)) expect_sound(name, loader, operator_of_the_language);
}

}  // namespace
}  // namespace hearth::arch
