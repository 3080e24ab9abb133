#include "model/quantize/mixture.h"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <string>

namespace hearth {

namespace {

// The first row whose text the name has decides.
constexpr struct {
  bool whole;  // the text is the name, not a part of it
  std::string_view text;
  Role role;
} kRoles[] = {
    {true, "output.weight", Role::output},
    {true, "token_embd.weight", Role::embedding},
    {true, "per_layer_token_embd.weight", Role::embedding},
    {false, "attn_qkv.weight", Role::qkv},
    {false, "attn_kv_b.weight", Role::kv_b},
    {false, "attn_v.weight", Role::v},
    {false, "attn_k.weight", Role::k},
    {false, "attn_q.weight", Role::q},
    {false, "attn_output.weight", Role::attention_output},
    {false, "ffn_up", Role::up},
    {false, "ffn_gate", Role::gate},
    {false, "ffn_down", Role::down},
};

// Parts of the names of tensors that stay as they are.
constexpr std::string_view kKept[] = {
    "_norm.weight",
    "ffn_gate_inp.weight",  // the router
    "ffn_gate_tid2eid.weight",
    "altup",
    "laurel",
    "per_layer_model_proj",
    "ssm_conv1d",
    "shortconv.conv.weight",
    "indexer.k_proj.weight",
    "indexer.q_proj.weight",
    "time_mix_first.weight",
    "time_mix_w0.weight",
    "time_mix_w1.weight",
    "time_mix_w2.weight",
    "time_mix_v0.weight",
    "time_mix_v1.weight",
    "time_mix_v2.weight",
    "time_mix_a0.weight",
    "time_mix_a1.weight",
    "time_mix_a2.weight",
    "time_mix_g1.weight",
    "time_mix_g2.weight",
    "time_mix_decay_w1.weight",
    "time_mix_decay_w2.weight",
    "time_mix_lerp_fused.weight",
    "attn_rel_b.weight",
    // of towers for pictures and sound
    ".position_embd",
    "sam.pos_embd",
    "sam.neck.",
    "sam.net_",
    ".rel_pos",
    ".patch_embd",
    ".patch_merger",
    "a.rvq.codebook",
    "mm.a.code_embd",
};
constexpr std::string_view kKeptNames[] = {"position_embd.weight", "token_types.weight"};

// What a rule may ask of a tensor's place in the model; several: all of them. "First" and "last" count
// tensors of the role, in a mixture of experts layers.
enum When : uint32_t {
  always = 0,
  tied_or_output = 1 << 0,  // the logits come from it
  odd_rows = 1 << 1,        // the main type's block does not divide them
  stacked = 1 << 2,         // several matrices: experts
  first_2 = 1 << 3,
  first_4 = 1 << 4,
  first_16th = 1 << 5,
  first_8th = 1 << 6,
  first_8th_counted = 1 << 7,  // also in a mixture of experts
  middle = 1 << 8,             // neither in the first eighth nor in the last
  more = 1 << 9,               // in the first or last eighth, or each third between them
  falcon = 1 << 10,
  not_falcon = 1 << 11,
  llama_70b = 1 << 12,
  shared =
      1 << 13,  // four or more heads share keys and values: the matrices are small, and much hangs on them
  many_experts = 1 << 14,   // four or more
  eight_experts = 1 << 15,  // as Mixtral has: its attention is small beside them
  not_eight_experts = 1 << 16,
  weighed = 1 << 17,  // importance is known
  plain = 1 << 18,    // or not
};

class Roles {
 public:
  constexpr Roles(Role role) : bits_(1u << static_cast<unsigned>(role)) {}
  constexpr Roles operator|(Roles other) const { return Roles(bits_ | other.bits_, 0); }
  constexpr bool has(Role role) const { return bits_ >> static_cast<unsigned>(role) & 1; }

