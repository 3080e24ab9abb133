#include "ops/operators.h"

#include <array>

#include "ops/shape_rules.h"

namespace hearth {

namespace {

using enum Mixing;
using enum Memory;

constexpr Operator kOperators[] = {
    {Op::linear, "", "W, x", rules::linear},
    {Op::linears, "", "W, x", rules::linears},
    {Op::experts, "", "W, e, x", rules::experts},
    {Op::rows, "", "W, ids", rules::rows},
    {Op::entries, "", "W, e", rules::entries},
    {Op::add, "", "a, b", rules::binary},
    {Op::sub, "", "a, b", rules::binary},
    {Op::mul, "", "a, b", rules::binary},
    {Op::div, "", "a, b", rules::binary},
    {Op::pow, "", "a, b", rules::binary},
    {Op::floor_div, "", "a, b", rules::binary},
    {Op::mod, "", "a, b", rules::binary},
    {Op::reshape, "", "x", nullptr},
    {Op::columns, "", "x, from, count", nullptr},
    {Op::heads, "", "x, from, to", rules::heads},
    {Op::select, "", "x", nullptr},
    {Op::number, "", "x", rules::same},
    {Op::index, "", "x", rules::same},
    {Op::remember, "", "k, v", nullptr, sequence, keys_values},

    {Op::split, "split", "x, n", rules::split},
    {Op::merge, "merge", "x", rules::merge},
    {Op::cut, "cut", "x, ...sizes", rules::cut},
    {Op::cat, "cat", "...x", rules::cat},
    {Op::stack, "stack", "...x", rules::stack},
    {Op::tile, "tile", "x, n", rules::tile},

    {Op::sigmoid, "sigmoid", "x", rules::same},
    {Op::tanh, "tanh", "x", rules::same},
    {Op::exp, "exp", "x", rules::same},
    {Op::log, "log", "x", rules::same},
    {Op::sqrt, "sqrt", "x", rules::same},
    {Op::floor, "floor", "x", rules::same},
    {Op::relu, "relu", "x", rules::same},
    {Op::silu, "silu", "x", rules::same},
    {Op::softplus, "softplus", "x", rules::same},
    {Op::gelu, "gelu", "x", rules::same},
    {Op::gelu_erf, "gelu_erf", "x", rules::same},
    {Op::gelu_quick, "gelu_quick", "x", rules::same},
    {Op::clamp, "clamp", "x, a, b", rules::with_numbers},
    {Op::softcap, "softcap", "x, c", rules::with_numbers},
    {Op::lerp, "lerp", "a, b, t", rules::broadcast},
    {Op::swiglu_oai, "swiglu_oai", "g, u", rules::broadcast},
    {Op::xielu, "xielu", "x, a, b, c, e", rules::with_numbers},

    {Op::rms, "rms", "x, w?, eps@eps", rules::norm},
    {Op::layernorm, "layernorm", "x, w?, eps@eps", rules::norm},
    {Op::l2, "l2", "x, eps@eps", rules::with_numbers},
    {Op::softmax, "softmax", "x", rules::same},
    {Op::renorm, "renorm", "x", rules::same},
    {Op::sum, "sum", "x", rules::last_to_one},
    {Op::mean, "mean", "x", rules::last_to_one},

    {Op::total, "total", "x", rules::total},
    {Op::mix, "mix", "w, y", rules::mix},
    {Op::pick, "pick", "p, k, bias?, groups = 1, groups_used = 1", rules::pick},

    {Op::rope, "rope",
     "x, theta@theta = 10000, dim@rope_dim?, pairs@rope_pairs = \"halves\", freqs@rope_freqs?, "
     "scaling@rope_scaling?, magnitude?, angles?, truncate@rope_truncate = true, long@rope_factors_long?, "
     "short@rope_factors_short?, sections@rope_sections?, woven@rope_woven = false, places@places?",
     rules::same},
    {Op::alibi, "alibi", "steep = 8", nullptr},
    {Op::relative, "relative", "W, both = false, reach = 128", nullptr},

    {Op::attend, "attend",
     "q, k, v, scale?, cap = 0, window = 0, chunk = 0, causal@causal = true, bias?, sinks?, keep?, "
     "together?, "
     "groups?",
     rules::attend, sequence, keys_values},
    {Op::indexer, "indexer", "q, k, w, n", rules::indexer, sequence, keys},

    {Op::shift, "shift", "x", rules::same, sequence, slot},
    {Op::conv1d, "conv1d", "x, W, causal = true", rules::conv1d, sequence, slot},
    {Op::scan, "scan", "u, dt, A, B, C", rules::scan, sequence, slot},
    {Op::delta, "delta", "q, k, v, decay, beta, scale?", rules::delta, sequence, slot},
    {Op::wkv6, "wkv6", "r, k, v, w, U", rules::wkv6, sequence, slot},
    {Op::wkv7, "wkv7", "r, w, k, v, a, b", rules::wkv7, sequence, slot},

    {Op::pool, "pool", "x, pooling@pooling = \"mean\"", rules::pool, sequence},
    {Op::media, "media", "x", rules::same},
    {Op::deepen, "deepen", "x, n", rules::same},

    {Op::count, "count", "x", nullptr},
    {Op::round_up, "round_up", "x, n", nullptr},
    {Op::rope_factors, "rope_factors", "scaling, theta", nullptr},
};

std::vector<Parameter> parse(std::string_view signature) {
  std::vector<Parameter> all;
  while (!signature.empty()) {
    size_t end = signature.find(", ");
    std::string_view text = signature.substr(0, end);
    signature = end == std::string_view::npos ? "" : signature.substr(end + 2);
    Parameter parameter;
    if (size_t at = text.find(" = "); at != std::string_view::npos) {
      parameter.fallback = text.substr(at + 3);
      text = text.substr(0, at);
    }
    if (text.ends_with('?')) {
      parameter.optional = true;
      text.remove_suffix(1);
    }
    if (size_t at = text.find('@'); at != std::string_view::npos) {
      parameter.ambient = text.substr(at + 1);
      text = text.substr(0, at);
    }
    if (text.starts_with("...")) {
      parameter.variadic = true;
      text.remove_prefix(3);
    }
    parameter.name = text;
    all.push_back(std::move(parameter));
  }
  return all;
}

}  // namespace

std::span<const Operator> operators() { return kOperators; }

const Operator& row_of(Op op) {
  static const auto index = [] {
    std::array<const Operator*, 256> table{};
    for (const Operator& row : kOperators) table[static_cast<size_t>(row.op)] = &row;
    return table;
  }();
  return *index[static_cast<size_t>(op)];
}

const Operator* operator_named(std::string_view name) {
  for (const Operator& row : kOperators) {
    if (!row.name.empty() && row.name == name) return &row;
  }
  return nullptr;
}

const std::vector<Parameter>& parameters(const Operator& row) {
  static const auto parsed = [] {
    std::array<std::vector<Parameter>, 256> table;
    for (const Operator& each : kOperators) table[static_cast<size_t>(each.op)] = parse(each.signature);
    return table;
  }();
  return parsed[static_cast<size_t>(row.op)];
}

}  // namespace hearth
