// What looks at other tokens: attention and recurrences, and small blocks as models have them.
#include <cmath>

#include "ops/conformance_cases.h"

namespace hearth::conformance {

View attend(CaseBuilder& builder, const Attention& a, int32_t state) {
  View out = builder.step(
      Op::attend,
      {of(a.q), of(a.k), of(a.v), of_number(a.scale), of_number(a.cap), of_number(a.window),
       of_number(a.chunk), of_number(a.causal ? 1 : 0), none(), a.sinks, none(), a.together, a.groups},
      1, a.q.heads * a.v.width, a.q.rows);
  builder.last().state = state;
  return out;
}

int32_t keys_values(CaseBuilder& builder, const View& k, const View& v, int64_t window, int64_t chunk) {
  State state;
  state.memory = Memory::keys_values;
  state.key_heads = k.heads;
  state.key_width = k.width;
  state.value_heads = v.heads;
  state.value_width = v.width;
  state.window = window;
  state.chunk = chunk;
  return builder.state(state);
}

int32_t keys_alone(CaseBuilder& builder, const View& k, int64_t window) {
  State state;
  state.memory = Memory::keys_values;
  state.key_heads = k.heads;
  state.key_width = k.width;
  state.window = window;
  return builder.state(state);
}

int32_t slot(CaseBuilder& builder, int64_t floats) {
  State state;
  state.memory = Memory::slot;
  state.slot_floats = floats;
  return builder.state(state);
}

namespace {

// Numbers for each token that several tokens share, as pictures and groups have.
View labels(CaseBuilder& b, int kinds) {
  std::vector<float> numbers(kVocabulary);
  for (int64_t i = 0; i < kVocabulary; ++i) numbers[i] = static_cast<float>(i * 5 % kinds);
  return b.values(1, 1, numbers);
}

constexpr int64_t kQueryHeads = 6, kKeyHeads = 2, kKeyWidth = 19, kValueWidth = 23;

Attention grouped(CaseBuilder& b) {
  Attention a;
  a.q = b.spread_input(kQueryHeads, kKeyWidth);
  a.k = b.spread_input(kKeyHeads, kKeyWidth);
  a.v = b.spread_input(kKeyHeads, kValueWidth);
  return a;
}

// An attention that `change` makes different from the plain one; the step is there to be changed too.
template <class Change>
void add_attention(std::vector<Case>& all, std::string_view what, Change change, bool whole = false) {
  CaseBuilder b(fmt::format("attend {}", what));
  Attention a = grouped(b);
  change(b, a);
  int32_t state =
      a.causal ? keys_values(b, a.k, a.v, static_cast<int64_t>(a.window), static_cast<int64_t>(a.chunk)) : -1;
  b.output(attend(b, a, state));
  all.push_back(std::move(b).finish(whole));
}

void add_biased(std::vector<Case>& all, std::string_view what, ScoreBias bias, int64_t buckets, bool causal) {
  CaseBuilder b(fmt::format("attend {}", what));
  Attention a = grouped(b);
  a.causal = causal;
  if (bias.kind == ScoreBias::relative) bias.table = b.weight({buckets, kQueryHeads});
  View out = attend(b, a, causal ? keys_values(b, a.k, a.v) : -1);
  b.last().bias = bias;
  b.output(out);
  all.push_back(std::move(b).finish(!causal));
}

// Values that are the first numbers of the keys, and are kept once.
void add_within_keys(std::vector<Case>& all, int64_t heads, int64_t width, int64_t values, bool wanted) {
  CaseBuilder b(fmt::format("attend to {} of the {} numbers of {} heads' keys{}", values, width, heads,
                            wanted ? ", for wanted rows" : ""));
  Attention a;
  a.q = b.spread_input(kQueryHeads, width, {-0.5, 0.5});
  a.k = b.spread_input(heads, width, {-0.5, 0.5});
  a.v = a.k;
  a.v.width = values;
  if (wanted) a.q = b.wanted(a.q);
  b.output(attend(b, a, keys_alone(b, a.k)));
  all.push_back(std::move(b).finish());
}

}  // namespace

void add_attention_cases(std::vector<Case>& all) {
  add_attention(all, "in groups", [](CaseBuilder&, Attention&) {});
  add_attention(all, "with keys for each head", [](CaseBuilder& b, Attention& a) {
    a.k = b.spread_input(kQueryHeads, kKeyWidth);
    a.v = b.spread_input(kQueryHeads, kValueWidth);
  });
  add_attention(all, "with one head of keys, and values in other groups", [](CaseBuilder& b, Attention& a) {
    a.k = b.spread_input(1, kKeyWidth);
    a.v = b.spread_input(3, kValueWidth);
  });
  add_attention(all, "to values that are a part of the keys", [](CaseBuilder& b, Attention& a) {
    a.q = b.input(kQueryHeads, 69, {-0.5, 0.5});
    a.k = b.input(1, 69, {-0.5, 0.5});
    a.v = a.k;
    a.v.width = 61;
  });
  add_within_keys(all, 1, 69, 61, false);
  add_within_keys(all, 1, 69, 61, true);
  add_within_keys(all, 2, 19, 19, false);
  add_attention(all, "with heads of 64", [](CaseBuilder& b, Attention& a) {
    a.q = b.input(4, 64, {-0.5, 0.5});
    a.k = b.input(2, 64, {-0.5, 0.5});
    a.v = b.input(2, 64);
  });
  add_attention(all, "with scores that are far apart", [](CaseBuilder&, Attention& a) { a.scale = 30; });
  add_attention(all, "with a cap", [](CaseBuilder&, Attention& a) {
    a.scale = 1;
    a.cap = 1.3;
  });
  add_attention(all, "in a window", [](CaseBuilder&, Attention& a) { a.window = 5; });
  add_attention(all, "in a window of 1", [](CaseBuilder&, Attention& a) { a.window = 1; });
  add_attention(all, "in chunks", [](CaseBuilder&, Attention& a) { a.chunk = 6; });
  add_attention(all, "with sinks",
                [](CaseBuilder& b, Attention& a) { a.sinks = of_weight(b.weight({kQueryHeads})); });
  add_attention(all, "with sinks, a window and a cap", [](CaseBuilder& b, Attention& a) {
    a.sinks = of_weight(b.weight({kQueryHeads}));
    a.window = 7;
    a.cap = 2;
  });
  add_attention(all, "for wanted rows alone", [](CaseBuilder& b, Attention& a) { a.q = b.wanted(a.q); });
  add_attention(all, "for wanted rows alone, in a window",
                [](CaseBuilder& b, Attention& a) { a.q = b.wanted(a.q), a.window = 9; });
  add_attention(all, "to keys and values in f16",
                [](CaseBuilder& b, Attention&) { b.memory().key_type = b.memory().value_type = Type::f16; });
  add_attention(all, "with pages of one token",
                [](CaseBuilder& b, Attention&) { b.memory().page_tokens = 1; });
  add_attention(all, "with pages of 32 tokens",
                [](CaseBuilder& b, Attention&) { b.memory().page_tokens = 32; });
  add_attention(
      all, "with pictures that see themselves",
      [](CaseBuilder& b, Attention& a) {
        a.together = of(labels(b, 3));
        a.window = 4;
      },
      true);
  add_attention(
      all, "both ways", [](CaseBuilder&, Attention& a) { a.causal = false; }, true);
  add_attention(
      all, "both ways in a window",
      [](CaseBuilder&, Attention& a) {
        a.causal = false;
        a.window = 7;
      },
      true);
  add_attention(
      all, "both ways in groups of tokens",
      [](CaseBuilder& b, Attention& a) {
        a.causal = false;
        a.groups = of(labels(b, 4));
      },
      true);
  ScoreBias alibi, relative;
  add_biased(all, "with alibi", alibi, 0, true);
  alibi.steep = 3;
  add_biased(all, "both ways with alibi", alibi, 0, false);
  relative.kind = ScoreBias::relative;
  relative.reach = 24;
  add_biased(all, "with relative positions", relative, 12, true);
  relative.both = true;
  add_biased(all, "both ways with relative positions", relative, 12, false);
  {
    CaseBuilder b("attend twice to the same keys");
    Attention a = grouped(b), second = a;
    second.q = b.wanted(b.spread_input(2 * kQueryHeads, kKeyWidth));
    second.window = 5;
    int32_t state = keys_values(b, a.k, a.v);
    b.output(attend(b, a, state));
    b.output(attend(b, second, state));
    all.push_back(std::move(b).finish());
  }
}

// Attention to keys and values that were remembered, and to keys that were chosen.
void add_distant_attention_cases(std::vector<Case>& all) {
  {
    CaseBuilder b("attend to what an encoder read");
    Attention a = grouped(b);
    int32_t state = keys_values(b, a.k, a.v);
    b.state_of(state).source = true;
    b.remember(a.k, a.v, state);
    View out = b.step(
        Op::attend,
        {of(a.q), none(), none(), of_number(a.scale), of_number(0), of_number(0), of_number(0), of_number(0)},
        1, kQueryHeads * kValueWidth);
    b.last().state = state;
    b.output(out);
    all.push_back(std::move(b).finish(true));
  }
  for (auto [most, wanted] : {std::pair{5, false}, {1, false}, {11, true}, {64, false}}) {
    CaseBuilder b(fmt::format("attend to {} chosen keys{}", most, wanted ? " for wanted rows" : ""));
    const int64_t heads = 5, width = 19;
    Attention a = grouped(b);
    View q = b.input(heads, width), weights = b.input(1, heads), k = b.spread_input(1, width);
    if (wanted) {
      a.q = b.wanted(a.q);
      q = b.wanted(q);
      weights = b.wanted(weights);
    }
    View chosen = b.step(Op::indexer, {of(q), of(k), of(weights), of_number(most)}, 1, most,
                         wanted ? Rows::wanted : Rows::tokens);
    State state;
    state.memory = Memory::keys;
    state.key_heads = 1;
    state.key_width = width;
    b.last().state = b.state(state);
    View out = attend(b, a, keys_values(b, a.k, a.v));
    b.last().arguments[kAttendKeep] = of(chosen);
    b.output(out);
    all.push_back(std::move(b).finish());
  }
}

void add_recurrence_cases(std::vector<Case>& all) {
  {
    CaseBuilder b("shift");
    View y = b.step(Op::shift, {of(b.spread_input(1, 37))}, 1, 37);
    b.last().state = slot(b, 37);
    b.output(y);
    all.push_back(std::move(b).finish());
  }
  for (auto [taps, bias, causal] :
       {std::tuple{4, 0, true}, {4, 37, true}, {9, 37, true}, {2, 0, true}, {5, 37, false}, {4, 0, false}}) {
    CaseBuilder b(
        fmt::format("conv1d of {} taps{}{}", taps, bias ? " with bias" : "", causal ? "" : " both ways"));
    View x = b.spread_input(1, 37);
    View y =
        b.step(Op::conv1d, {of(x), of_weight(b.weight({37, taps}, bias)), of_number(causal ? 1 : 0)}, 1, 37);
    if (causal) b.last().state = slot(b, 37 * (taps - 1));
    b.output(y);
    all.push_back(std::move(b).finish(!causal));
  }
  for (auto [groups, per_state] : {std::pair{1, false}, {2, false}, {2, true}, {6, true}}) {
    CaseBuilder b(
        fmt::format("scan in {} groups with {}", groups, per_state ? "a decay for each state" : "one decay"));
    const int64_t heads = 6, width = 13, states = 17;
    View u = b.spread_input(heads, width), dt = b.input(1, heads, {0.05, 1});
    WeightId a = b.weight({heads, per_state ? states : 1}, 0, {-2, -0.1});
    View y = b.step(
        Op::scan,
        {of(u), of(dt), of_weight(a), of(b.spread_input(groups, states)), of(b.spread_input(groups, states))},
        heads, width);
    b.last().state = slot(b, heads * width * states);
    b.output(y);
    all.push_back(std::move(b).finish());
  }
  for (auto [groups, per_key, scaled] :
       {std::tuple{4, false, false}, {2, false, true}, {2, true, false}, {4, true, true}}) {
    CaseBuilder b(fmt::format("delta in {} groups with a decay for each {}{}", groups,
                              per_key ? "key" : "head", scaled ? ", scaled" : ""));
    const int64_t heads = 4, keys = 11, width = 13;
    View q = b.spread_input(groups, keys), k = b.spread_input(groups, keys, {-0.4, 0.4});
    View v = b.spread_input(heads, width), decay = b.input(heads, per_key ? keys : 1, {-1, -0.01});
    View beta = b.input(heads, 1, {0.1, 1});
    View y = b.step(Op::delta, {of(q), of(k), of(v), of(decay), of(beta), scaled ? of_number(0.7) : none()},
                    heads, width);
    b.last().state = slot(b, heads * keys * width);
    b.output(y);
    all.push_back(std::move(b).finish());
  }
  {
    CaseBuilder b("wkv6");
    const int64_t heads = 3, keys = 11, width = 13;
    View r = b.spread_input(heads, keys), k = b.spread_input(heads, keys), v = b.spread_input(heads, width);
    View w = b.spread_input(heads, keys, {0.5, 0.99});
    View y = b.step(Op::wkv6, {of(r), of(k), of(v), of(w), of_weight(b.weight({heads, keys}))}, heads, width);
    b.last().state = slot(b, heads * keys * width);
    b.output(y);
    all.push_back(std::move(b).finish());
  }
  {
    CaseBuilder b("wkv7");
    const int64_t heads = 3, keys = 11, width = 13;
    View r = b.spread_input(heads, keys), w = b.spread_input(heads, keys, {0.5, 0.99});
    View k = b.spread_input(heads, keys), v = b.spread_input(heads, width);
    View a = b.spread_input(heads, keys, {-0.4, 0.4}), c = b.spread_input(heads, keys, {-0.4, 0.4});
    View y = b.step(Op::wkv7, {of(r), of(w), of(k), of(v), of(a), of(c)}, heads, width);
    b.last().state = slot(b, heads * keys * width);
    b.output(y);
    all.push_back(std::move(b).finish());
  }
}

// Operators in a row, where one's rounding meets the next, buffers are views of each other, and several states
// live side by side.
void add_block_cases(std::vector<Case>& all) {
  auto linear = [](CaseBuilder& b, int64_t out, const View& x, int64_t bias = 0) {
    WeightId w = b.weight({out, x.width}, bias, {-0.2, 0.2});
    return b.step(Op::linear, {of_weight(w), of(x)}, 1, out, x.rows);
  };
  auto norm = [](CaseBuilder& b, const View& x) {
    return b.step(Op::rms, {of(x), of_weight(b.weight({x.width}, 0, {0.5, 1.5})), of_number(1e-6)}, x.heads,
                  x.width, x.rows);
  };
  auto split = [](View x, int64_t heads) {
    x.heads = heads;
    x.width /= heads;
    x.head_stride = x.width;
    return x;
  };
  auto merged = [](View x) {
    x.width *= x.heads;
    x.heads = 1;
    x.head_stride = x.width;
    return x;
  };
  auto add = [](CaseBuilder& b, const View& x, const View& y) {
    return b.step(Op::add, {of(x), of(y)}, x.heads, x.width, x.rows);
  };
  {
    CaseBuilder b("a layer with attention and a gated feed-forward");
    const int64_t dim = 42, heads = 6, key_heads = 2, width = 10;
    auto turn = std::make_shared<const Rotation>(rotation(width));
    auto turned = [&](const View& x, const View& at) {
      View y = b.step(Op::rope, {of(x), of(at)}, x.heads, x.width, x.rows);
      b.last().rotation = turn;
      return y;
    };
    View x = b.input(1, dim);
    for (bool last : {false, true}) {
      View h = norm(b, x);
      View k = turned(norm(b, split(linear(b, key_heads * width, h), key_heads)), CaseBuilder::positions());
      View v = split(linear(b, key_heads * width, h), key_heads);
      View at = CaseBuilder::positions();
      if (last) {  // from here on only wanted rows are computed
        x = b.wanted(x);
        h = b.wanted(h);
        at = b.wanted(at);
      }
      View q = turned(norm(b, split(linear(b, heads * width, h, heads * width), heads)), at);
      Attention a;
      a.q = q;
      a.k = k;
      a.v = v;
      a.window = last ? 0 : 6;
      x = add(b, x, linear(b, dim, attend(b, a, keys_values(b, k, v, last ? 0 : 6))));
      h = norm(b, x);
      View gate = b.step(Op::silu, {of(linear(b, 77, h))}, 1, 77, h.rows);
      View up = linear(b, 77, h);
      x = add(b, x, linear(b, dim, b.step(Op::mul, {of(gate), of(up)}, 1, 77, h.rows)));
    }
    b.output(linear(b, kVocabulary, norm(b, x)));
    all.push_back(std::move(b).finish());
  }
  {
    CaseBuilder b("a layer with experts");
    const int64_t dim = 37, experts = 7, used = 3, width = 21;
    View x = b.input(1, dim), h = norm(b, x);
    View p = b.step(Op::softmax, {of(linear(b, experts, h))}, 1, experts);
    View e = b.step(Op::pick, {of(p), of_number(used), none(), of_number(1), of_number(1)}, 1, used);
    View w = b.result(1, used);
    b.last().results.push_back(w);
    auto expert = [&](int64_t out, int64_t in, const View& y) {
      WeightId table = b.weight({experts, out, in}, experts * out, {-0.3, 0.3});
      return b.step(Op::experts, {of_weight(table), of(e), of(y)}, used, out);
    };
    View gate = b.step(Op::gelu, {of(expert(width, dim, h))}, used, width);
    View y = expert(dim, width, b.step(Op::mul, {of(gate), of(expert(width, dim, h))}, used, width));
    View mixed = b.step(Op::mix, {of(b.step(Op::renorm, {of(w)}, 1, used)), of(y)}, 1, dim);
    b.output(add(b, x, mixed));
    all.push_back(std::move(b).finish());
  }
  {
    CaseBuilder b("a layer with a convolution and a scan");
    const int64_t dim = 29, heads = 4, width = 9, groups = 2, states = 7, taps = 4;
    const int64_t inner = heads * width, channels = inner + 2 * groups * states;
    View x = b.input(1, dim);
    View all_parts = linear(b, channels + heads, norm(b, x));
    auto columns = [](View view, int64_t from, int64_t count) {
      view.offset += from;
      view.width = count;
      return view;
    };
    View u = b.step(Op::conv1d,
                    {of(columns(all_parts, 0, channels)),
                     of_weight(b.weight({channels, taps}, channels, {-0.6, 0.6})), of_number(1)},
                    1, channels);
    b.last().state = slot(b, channels * (taps - 1));
    u = b.step(Op::silu, {of(u)}, 1, channels);
    View dt = b.step(Op::softplus, {of(columns(all_parts, channels, heads))}, 1, heads);
    View y = b.step(
        Op::scan,
        {of(split(columns(u, 0, inner), heads)), of(dt), of_weight(b.weight({heads, 1}, 0, {-2, -0.2})),
         of(split(columns(u, inner, groups * states), groups)),
         of(split(columns(u, inner + groups * states, groups * states), groups))},
        heads, width);
    b.last().state = slot(b, heads * width * states);
    b.output(add(b, x, linear(b, dim, merged(y))));
    all.push_back(std::move(b).finish());
  }
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (auto add : {add_elementwise_cases, add_norm_cases, add_head_cases, add_row_cases, add_matrix_cases,
                   add_position_cases, add_attention_cases, add_distant_attention_cases, add_recurrence_cases,
                   add_block_cases}) {
    add(all);
  }
  return all;
}

}  // namespace hearth::conformance
