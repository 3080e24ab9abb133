#include "model/quantize/choose.h"

#include <algorithm>

#include "base/text.h"
#include "quant/format.h"

namespace hearth {

namespace {

// Where blocks of the left type do not divide a row, blocks of the right one may: smaller blocks, no less
// exact.
constexpr std::pair<Type, Type> kNextTypes[] = {
    {Type::iq1_s, Type::iq4_nl},  {Type::iq1_m, Type::iq4_nl},  {Type::iq2_xxs, Type::iq4_nl},
    {Type::iq2_xs, Type::iq4_nl}, {Type::iq2_s, Type::iq4_nl},  {Type::iq3_xxs, Type::iq4_nl},
    {Type::iq3_s, Type::iq4_nl},  {Type::iq4_xs, Type::iq4_nl}, {Type::nvfp4, Type::iq4_nl},
    {Type::q1_0, Type::q2_0},     {Type::q2_0, Type::q4_0},     {Type::q2_k, Type::q4_0},
    {Type::q3_k, Type::q4_0},     {Type::tq1_0, Type::q4_0},    {Type::tq2_0, Type::q4_0},
    {Type::q4_k, Type::q5_0},     {Type::q5_k, Type::q5_1},     {Type::q6_k, Type::q8_0},
};

Result<std::optional<Type>> pattern_for(std::string_view tensor, std::span<const TypePattern> patterns,
                                        std::vector<bool>& used) {
  for (size_t i = 0; i < patterns.size(); ++i) {
    TRY(bool matches, patterns[i].matches(tensor));
    if (!matches) continue;
    used[i] = true;
    return std::optional(patterns[i].type());
  }
  return std::optional<Type>();
}

}  // namespace

bool is_writable(Type type) { return format_of(type) != nullptr; }

Result<Type> writable_type(std::string_view name) {
  auto type = type_named(lower_case(name));
  if (type && is_writable(*type)) return *type;
  std::string known;
  for (const Format& format : formats()) known += fmt::format(" {}", info(format.type).name);
  return fail("{} is not a type that tensors can be written in; those are:{}", quote(name), known);
}

Type fitting_type(Type wanted, uint64_t columns) {
  while (columns % info(wanted).block != 0) {
    auto next = std::find_if(std::begin(kNextTypes), std::end(kNextTypes),
                             [&](const auto& row) { return row.first == wanted; });
    wanted = next == std::end(kNextTypes) ? Type::f16 : next->second;
  }
  return wanted;
}

Result<TypePattern> TypePattern::parse(std::string_view text) {
  size_t equals = text.rfind('=');
  if (equals == text.npos || equals == 0) {
    return fail("{}: expected PATTERN=TYPE, such as ffn_down=q6_k", quote(text));
  }
  auto type = writable_type(text.substr(equals + 1));
  if (!type.ok()) return within(quote(text), std::move(type).error());
  auto regex = Regex::compile(text.substr(0, equals));
  if (!regex.ok()) return within(quote(text), std::move(regex).error());
  return TypePattern(std::string(text), *std::move(regex), *type);
}

Result<bool> TypePattern::matches(std::string_view tensor) const {
  RegexSearch search;
  auto found = search.find(regex_, repair_utf8(tensor), 0);
  if (!found.ok()) return within(quote(text_), std::move(found).error());
  return found->has_value();
}

Result<std::vector<TypeChoice>> choose_types(const TypeWishes& wishes, const ModelFacts& facts,
                                             std::span<const StoredTensor> tensors, bool importance,
                                             std::vector<std::string>& unused) {
  std::vector<Type> mixed;
  if (wishes.preset) mixed = mix_types(*wishes.preset, facts, tensors, importance);
  const bool tied = has_tied_output(tensors);
  std::vector<bool> used(wishes.patterns.size());

  std::vector<TypeChoice> choices;
  for (size_t i = 0; i < tensors.size(); ++i) {
    const StoredTensor& tensor = tensors[i];
    using By = TypeChoice::By;
    TypeChoice choice = {tensor.type, tensor.type, By::nature};
    Role role = role_of(tensor.name);
    bool makes_logits = role == Role::output || (tied && tensor.name == "token_embd.weight");
    if (is_quantized(tensor) && format_of(tensor.type)) {
      std::optional<Type> asked;
      if (makes_logits && wishes.leave_output) asked = tensor.type;
      if (!asked && role == Role::embedding) asked = wishes.embedding;
      if (!asked && makes_logits) asked = wishes.output;
      if (!asked) { TRY(asked, pattern_for(tensor.name, wishes.patterns, used)); }
      choice.by = asked ? By::user : wishes.preset ? By::preset : By::nobody;
      if (asked) {
        choice.wanted = *asked;
      } else if (wishes.preset) {
        choice.wanted = wishes.pure ? info(*wishes.preset).type : mixed[i];
      }
      choice.type = fitting_type(choice.wanted, tensor.shape.back());
    }
    choices.push_back(choice);
  }
  for (size_t i = 0; i < used.size(); ++i) {
    if (!used[i]) unused.push_back(wishes.patterns[i].text());
  }
  return choices;
}

}  // namespace hearth
