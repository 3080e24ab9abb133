#include <gtest/gtest.h>

#include "graph/arch_testing.h"
#include "graph/check.h"

namespace hearth::arch {
namespace {

std::string findings_of(const std::string& name, const Loader& loader) {
  auto architecture = load(name, loader);
  if (!architecture.ok()) return "refused: " + headline(architecture.error().message);
  std::string all;
  for (const Finding& finding : check(*architecture)) all += headline(finding.to_string()) + "\n";
  return all;
}

// The library, with one file in which `from` is replaced by `to`.
Loader changed(std::string file, std::string from, std::string to) {
  return [=](std::string_view name) -> Result<std::string> {
    TRY(std::string text, library_loader()(name));
    if (name != file) return text;
    const size_t at = text.find(from);
    if (at == std::string::npos) return fail("{} has no `{}`", file, from);
    return text.replace(at, from.size(), to);
  };
}

struct Change {
  const char *file, *from, *to;
  const char* message;  // all that is found, in the file itself
};
void PrintTo(const Change& change, std::ostream* out) { *out << change.file << ": " << change.to; }

class CheckShapes : public testing::TestWithParam<Change> {};

TEST_P(CheckShapes, Finds) {
  const auto& [file, from, to, message] = GetParam();
  EXPECT_EQ(findings_of(file, changed(file, from, to)), message);
}

INSTANTIATE_TEST_SUITE_P(
    Maps, CheckShapes,
    testing::Values(
        Change{"llama", "ffn_down(silu(ffn_gate(h)) * ffn_up(h))", "ffn_down(h)",
               "llama.arch:63:10: ffn_down: a map of [dim, ffn] takes ffn values; here it is [dim]\n"},
        Change{"llama", "[kv_heads*head_dim, dim]  self_attn.v_proj",
               "[heads*head_dim, dim]     self_attn.v_proj",
               "llama.arch:60:10: attn_output: a map of [dim, head_dim*heads] takes head_dim*heads values; "
               "here it is "
               "[head_dim*heads*heads/kv_heads]\n"},
        Change{"llama", "[dim, heads*head_dim]     self_attn.o_proj",
               "[heads*head_dim, dim]     self_attn.o_proj",
               "llama.arch:60:10: attn_output: a map of [head_dim*heads, dim] takes dim values; here it is "
               "[head_dim*heads]\n"},
        Change{"llama", "ffn_down_exps[e](silu", "ffn_gate_exps[e](silu",
               "llama.arch:67:25: ffn_gate_exps: experts_used experts of [experts, ffn, dim] take [dim], or "
               "as many heads; here it is "
               "[experts_used, ffn]\n"},
        Change{"llama", "mix(renorm(w), ", "mix(renorm(ffn_gate_inp(h)), ",
               "llama.arch:67:10: mix: [experts] weights cannot mix [experts_used, dim]\n"},
        Change{"llama", "logits = output(rms(x, output_norm))", "logits = output_norm(x)",
               "llama.arch:54:12: `output_norm` is [dim] and no linear map\n"},
        Change{"qwen3", "rms(split(attn_q(h), heads), attn_q_norm)", "rms(attn_q(h), attn_q_norm)",
               "qwen3.arch:19:12: rms: a norm of [head_dim] does not fit [head_dim*heads]\n"},
        Change{"olmo2", "attn_q_norm          [heads*head_dim]", "attn_q_norm          [head_dim]",
               "olmo2.arch:29:18: rms: a norm of [head_dim] does not fit [head_dim*heads]\n"}));

INSTANTIATE_TEST_SUITE_P(
    Values, CheckShapes,
    testing::Values(
        Change{"llama", "e, w = pick(softmax(ffn_gate_inp(h)), experts_used)",
               "e, w, u = pick(softmax(ffn_gate_inp(h)), experts_used)",
               "llama.arch:66:3: 2 values for 3 names\n"},
        Change{"llama", "q = rope(split(attn_q(h), heads))", "q, p = rope(split(attn_q(h), heads))",
               "llama.arch:57:3: 1 value for 2 names\n"},
        Change{"llama", "attend(q, k, v,", "attend(q, k, attn_v(h),",
               "llama.arch:60:22: attend: attend takes values with heads; here it is [head_dim*kv_heads]\n"},
        Change{"llama", "def feed_forward(h) when experts > 0", "def feed_forward(h) when h",
               "llama.arch:65:26: a condition cannot look at the parameter `h`\n"},
        Change{"llama", "  logits = output(rms(x, output_norm))", "  x = x if x else 0\n  logits = output(x)",
               "llama.arch:54:12: a condition must be known before the model runs; this is a tensor\n"},
        // What the second layer finds is what the first one left.
        Change{"llama", "    x += feed_forward(rms(x, ffn_norm))", "    x = ffn_up(x) if experts == 0 else x",
               "llama.arch:62:5: warning: nothing calls `feed_forward`\n"
               "llama.arch:52:20: rms: a norm of [dim] does not fit [ffn]\n"}));

// A file of its own: what is said of sizes in config counts.
std::string with(const std::string& config, const std::string& weights, const std::string& graph) {
  const std::string text =
      "arch x\nconfig\n  vocab  a  a\n  dim  b  b\n  heads  c  c\n  layers  d  d\n  eps  e  e\n" + config +
      "weights\n  embd  [vocab, dim]  embd\n" + weights + "graph\n  x = embd[tokens]\n" + graph;
  return findings_of("x", loader_of({{"x", text}}));
}

TEST(CheckShapesTest, EntriesAreWrittenOut) {
  const char* weights = "  up  [2*inner, dim]  up\n  down  [dim, heads*size]  down\n";
  const char* graph = "  y, z = cut(up(x), inner, inner)\n  logits = down(y * z)\n";
  EXPECT_EQ(with("  inner = 4 * dim\n  size = inner / heads\n", weights, graph), "");
  EXPECT_EQ(with("  inner = 4 * dim\n  size  f  f\n", weights, graph),
            "x.arch:17:12: down: a map of [dim, heads*size] takes heads*size values; here it is [4*dim]\n");
  EXPECT_EQ(with("  inner = 4 * dim\n  size  f  f\n  require inner == heads * size\n", weights, graph), "");
}

TEST(CheckShapesTest, OneConditionTurnsOutOneWay) {
  const char* config = "  wide  f  f  \n";
  const char* weights =
      "  layer when wide > 0  m.#\n    up  [wide, dim]  up\n    down  [dim, wide]  down\n"
      "  layer when wide == 0\n    up  [heads, dim]  up\n    down  [dim, heads]  down\n";
  EXPECT_EQ(with(config, weights, "  each layer\n    x += down(up(x))\n  logits = x\n"), "");
  const char* other =
      "  layer when wide > 0  m.#\n    up  [wide, dim]  up\n    down  [dim, heads]  down\n"
      "  layer when not wide > 0\n    up  [heads, dim]  up\n    down  [dim, heads]  down\n";
  EXPECT_EQ(with(config, other, "  each layer\n    x += down(up(x))\n  logits = x\n"),
            "x.arch:20:10: down: a map of [dim, heads] takes heads values; here it is [wide]\n");
}

TEST(CheckShapesTest, CasesOfADefAreAllLookedAt) {
  const char* weights = "  up  [heads, dim]  up\n";
  EXPECT_EQ(
      with("", weights,
           "  logits = f(x)\ndef f(h) when heads > 1 and dim > 1\n  return up(up(h))\n"
           "def f(h) when heads > 1\n  return up(merge(split(h, 3)))\ndef f(h)\n  return up(up(h)) + 1\n"),
      "x.arch:15:10: up: a map of [heads, dim] takes dim values; here it is [heads]\n"
      "x.arch:19:10: up: a map of [heads, dim] takes dim values; here it is [heads]\n");
}

TEST(CheckShapesTest, UnknownSizesFitWhateverTheyMeet) {
  EXPECT_EQ(with("", "  up  [_, _]  up\n  down  [dim, _]  down\n", "  logits = down(up(x)) + down(x)\n"), "");
}

TEST(CheckShapesTest, AHostileTextEnds) {
  // Very many ways through, and defs that call each other in very many ways.
  std::string conditions = "  y = 0\n";
  for (int i = 0; i < 60; ++i) conditions += fmt::format("  y = y + ({} if dim > {} else {})\n", i, i + 2, i);
  EXPECT_EQ(with("", "", conditions + "  logits = x\n"), "");
  std::string doubling = "  logits = f0(x)\n";
  for (int i = 0; i < 300; ++i)
    doubling += fmt::format("def f{}(a)\n  return f{}(f{}(a))\n", i, i + 1, i + 1);
  EXPECT_EQ(with("", "", doubling + "def f300(a)\n  return a\n"), "");
  std::string chain;
  for (int i = 0; i < 1000; ++i) chain += fmt::format("  e{} = e{} + e{}\n", i, i + 1, i + 1);
  EXPECT_EQ(with(chain + "  e1000  f  f\n", "  up  [e0, dim]  up\n", "  logits = up(x)\n"), "");
}

// A matrix whose sides are exchanged is noticed wherever it is used; but where its sides are equal in other
// words, and where it is no map.
TEST(CheckShapesTest, TurnedMatricesAreNoticed) {
  static constexpr const char* kFiles[] = {"llama",      "qwen3moe", "deepseek2", "jamba",
                                           "nemotron_h", "gpt-oss",  "rwkv7"};
  static constexpr std::string_view kNotNoticed[] = {"jamba attn_q",      "jamba attn_output",
                                                     "rwkv7 time_mix_v1", "rwkv7 time_mix_v2",
                                                     "t5 attn_rel_b",     "t5 cross_attn_rel_b"};
  size_t turned = 0;
  for (const std::string name : kFiles) {
    auto original = load(name, library_loader());
    ASSERT_TRUE(original.ok());
    for (size_t w = 0; w < original->weights.size(); ++w) {
      const Weight& weight = original->weights[w];
      if (weight.declarations[0].row.name.at.source != original->sources.front().get()) continue;
      for (size_t d = 0; d < weight.declarations.size(); ++d) {
        const auto& shape = weight.declarations[d].row.shape;
        if (shape.size() < 2 || !shape.back() || !shape[shape.size() - 2]) continue;
        if (same(shape.back(), shape[shape.size() - 2])) continue;
        Architecture mistaken = *original;
        auto& sides = mistaken.weights[w].declarations[d].row.shape;
        std::swap(sides.back(), sides[sides.size() - 2]);
        ++turned;
        const bool noticed = !check(mistaken).empty();
        const std::string what = name + " " + weight.name + (d > 0 ? " again" : "");
        const bool known =
            std::find(std::begin(kNotNoticed), std::end(kNotNoticed), what) != std::end(kNotNoticed);
        EXPECT_NE(noticed, known) << what;
      }
    }
  }
  EXPECT_GT(turned, 80u);
}

}  // namespace
}  // namespace hearth::arch
