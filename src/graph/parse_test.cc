#include "graph/parse.h"

#include <gtest/gtest.h>

#include "graph/arch_testing.h"
#include "graph/lines.h"
#include "graph/parse_expression.h"
#include "graph/print.h"

namespace hearth::arch {
namespace {

Result<Document> read(std::string text) { return parse("x.arch", std::move(text)); }

std::string parse_error(std::string text) {
  auto document = read(std::move(text));
  return document.ok() ? "accepted" : headline(document.error().message);
}

struct Refused {
  const char* text;
  const char* message;
};
void PrintTo(const Refused& refused, std::ostream* out) { *out << refused.text; }

class ParseRefuses : public testing::TestWithParam<Refused> {};

TEST_P(ParseRefuses, WithPlaceAndReason) { EXPECT_EQ(parse_error(GetParam().text), GetParam().message); }

INSTANTIATE_TEST_SUITE_P(
    Lines, ParseRefuses,
    testing::Values(
        Refused{"", "x.arch: no architecture here; it begins with `arch NAME`"},
        Refused{"# nothing\n\n", "x.arch: no architecture here; it begins with `arch NAME`"},
        Refused{"  arch x\n", "x.arch:1:3: the first line is not indented"},
        Refused{"or more\n", "x.arch:1:1: `or` continues a row, and there is none above"},
        Refused{"arch x\nconfig\n\tdim a b\n", "x.arch:3:1: a tab; columns and nesting are made of spaces"},
        Refused{"arch x\nconfig\n  dim\ta b\n", "x.arch:3:6: a tab; columns and nesting are made of spaces"},
        Refused{"arch x\nconfig \x01\n", "x.arch:2:8: a control character (byte 1)"},
        Refused{"arch x\nconfig\n    a  b  c\n  d  e  f\n",
                "x.arch:4:3: indented by 2, unlike its neighbours"},
        Refused{"arch x\nconfig\n  a  b  c\n    d  e  f\n",
                "x.arch:4:5: indented, but the line above opens no block"},
        Refused{"arch x\nconfigs\n",
                "x.arch:2:1: expected `config`, `weights`, `graph` or `def`, found `configs`"},
        Refused{"arch x\nconfig\n  a = 1\nconfig\n  b = 1\n", "x.arch:4:1: `config` is already in line 2"},
        Refused{"arch x\nweights\nweights\n", "x.arch:3:1: `weights` is already in line 2"},
        Refused{"arch x y\n", "x.arch:1:8: expected the end of the line, found `y`"},
        Refused{"arch x!\n", "x.arch:1:7: expected the name of an architecture, found `!`"},
        Refused{"arch x like\n",
                "x.arch:1:12: expected the name of an architecture, found the end of the line"},
        Refused{"arch x\n  hg A\n", "x.arch:2:3: expected `hf`, `gguf` or `strip`, found `hg`"},
        Refused{"arch x\n  gguf a\n  gguf b\n", "x.arch:3:3: `gguf` is said twice"},
        Refused{"arch x\n  hf\"A\n", "x.arch:2:5: expected a blank, found `\"`"},
        Refused{"arch x\n  hf A#\n", "x.arch:2:7: expected a blank, found `#`"},
        Refused{"arch x\n  hf\n",
                "x.arch:2:5: expected class names or model types, found the end of the line"}));

INSTANTIATE_TEST_SUITE_P(
    Config, ParseRefuses,
    testing::Values(
        Refused{"arch x\nconfig\n  dim\n",
                "x.arch:3:6: expected the key in GGUF, or `-`, found the end of the line"},
        Refused{"arch x\nconfig\n  dim  a\n",
                "x.arch:3:9: expected the key in config.json, an expression in parentheses, or `-`, found "
                "the end "
                "of the line"},
        Refused{"arch x\nconfig\n  dim  a:b  c\n", "x.arch:3:8: `a:b` is no key of GGUF"},
        Refused{"arch x\nconfig\n  dim  a  b  = 1 +\n",
                "x.arch:3:19: expected a value, found the end of the line"},
        Refused{"arch x\nconfig\n  dim  a  b = 1\n",
                "x.arch:3:11: two blanks keep a default and what is before it apart"},
        Refused{"arch x\nconfig\n  dim  a  (b\n", "x.arch:3:13: expected `)`, found the end of the line"},
        Refused{"arch x\nconfig\n  dim  a  b  c\n", "x.arch:3:14: expected the end of the line, found `c`"},
        Refused{"arch x\nconfig\n  layer  a  b\n", "x.arch:3:3: `layer` is a word of the language"},
        Refused{"arch x\nconfig\n  in  a  b\n", "x.arch:3:3: `in` is a word of the language"},
        Refused{"arch x\nconfig\n  a = 1\n  a = 2\n", "x.arch:4:3: `a` is declared twice, first in line 3"},
        Refused{"arch x\nconfig\n  require a ==\n",
                "x.arch:3:15: expected a value, found the end of the line"},
        Refused{"arch x\nconfig\n  ignore\n",
                "x.arch:3:9: expected keys of config.json, found the end of the line"}));

INSTANTIATE_TEST_SUITE_P(
    Weights, ParseRefuses,
    testing::Values(
        Refused{
            "arch x\nweights\n  attn_q  self_attn.q_proj\n",
            "x.arch:3:11: expected the shape of `attn_q`, as [outputs, inputs], found `self_attn.q_proj`"},
        Refused{"arch x\nweights\n  a  [b\n", "x.arch:3:8: expected `,` or `]`, found the end of the line"},
        Refused{"arch x\nweights\n  a  [b]\n",
                "x.arch:3:9: expected an origin: a name of safetensors, `= expression` or `-`, found the end "
                "of the "
                "line"},
        Refused{"arch x\nweights\n  a  [b]  c d\n", "x.arch:3:13: expected the end of the line, found `d`"},
        Refused{"arch x\nweights\n  a  [b]  c | twist\n", "x.arch:3:15: expected a transform, found `twist`"},
        Refused{"arch x\nweights\n  a  [b]  c | split\n",
                "x.arch:3:15: `split` takes at least 1 number, not 0"},
        Refused{"arch x\nweights\n  a  [b]  c | swap(1)\n", "x.arch:3:15: `swap` takes 2 numbers, not 1"},
        Refused{"arch x\nweights\n  a  [b]  c | reshape(1)\n",
                "x.arch:3:15: `reshape` takes 0 numbers, not 1"},
        Refused{"arch x\nweights\n  a  [b]  c + bias + bias?\n", "x.arch:3:20: `+ bias` is said twice"},
        Refused{"arch x\nweights\n  a  [b]  c optional or d optional\n",
                "x.arch:3:27: `optional` is said twice"},
        Refused{"arch x\nweights\n  a  [b]  c.{r,}\n",
                "x.arch:3:16: expected a name in the braces, found `}`"},
        Refused{"arch x\nweights\n  a  [b]  c[]\n", "x.arch:3:13: expected an index or a range, found `]`"},
        Refused{"arch x\nweights\n  a  [b]  c\n  a  [b]  d\n",
                "x.arch:4:3: `a` is declared twice here, first in line 3"},
        Refused{"arch x\nweights\n  layer when a > 0 model.layers.#\n",
                "x.arch:3:20: expected two blanks between the condition and a prefix, found `model.layers.`"},
        Refused{"arch x\nweights\n  layer a b c\n", "x.arch:3:13: expected the end of the line, found `c`"},
        Refused{"arch x\nweights\n  a =\n",
                "x.arch:3:6: expected the name of a weight, found the end of the line"}));

INSTANTIATE_TEST_SUITE_P(
    Graphs, ParseRefuses,
    testing::Values(
        Refused{"arch x\ngraph\n", "x.arch:2:1: a block without statements"},
        Refused{"arch x\ngraph\n  x = 1\ngraph\n  x = 1\n", "x.arch:4:1: this graph is already in line 2"},
        Refused{"arch x\ngraph\n  x\n", "x.arch:3:4: expected `=`, found the end of the line"},
        Refused{"arch x\ngraph\n  x == 1\n", "x.arch:3:5: expected `=`, found `=`"},
        Refused{"arch x\ngraph\n  x, x = 1, 2\n", "x.arch:3:6: `x` is assigned twice here"},
        Refused{"arch x\ngraph\n  x, y, z = 1, 2\n", "x.arch:3:3: 2 values for 3 names"},
        Refused{"arch x\ngraph\n  x, y += 1\n", "x.arch:3:8: expected `=`, found `+`"},
        Refused{"arch x\ngraph\n  layer = 1\n", "x.arch:3:3: `layer` is a word of the language"},
        Refused{"arch x\ngraph\n  return 1\n",
                "x.arch:3:3: `return` stands in a def only; a graph assigns its results"},
        Refused{"arch x\ngraph\n  each layer\n    each layer\n      x = 1\n",
                "x.arch:4:5: loops do not nest"},
        Refused{"arch x\ngraph\n  each layer\n  x = 1\n", "x.arch:3:3: a block without statements"},
        Refused{"arch x\ngraph\n  each layer [0 2]\n    x = 1\n", "x.arch:3:17: expected `:`, found `2`"},
        Refused{"arch x\ngraph\n  each\n", "x.arch:3:7: expected `layer`, found the end of the line"},
        Refused{"arch x\ndef f(a)\n  each layer\n    x = 1\n",
                "x.arch:3:3: a loop stands in a graph, not in a def"},
        Refused{"arch x\ndef f(a)\n  b = a\n", "x.arch:2:5: `f` does not end in `return`"},
        Refused{"arch x\ndef f(a)\n  return a\n  b = a\n", "x.arch:4:3: nothing follows `return`"},
        Refused{"arch x\ndef f(a, a)\n  return a\n", "x.arch:2:10: two parameters are called `a`"},
        Refused{"arch x\ndef f(a\n  return a\n",
                "x.arch:2:8: expected `,` or `)`, found the end of the line"},
        Refused{"arch x\ndef f(a)\n  return a\ndef f(b)\n  return b\n",
                "x.arch:4:5: `f` has a case without `when` already, in line 2"}));

std::string in_expression(std::string expression) { return "arch x\nconfig\n  a = " + expression + "\n"; }

INSTANTIATE_TEST_SUITE_P(
    Expressions, ParseRefuses,
    testing::Values(
        Refused{"arch x\nconfig\n  a = 1 < b < 3\n",
                "x.arch:3:13: comparisons do not chain; join two with `and`"},
        Refused{"arch x\nconfig\n  a = b if c\n", "x.arch:3:13: expected `else`, found the end of the line"},
        Refused{"arch x\nconfig\n  a = (b\n", "x.arch:3:9: expected `)`, found the end of the line"},
        Refused{"arch x\nconfig\n  a = [b\n", "x.arch:3:9: expected `,` or `]`, found the end of the line"},
        Refused{"arch x\nconfig\n  a = f(b\n", "x.arch:3:10: expected `,` or `)`, found the end of the line"},
        Refused{"arch x\nconfig\n  a = f(k = 1, 2)\n",
                "x.arch:3:16: expected a keyword, as `name = value`, found `2`"},
        Refused{"arch x\nconfig\n  a = f(k = 1, k = 2)\n", "x.arch:3:16: `k` is given twice"},
        Refused{"arch x\nconfig\n  a = f(in = 1)\n", "x.arch:3:9: `in` is a word of the language"},
        Refused{"arch x\nconfig\n  a = b[1\n", "x.arch:3:10: expected `]`, found the end of the line"},
        Refused{"arch x\nconfig\n  a = \"b\n", "x.arch:3:7: the string has no end"},
        Refused{"arch x\nconfig\n  a = 12b\n", "x.arch:3:7: expected a number, found `12b`"},
        Refused{"arch x\nconfig\n  a = 1.\n", "x.arch:3:7: expected a number, found `1.`"},
        Refused{"arch x\nconfig\n  a = 1e999\n", "x.arch:3:7: expected a number, found `1e999`"},
        Refused{"arch x\nconfig\n  a = 1 + else\n", "x.arch:3:11: expected a value, found `else`"},
        Refused{"arch x\nconfig\n  a = 1 + not b\n", "x.arch:3:11: expected a value, found `not`"},
        Refused{"arch x\nconfig\n  a = b $ c\n", "x.arch:3:9: expected the end of the line, found `$`"},
        Refused{"arch x\nconfig\n  a = b \xC3\xA9\n",
                "x.arch:3:9: expected the end of the line, found `\xC3\xA9`"}));

TEST(ParseTest, AnErrorShowsTheLineAndMarksTheColumn) {
  auto document = read("arch x\nconfig\n  dim  \"\xC3\xA9\"  b\n");
  ASSERT_FALSE(document.ok());
  EXPECT_EQ(document.error().message,
            "x.arch:3:8: `\"\xC3\xA9\"` is no key of GGUF\n"
            "    dim  \"\xC3\xA9\"  b\n"
            "         ^");
}

TEST(ParseTest, OfALongLineOnlyTheNeighbourhoodIsShown) {
  auto document = read("arch x\nconfig\n  a = " + std::string(900, '(') + "\n");
  ASSERT_FALSE(document.ok());
  const std::string& message = document.error().message;
  EXPECT_LT(message.size(), 400u);
  const std::string last = message.substr(message.rfind('\n') + 1);
  EXPECT_EQ(last.back(), '^');
  EXPECT_LE(last.size(), 124u);
}

// Hostile texts end in an error, not in the stack's end.
TEST(ParseTest, DepthIsBounded) {
  const std::string too_deep = fmt::format("nested too deeply: more than {} levels", kDepthLimit);
  for (const auto& [open, close] : {std::pair("(", ")"),
                                    {"[", "]"},
                                    {"f(", ")"},
                                    {"-", ""},
                                    {"not ", ""},
                                    {"1 + ", ""},
                                    {"2 ** ", ""},
                                    {"1 if 1 else ", ""},
                                    {"a and ", ""}}) {
    std::string text;
    for (int i = 0; i < 150; ++i) text += open;
    text += "a";
    for (int i = 0; i < 150; ++i) text += close;
    EXPECT_NE(parse_error(in_expression(text)).find(too_deep), std::string::npos) << open;
  }
  std::string subscripts = "a";
  for (int i = 0; i < 300; ++i) subscripts += "[0]";
  EXPECT_NE(parse_error(in_expression(subscripts)).find(too_deep), std::string::npos);
}

TEST(ParseTest, SizesAreBounded) {
  EXPECT_EQ(parse_error("arch x\n" + std::string(kTextLimit, '\n')),
            fmt::format("x.arch: the text has {} bytes; an architecture has at most {}", kTextLimit + 7,
                        kTextLimit));
  std::string many = "arch x\nconfig\n";
  for (size_t i = 0; i < kLineCountLimit; ++i) many += fmt::format("  a{} = 1\n", i);
  EXPECT_EQ(parse_error(many),
            fmt::format("x.arch:{}:3: more than {} lines", kLineCountLimit + 1, kLineCountLimit));
  EXPECT_EQ(parse_error("arch x\n  hf " + std::string(kLineLimit, 'a') + "\n"),
            fmt::format("x.arch:2:{}: a line of more than {} bytes", kLineLimit + 1, kLineLimit));
  std::string row = "arch x\nweights\n  a  [b]  c\n";
  for (size_t i = 0; i < kLineLimit / 4; ++i) row += "    or d\n";
  EXPECT_NE(parse_error(row).find("a row of more than"), std::string::npos);
  std::string stairs = "arch x\n";
  for (size_t i = 0; i < 100; ++i) stairs += std::string(i, ' ') + "a\n";
  EXPECT_NE(parse_error(stairs).find("nested too deeply"), std::string::npos);
}

std::string printed(const std::string& expression) {
  auto document = read(in_expression(expression));
  return document.ok() ? to_string(*document->entries.at(0).value) : headline(document.error().message);
}

TEST(ParseTest, OperatorsBindAsTheGrammarSays) {
  // What brackets would be needless and what would not: printing leaves only the latter.
  for (const char* text : {"a or b and not c == d + e * -f ** g",
                           "(a or b) and c",
                           "(a + b) * c",
                           "a - (b - c)",
                           "a - b - c",
                           "(-a) ** b",
                           "-a ** b",
                           "a ** -b",
                           "a ** b ** c",
                           "(a ** b) ** c",
                           "not (a and b)",
                           "(not a) == b",
                           "a if b else c if d else e",
                           "(a if b else c) if d else e",
                           "a if (b if c else d) else e",
                           "(a < b) == c",
                           "a not in [0, 1]",
                           "not a in b",
                           "x[1:]",
                           "x[:n]",
                           "x[:]",
                           "f(a)(b)[c]",
                           "(a + b)[0]",
                           "f(a, k = b + 1, m = none)",
                           "(a == b) + 1",
                           "a // b % c / d",
                           "64e-5",
                           "\"a # b\"",
                           "nextn.eh_proj(x)",
                           "mm.0(x)",
                           "(f if a else g)(x)",
                           "[[1], []]"}) {
    EXPECT_EQ(printed(text), text);
  }
  EXPECT_EQ(printed("((a)) + (b * c)"), "a + b * c");
  EXPECT_EQ(printed("a  not   in b"), "a not in b");
  EXPECT_EQ(printed("(a ** (b ** c))"), "a ** b ** c");
}

TEST(ParseTest, WordsThatOnlyBeginLikeOperatorsAreNames) {
  EXPECT_EQ(printed("order or android"), "order or android");
  EXPECT_EQ(printed("index if iffy else elsewhere"), "index if iffy else elsewhere");
  EXPECT_EQ(printed("notes"), "notes");
}

TEST(ParseTest, PositionsAreOfSignsAndNames) {
  auto document = read(in_expression("first + second(third)"));
  ASSERT_TRUE(document.ok());
  const Expr& sum = *document->entries[0].value;
  EXPECT_EQ(sum.at.column, 13);
  EXPECT_EQ(sum.operands[0]->at.column, 7);
  EXPECT_EQ(sum.operands[1]->at.column, 15);
  EXPECT_EQ(sum.operands[1]->operands[1]->at.column, 22);
  EXPECT_EQ(sum.at.line, 3);
}

TEST(ParseTest, EntriesHaveFourColumns) {
  auto document = read(
      "arch x\nconfig  # key\n"
      "  a    k.a   h.a\n"
      "  b    .k-b  (x + 1)  = a / 2\n"
      "  c[]  -     -        = none\n"
      "  d    = halves    # a constant\n"
      "  require  a == \"b\"  and c\n"
      "  ignore   e f.g\n"
      "  drop     h\n");
  ASSERT_TRUE(document.ok()) << document.error().message;
  ASSERT_EQ(document->entries.size(), 4u);
  const auto& [a, b, c, d] =
      std::tie(document->entries[0], document->entries[1], document->entries[2], document->entries[3]);
  EXPECT_EQ(a.gguf, "k.a");
  EXPECT_EQ(a.hf_path, "h.a");
  EXPECT_FALSE(a.hf || a.value || a.whole || a.constant);
  EXPECT_EQ(b.gguf, ".k-b");
  EXPECT_EQ(to_string(*b.hf), "x + 1");
  EXPECT_EQ(to_string(*b.value), "a / 2");
  EXPECT_TRUE(c.whole);
  EXPECT_TRUE(c.gguf.empty() && c.hf_path.empty() && !c.hf);
  EXPECT_EQ(c.value->kind, ExprKind::none);
  EXPECT_TRUE(d.constant);
  EXPECT_EQ(d.value->text, "halves");
  EXPECT_EQ(document->requires_.at(0).text, "a == \"b\"  and c");
  EXPECT_EQ(document->ignores.at(1).text, "f.g");
  EXPECT_EQ(document->config_drops.at(0).text, "h");
}

TEST(ParseTest, RowsHaveOriginsTransformsAndMarks) {
  auto document = read(
      "arch x\nweights\n"
      "  a       [2*b, _]  c.#.{r,w}[1:, :n, 1::2], d | split(2, n) | [0] | * (x or 1) + bias\n"
      "    or e optional\n"
      "    or = f(g)\n"
      "  h.bias  [1]  -\n"
      "  i.      = j.\n"
      "  encoder layer when k == 1  e.blk.#  m.#\n"
      "    l     [1]  n | + 1 + bias?\n"
      "    ignore  o.* p.#\n"
      "  drop    q r.\n");
  ASSERT_TRUE(document.ok()) << document.error().message;
  ASSERT_EQ(document->blocks.size(), 2u);
  const Row& a = document->blocks[0].rows.at(0);
  EXPECT_EQ(to_string(*a.shape[0]), "2 * b");
  EXPECT_FALSE(a.shape[1]);
  EXPECT_EQ(a.bias, Bias::must);
  EXPECT_TRUE(a.optional);
  ASSERT_EQ(a.origins.size(), 3u);
  ASSERT_EQ(a.origins[0].names.size(), 2u);
  EXPECT_EQ(a.origins[0].names[0].name.text, "c.#.{r,w}");
  ASSERT_EQ(a.origins[0].names[0].parts.size(), 3u);
  EXPECT_TRUE(a.origins[0].names[0].parts[2].step);
  EXPECT_EQ(a.origins[0].names[1].name.text, "d");
  ASSERT_EQ(a.origins[0].transforms.size(), 3u);
  EXPECT_FALSE(a.origins[0].transforms[1].parts.at(0).range);
  EXPECT_EQ(to_string(*a.origins[0].transforms[2].operands.at(0)), "x or 1");
  EXPECT_EQ(a.origins[1].names.at(0).name.text, "e");
  EXPECT_EQ(a.origins[1].at.line, 4);
  EXPECT_EQ(a.origins[1].at.column, 8);
  EXPECT_EQ(a.origins[2].kind, Origin::Kind::computed);
  EXPECT_EQ(document->blocks[0].rows.at(1).origins.at(0).kind, Origin::Kind::nowhere);
  EXPECT_EQ(document->blocks[0].rows.at(2).name.text, "i.");
  EXPECT_EQ(document->blocks[0].rows.at(2).alias.text, "j.");
  const RowBlock& layers = document->blocks[1];
  EXPECT_EQ(layers.stack, "encoder");
  EXPECT_EQ(to_string(*layers.when), "k == 1");
  EXPECT_EQ(layers.gguf_prefix, "e.blk.#");
  EXPECT_EQ(layers.hf_prefix, "m.#");
  EXPECT_EQ(layers.rows.at(0).bias, Bias::may);
  EXPECT_EQ(to_string(*layers.rows.at(0).origins.at(0).transforms.at(0).operands.at(0)), "1");
  EXPECT_EQ(layers.ignores.at(1).text, "p.#");
  EXPECT_EQ(document->weight_drops.at(1).text, "r.");
}

TEST(ParseTest, CommentsEndLinesButNotNames) {
  auto document = read(
      "# What it is.\n# More.\narch x    # a comment\n  hf A-b C   # unsure\nweights\n"
      "  layer  m.#  #\n    a  [1]  b.#.c  # unsure: really\n    d  [1]  e  # unsurely\n");
  ASSERT_TRUE(document.ok()) << document.error().message;
  EXPECT_EQ(document->header.description, "What it is. More.");
  EXPECT_EQ(document->header.hf.at(0).text, "A-b");
  EXPECT_EQ(document->blocks.at(0).rows.at(0).origins.at(0).names.at(0).name.text, "b.#.c");
  ASSERT_EQ(document->header.unsure.size(), 2u);
  EXPECT_EQ(document->header.unsure[1].at.line, 7);
}

TEST(ParseTest, LineEndsOfOtherSystemsAreLineEnds) {
  auto document = read("arch x\r\nconfig\r\n  a = 1\r\n");
  ASSERT_TRUE(document.ok()) << document.error().message;
  EXPECT_EQ(document->entries.at(0).value->number, 1);
}

TEST(ParseTest, LoopsHaveStacksAndRanges) {
  auto document = read(
      "arch x\ngraph encoder\n  x, y = 0, none\n  each encoder layer [1 : n - 1]\n    x += f(y)\n  z = x\n");
  ASSERT_TRUE(document.ok()) << document.error().message;
  const Graph& graph = document->graphs.at(0);
  EXPECT_EQ(graph.name.text, "encoder");
  ASSERT_EQ(graph.body.size(), 3u);
  EXPECT_EQ(graph.body[0].names.size(), 2u);
  EXPECT_EQ(graph.body[1].stack, "encoder");
  EXPECT_EQ(to_string(*graph.body[1].last), "n - 1");
  EXPECT_EQ(graph.body[1].body.at(0).kind, Statement::Kind::add);
}

}  // namespace
}  // namespace hearth::arch
