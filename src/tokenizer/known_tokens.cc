#include "tokenizer/known_tokens.h"

#include <algorithm>
#include <optional>

namespace hearth {

namespace {

struct KnownToken {
  std::string_view text;
  std::optional<TokenRole> role;
  bool ends;  // a generation
};

// Of the texts for one role the first that a vocabulary has counts. `\uFF5C` is DeepSeek's bar, `\u2581` the
// space of its words.
constexpr KnownToken kKnownTokens[] = {
    {"<|eot_id|>", TokenRole::eot, true},
    {"<|im_end|>", TokenRole::eot, true},
    {"<|end|>", TokenRole::eot, true},
    {"<end_of_turn>", TokenRole::eot, true},
    {"<|endoftext|>", TokenRole::eot, true},
    {"<|end_of_text|>", TokenRole::eot, true},
    {"<EOT>", TokenRole::eot, true},
    {"_<EOT>", TokenRole::eot, true},
    {"[EOT]", TokenRole::eot, true},
    {"<\uFF5Cend\u2581of\u2581sentence\uFF5C>", TokenRole::eot, true},
    {"<end_of_utterance>", TokenRole::eot, true},
    {"<|eom_id|>", TokenRole::eom, true},
    {"<|return|>", {}, true},
    {"<|call|>", {}, true},
    {"<|calls|>", {}, true},
    {"<|flush|>", {}, true},
    {"</s>", {}, true},
    {"[EOS]", {}, true},
    {"<eos>", {}, true},
    {"<turn|>", {}, true},
    {"<|tool_response>", {}, true},
    {"[e~[", {}, true},
    {"<|fim_prefix|>", TokenRole::fim_prefix, false},
    {"<fim-prefix>", TokenRole::fim_prefix, false},
    {"<fim_prefix>", TokenRole::fim_prefix, false},
    {"<\uFF5Cfim\u2581begin\uFF5C>", TokenRole::fim_prefix, false},
    {"<PRE>", TokenRole::fim_prefix, false},
    {"\u2581<PRE>", TokenRole::fim_prefix, false},
    {"<|code_prefix|>", TokenRole::fim_prefix, false},
    {"<|prefix|>", TokenRole::fim_prefix, false},
    {"<|fim_suffix|>", TokenRole::fim_suffix, false},
    {"<fim-suffix>", TokenRole::fim_suffix, false},
    {"<fim_suffix>", TokenRole::fim_suffix, false},
    {"<\uFF5Cfim\u2581hole\uFF5C>", TokenRole::fim_suffix, false},
    {"<SUF>", TokenRole::fim_suffix, false},
    {"\u2581<SUF>", TokenRole::fim_suffix, false},
    {"<|code_suffix|>", TokenRole::fim_suffix, false},
    {"<|suffix|>", TokenRole::fim_suffix, false},
    {"<|fim_middle|>", TokenRole::fim_middle, false},
    {"<fim-middle>", TokenRole::fim_middle, false},
    {"<fim_middle>", TokenRole::fim_middle, false},
    {"<\uFF5Cfim\u2581end\uFF5C>", TokenRole::fim_middle, false},
    {"<MID>", TokenRole::fim_middle, false},
    {"\u2581<MID>", TokenRole::fim_middle, false},
    {"<|code_middle|>", TokenRole::fim_middle, false},
    {"<|middle|>", TokenRole::fim_middle, false},
    {"<|fim_pad|>", TokenRole::fim_padding, false},
    {"<fim-pad>", TokenRole::fim_padding, false},
    {"<fim_pad>", TokenRole::fim_padding, false},
    {"<PAD>", TokenRole::fim_padding, false},
    {"[PAD]", TokenRole::fim_padding, false},
    {"<|fim_repo|>", TokenRole::fim_repository, false},
    {"<|repo_name|>", TokenRole::fim_repository, false},
    {"<fim-repo>", TokenRole::fim_repository, false},
    {"<REPO>", TokenRole::fim_repository, false},
    {"<reponame>", TokenRole::fim_repository, false},
    {"<|file_sep|>", TokenRole::fim_separator, false},
};

// Of tokens that end a generation elsewhere, those that do not where the others are there too.
constexpr struct {
  std::string_view text;
  std::string_view together[2];
  TokenKind kind;  // what it then is
} kNotEnds[] = {
    {"<|end|>", {"<|return|>", "<|call|>"}, TokenKind::control},  // ends a message, not the turn
    {"<|end|>", {"<|return|>", "<|calls|>"}, TokenKind::control},
    {"<|end|>", {"<|call|>", "<|flush|>"}, TokenKind::control},
    {"<|end|>", {"<|calls|>", "<|flush|>"}, TokenKind::control},
    {"</s>", {"<|tool_response>", "<|tool_response>"}, TokenKind::normal},  // a tag of HTML
};

constexpr TokenRole kEndRoles[] = {TokenRole::eos,
                                   TokenRole::eot,
                                   TokenRole::eom,
                                   TokenRole::fim_padding,
                                   TokenRole::fim_repository,
                                   TokenRole::fim_separator};

}  // namespace

KnownTokens resolve_known_tokens(const TokenSet& tokens, TokenRoles& roles, bool only_added) {
  KnownTokens result;
  std::vector<TokenId>& ends = result.ends;
  for (const KnownToken& known : kKnownTokens) {
    auto id = tokens.find(known.text);
    if (!id || (only_added && !tokens.is_added(*id))) continue;
    bool takes_role = known.role && !roles[*known.role];
    if (takes_role) roles[*known.role] = *id;
    if (known.ends) ends.push_back(*id);
    if (takes_role || known.ends) result.kinds.emplace_back(*id, TokenKind::control);
  }
  for (TokenRole role : kEndRoles) {
    if (roles[role]) ends.push_back(*roles[role]);
  }
  std::sort(ends.begin(), ends.end());
  ends.erase(std::unique(ends.begin(), ends.end()), ends.end());

  auto ends_here = [&](std::string_view text) {
    auto id = tokens.find(text);
    return id && std::binary_search(ends.begin(), ends.end(), *id);
  };
  std::vector<TokenId> not_ends;
  for (const auto& row : kNotEnds) {
    if (!ends_here(row.text) || !ends_here(row.together[0]) || !ends_here(row.together[1])) continue;
    not_ends.push_back(*tokens.find(row.text));
    result.kinds.emplace_back(not_ends.back(), row.kind);
  }
  std::erase_if(
      ends, [&](TokenId id) { return std::find(not_ends.begin(), not_ends.end(), id) != not_ends.end(); });
  return result;
}

namespace {

std::string lower_case(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

}  // namespace

std::vector<TokenStrip> resolve_strips(const Vocabulary& vocabulary, const TokenSet& tokens) {
  std::vector<TokenStrip> strips(tokens.size());
  auto set = [&](std::string_view text, TokenStrip strip) {
    if (auto id = tokens.find(text)) strips[static_cast<size_t>(*id)] = strip;
  };
  std::string name = lower_case(vocabulary.general_name);
  auto any = [](std::string_view text, std::initializer_list<std::string_view> parts) {
    return std::any_of(parts.begin(), parts.end(),
                       [&](std::string_view part) { return text.find(part) != text.npos; });
  };
  if (any(vocabulary.pre, {"jina-v2-de", "jina-v2-es", "jina-v2-code"}) ||
      any(vocabulary.architecture, {"nomic-bert-moe", "jina-bert-v3"})) {
    set("<mask>", {.left = true});
  } else if (any(name, {"phi-3", "phi3"})) {
    for (size_t i = 0; i < tokens.size(); ++i) {
      TokenKind kind = tokens.kind(static_cast<TokenId>(i));
      strips[i].right =
          kind == TokenKind::control || kind == TokenKind::unknown || kind == TokenKind::user_defined;
    }
    for (std::string_view text : {"<unk>", "<s>", "<|endoftext|>"}) set(text, {});
  } else if (any(name, {"modern-bert"})) {
    set("[MASK]", {.left = true});
  }
  return strips;
}

}  // namespace hearth