 private:
  constexpr Roles(uint32_t bits, int) : bits_(bits) {}
  uint32_t bits_;
};

#define X(role) | Roles(Role::role)
constexpr Roles kAny = Roles(Role::other) HEARTH_ROLES(X);
#undef X
#define X(role) +1
constexpr size_t kRoleCount = HEARTH_ROLES(X);
#undef X
constexpr Roles kValues = Roles(Role::v) | Role::qkv | Role::kv_b;
constexpr Roles kEmbedding = Role::embedding, kKeys = Role::k, kOut = Role::attention_output,
                kDown = Role::down;
constexpr Roles kQueriesAndKeys = Roles(Role::q) | Role::k, kGateAndUp = Roles(Role::gate) | Role::up;

using enum Preset;
constexpr Presets kAll = Presets::all();
constexpr Presets kSmallest = {iq1_s, iq1_m, iq2_xxs, iq2_xs, iq2_s, iq2_m};
constexpr Presets kLarger = ~kSmallest;
constexpr Presets kOneBit = {iq1_s, iq1_m};
constexpr Presets kTwoBits = {iq2_s, iq2_m};

struct Rule {
  Roles roles;
  Presets presets;
  uint32_t when;
  Type type;
};

// The first rule that fits decides; where none does, it is the main type.
constexpr Rule kRules[] = {
    // what the logits come from
    {kAny, {mxfp4_moe}, tied_or_output, Type::q8_0},
    {kAny, kAll, tied_or_output | falcon, Type::q8_0},
    {kAny, kAll, tied_or_output | odd_rows, Type::q8_0},
    {kAny, kSmallest, tied_or_output, Type::q5_k},
    {kAny, {iq3_xxs}, tied_or_output, Type::q5_k},
    {kAny, {q8_0}, tied_or_output, Type::q8_0},
    {kAny, kAll, tied_or_output, Type::q6_k},

    {kAny, {mxfp4_moe}, stacked, Type::mxfp4},
    {kAny, {mxfp4_moe}, always, Type::q8_0},

    {kEmbedding, {iq1_s, iq1_m, iq2_xxs, iq2_xs}, always, Type::q2_k},
    {kEmbedding, {iq2_s, iq2_m, iq3_xxs}, always, Type::iq3_s},
    {kEmbedding, {tq1_0, tq2_0, q2_0}, always, Type::q4_k},

    // values, also where one matrix makes them with queries and keys
    {kValues, kSmallest, shared, Type::q4_k},
    {kValues, kSmallest, many_experts, Type::q4_k},
    {kValues, kTwoBits, always, Type::iq3_s},
    {kValues, kSmallest, always, Type::q2_k},
    {kValues, kLarger, eight_experts, Type::q8_0},
    {kValues, {q4_k_m, q5_k_m}, more, Type::q6_k},
    {kValues, {q2_k, q3_k_s, q3_k_m, iq3_m, q4_k_s, q4_k_m}, llama_70b, Type::q5_k},
    {kValues, {q2_k_s, iq3_xxs, iq3_xs, iq3_s}, llama_70b | shared, Type::q5_k},
    {kValues, {q2_k, q2_k_s, iq3_xxs, iq3_xs, iq3_s}, shared, Type::q4_k},
    {kValues, {q2_k}, always, Type::q3_k},
    {kValues, {iq3_xxs}, plain, Type::iq3_s},
    {kValues, {iq3_m}, always, Type::q4_k},
    {kValues, {q3_k_m}, first_2, Type::q5_k},
    {kValues, {q3_k_m}, always, Type::q4_k},
    {kValues, {q3_k_l}, always, Type::q5_k},
    {kValues, {iq4_nl, iq4_xs}, shared, Type::q5_k},
    {kValues, {q4_k_s}, first_4, Type::q5_k},

    {kKeys, kSmallest, eight_experts, Type::q4_k},
    {kKeys, kLarger, eight_experts, Type::q8_0},
    {kQueriesAndKeys, {iq3_xs}, always, Type::iq3_xxs},
    {kQueriesAndKeys, {iq3_xxs}, always, Type::iq2_s},

    {kDown, kTwoBits, first_8th_counted, Type::iq3_s},
    {kDown, kSmallest, first_8th_counted, Type::q2_k},
    {kDown, {q2_k}, always, Type::q3_k},
    {kDown, {q2_k_s}, first_8th, Type::q4_k},
    {kDown, {iq3_xxs}, plain | first_8th, Type::q4_k},
    {kDown, {iq3_xxs}, plain, Type::q3_k},
    {kDown, {q3_k_m}, first_16th, Type::q5_k},
    {kDown, {q3_k_m}, not_falcon, Type::q4_k},
    {kDown, {q3_k_m}, more, Type::q4_k},
    {kDown, {iq3_m}, first_8th, Type::q4_k},
    {kDown, {iq3_m}, eight_experts | more, Type::q4_k},
    {kDown, {q3_k_l}, falcon, Type::q4_k},
    {kDown, {q3_k_l}, always, Type::q5_k},
    {kDown, {q4_k_m}, falcon | first_16th, Type::q6_k},
    {kDown, {q4_k_m}, falcon | more, Type::q5_k},
    {kDown, {q4_k_m}, not_falcon | more, Type::q6_k},
    {kDown, {q5_k_m}, more, Type::q6_k},
    {kDown, {q4_k_s}, not_falcon | first_8th, Type::q5_k},
    {kDown, {iq4_nl, iq4_xs}, plain | first_8th, Type::q5_k},
    {kDown, {q4_0}, weighed | first_8th, Type::q4_1},
    {kDown, {q5_0}, weighed | first_8th, Type::q5_1},

    {kOut, kSmallest, eight_experts, Type::q5_k},
    {kOut, kOneBit, always, Type::iq2_xxs},
    {kOut, kTwoBits, always, Type::iq3_s},
    {kOut,
     {q2_k, q3_k_s, q3_k_m, q4_k_s, q4_k_m, iq3_xxs, iq3_xs, iq3_s, iq3_m, iq4_nl, iq4_xs},
     not_falcon | eight_experts,
     Type::q5_k},
    {kOut, {q2_k}, not_falcon | not_eight_experts, Type::q3_k},
    {kOut, {iq3_xxs}, not_falcon | not_eight_experts, Type::iq3_s},
    {kOut, {q3_k_m, iq3_m}, not_falcon | not_eight_experts, Type::q4_k},
    {kOut, {q3_k_l}, not_falcon | not_eight_experts, Type::q5_k},
    {kOut, {q3_k_l}, falcon, Type::q4_k},

    {kGateAndUp, {iq3_xs}, middle, Type::iq3_xxs},
};

constexpr int64_t kMostLayers = 1 << 20;

// The number in "blk.N.", or -1.
int64_t layer_of(std::string_view name) {
  constexpr std::string_view kBlock = "blk.";
  int64_t layer = -1;
  if (!name.starts_with(kBlock)) return layer;
  name.remove_prefix(kBlock.size());
  auto [end, problem] = std::from_chars(name.data(), name.data() + name.size(), layer);
  bool whole =
      problem == std::errc() && end != name.data() + name.size() && *end == '.' && layer < kMostLayers;
  return whole ? layer : -1;
}

// The same for any name that has such a part.
int64_t any_layer_of(std::string_view name) {
  for (size_t at = 0; (at = name.find("blk.", at)) != name.npos; ++at) {
    if (int64_t layer = layer_of(name.substr(at)); layer >= 0) return layer;
  }
  return -1;
}

// The place of a tensor among `count`.
uint32_t whens_of_place(int64_t at, int64_t count) {
  uint32_t when = always;
  if (at < 2) when |= first_2;
  if (at < 4) when |= first_4;
  if (at < count / 16) when |= first_16th;
  if (at < count / 8) when |= first_8th;
  if (at >= count / 8 && at < 7 * count / 8) when |= middle;
  if (at < count / 8 || at >= 7 * count / 8 || (at - count / 8) % 3 == 2) when |= more;
  return when;
}

uint32_t whens_of_model(const ModelFacts& facts, bool importance) {
  uint32_t when = facts.falcon ? falcon : not_falcon;
  if (facts.llama_70b) when |= llama_70b;
  if (facts.heads_per_kv >= 4) when |= shared;
  if (facts.experts >= 4) when |= many_experts;
  when |= facts.experts == 8 ? eight_experts : not_eight_experts;
  when |= importance ? weighed : plain;
  return when;
}

// Layers first to last, and by name within each. What is in no layer comes first.
std::vector<size_t> in_order(std::span<const StoredTensor> tensors) {
  std::vector<size_t> order(tensors.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    int64_t layer_a = layer_of(tensors[a].name), layer_b = layer_of(tensors[b].name);
    return layer_a != layer_b ? layer_a < layer_b : tensors[a].name < tensors[b].name;
  });
  return order;
}

}  // namespace

Role role_of(std::string_view tensor) {
  for (const auto& row : kRoles) {
    if (row.whole ? tensor == row.text : tensor.find(row.text) != tensor.npos) return row.role;
  }
  return Role::other;
}

bool is_quantized(const StoredTensor& tensor) {
  // Outermost dimensions of 1 do not count: a matrix of one row is a vector.
  auto outermost = std::find_if(tensor.shape.begin(), tensor.shape.end(), [](uint64_t n) { return n > 1; });
  if (tensor.shape.end() - outermost < 2) return false;
  if (!tensor.name.ends_with("weight")) return false;
  auto in_name = [&](std::string_view text) { return tensor.name.find(text) != tensor.name.npos; };
  return std::find(std::begin(kKeptNames), std::end(kKeptNames), tensor.name) == std::end(kKeptNames) &&
         std::none_of(std::begin(kKept), std::end(kKept), in_name);
}

Result<ModelFacts> model_facts(const GgufMetadata& metadata, std::span<const StoredTensor> tensors) {
  TRY(std::string_view name, metadata.get_or<std::string_view>("general.architecture", ""));
  int64_t counted = 0;
  for (const StoredTensor& tensor : tensors) counted = std::max(counted, any_layer_of(tensor.name) + 1);

  // Numbers that are given for each layer count as the first layer's.
  auto number = [&](const char* key, int64_t otherwise) -> Result<int64_t> {
    const GgufValue* value = metadata.find(fmt::format("{}.{}", name, key));
    if (!value) return otherwise;
    if (auto* array = std::get_if<GgufArray>(value)) {
      if (array->size() == 0) return otherwise;
      return gguf_as<int64_t>(array->at(0)).value_or(otherwise);
    }
    return gguf_as<int64_t>(*value).value_or(otherwise);
  };
  ModelFacts facts;
  facts.falcon = name == "falcon";
  TRY(facts.layers, number("block_count", counted));
  TRY(facts.experts, number("expert_count", 0));
  TRY(int64_t heads, number("attention.head_count", 0));
  TRY(int64_t kv_heads, number("attention.head_count_kv", heads));
  facts.heads_per_kv = kv_heads > 0 ? heads / kv_heads : 0;
  facts.llama_70b = name == "llama" && facts.layers == 80 && heads != kv_heads;
  return facts;
}

bool has_tied_output(std::span<const StoredTensor> tensors) {
  return std::none_of(tensors.begin(), tensors.end(),
                      [](const StoredTensor& tensor) { return role_of(tensor.name) == Role::output; });
}

std::vector<Type> mix_types(Preset preset, const ModelFacts& facts, std::span<const StoredTensor> tensors,
                            bool importance) {
  const Type main = info(preset).type;
  const bool mixes = main != Type::f32 && main != Type::f16 && main != Type::bf16;
  const bool tied = has_tied_output(tensors);
  const uint32_t model = whens_of_model(facts, importance);
  int64_t values = std::count_if(tensors.begin(), tensors.end(), [](const StoredTensor& tensor) {
    return kValues.has(role_of(tensor.name));
  });

  std::vector<Type> types(tensors.size());
  int64_t values_seen = 0, seen[kRoleCount] = {};
  for (size_t at : in_order(tensors)) {
    const StoredTensor& tensor = tensors[at];
    types[at] = tensor.type;
    if (!is_quantized(tensor)) continue;
    types[at] = main;
    if (!mixes) continue;

    Role role = role_of(tensor.name);
    int64_t counted = kValues.has(role) ? values_seen++ : seen[static_cast<size_t>(role)]++;
    int64_t layer = layer_of(tensor.name);
    uint32_t when = model;
    if (kValues.has(role)) {
      when |= whens_of_place(counted, values);
    } else {
      when |= whens_of_place(facts.experts > 1 && layer >= 0 ? layer : counted, facts.layers);
    }
    if (counted < facts.layers / 8) when |= first_8th_counted;
    if (role == Role::output || (tied && role == Role::embedding)) when |= tied_or_output;
    if (tensor.shape.back() % info(main).block != 0) when |= odd_rows;
    if (tensor.shape.size() > 2 && tensor.shape[tensor.shape.size() - 3] > 1) when |= stacked;

    for (const Rule& rule : kRules) {
      if (rule.roles.has(role) && rule.presets.has(preset) && (when & rule.when) == rule.when) {
        types[at] = rule.type;
        break;
      }
    }
  }
  return types;
}

}  // namespace hearth
