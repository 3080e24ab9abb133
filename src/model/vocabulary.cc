#include "model/vocabulary.h"

#include <limits>

#include "base/log.h"
#include "model/checkpoint_source.h"
#include "tokenizer/known_tokens.h"

namespace hearth {

namespace {

constexpr std::string_view kPrefix = "tokenizer.ggml.";

std::string key_of(std::string_view field) { return fmt::format("{}{}", kPrefix, field); }

template <class T>
Status read(const GgufMetadata& metadata, std::string_view field, T& place) {
  TRY(auto value, metadata.get_if<T>(key_of(field)));
  if (value) place = *std::move(value);
  return {};
}

Status read_kinds(const GgufMetadata& metadata, Vocabulary& vocabulary) {
  TRY(auto types, metadata.get_if<std::vector<int32_t>>(key_of("token_type")));
  if (!types) return {};
  for (size_t i = 0; i < types->size(); ++i) {
    int32_t type = (*types)[i];
    if (type < 0 || type > kTokenKindLast)
      return within(metadata.source(), fail("{}[{}]: {} is no type of token, expected 0 to {}",
                                            key_of("token_type"), i, type, kTokenKindLast));
    // 0 is "undefined" there.
    vocabulary.kinds.push_back(type == 0 ? TokenKind::normal : static_cast<TokenKind>(type));
  }
  return {};
}

Status read_role(const GgufMetadata& metadata, TokenRole role, std::string_view field,
                 Vocabulary& vocabulary) {
  TRY(auto id, metadata.get_if<int64_t>(key_of(field)));
  // Old writers stored -1 for "none" in 32 bits without a sign.
  if (!id || *id == -1 || *id == std::numeric_limits<uint32_t>::max()) return {};
  int64_t count = static_cast<int64_t>(vocabulary.tokens.size());
  if (role == TokenRole::padding && *id >= count) {
    // Seen in files that run well: nothing here ever needs padding.
    log_warning("{}: {}: {} is outside the vocabulary of {} tokens; ignored", metadata.source(),
                key_of(field), *id, count);
    return {};
  }
  if (*id < 0 || *id >= count)
    return within(metadata.source(),
                  fail("{}: {} is outside the vocabulary of {} tokens", key_of(field), *id, count));
  vocabulary.roles[role] = static_cast<TokenId>(*id);
  return {};
}

// Names that roles had in older files.
constexpr struct {
  TokenRole role;
  std::string_view field;
} kOldRoleKeys[] = {{TokenRole::fim_prefix, "prefix_token_id"},
                    {TokenRole::fim_suffix, "suffix_token_id"},
                    {TokenRole::fim_middle, "middle_token_id"}};

}  // namespace

namespace {

// A file may carry the whole `tokenizer.json` of its model, which says more than the other keys can; these then
// say what tokens are for.
constexpr std::string_view kJsonKey = "tokenizer.huggingface.json";

Result<std::shared_ptr<const Tokenizer>> read_json_tokenizer(const GgufMetadata& metadata,
                                                             std::string_view json) {
  auto pipeline = make_json_pipeline(json);
  if (!pipeline.ok()) return within(metadata.source(), fail("{}: {}", kJsonKey, pipeline.error().message));
  Vocabulary roles;
  std::vector<std::string_view> tokens(pipeline->tokens->size());
  roles.tokens = tokens;
  for (size_t role = 0; role < kTokenRoleCount; ++role)
    TRY_STATUS(read_role(metadata, static_cast<TokenRole>(role), kTokenRoleKeys[role], roles));
  pipeline->roles = roles.roles;
  pipeline->ends = resolve_known_tokens(*pipeline->tokens, pipeline->roles, true).ends;
  auto tokenizer = Tokenizer::make(*std::move(pipeline));
  if (!tokenizer.ok()) return within(metadata.source(), fail("{}: {}", kJsonKey, tokenizer.error().message));
  return std::shared_ptr<const Tokenizer>(*std::move(tokenizer));
}

}  // namespace

Result<std::shared_ptr<const Tokenizer>> read_tokenizer(const GgufMetadata& metadata) {
  TRY(auto json, metadata.get_if<std::string_view>(kJsonKey));
  if (json) return read_json_tokenizer(metadata, *json);
  Vocabulary vocabulary;
  TRY_STATUS(read(metadata, "model", vocabulary.model));
  if (vocabulary.model.empty() || vocabulary.model == "no_vocab" || vocabulary.model == "none")
    return std::shared_ptr<const Tokenizer>();

  TRY_STATUS(read(metadata, "pre", vocabulary.pre));
  TRY(vocabulary.tokens, metadata.get<std::span<const std::string_view>>(key_of("tokens")));
  TRY_STATUS(read(metadata, "merges", vocabulary.merges));
  TRY_STATUS(read(metadata, "scores", vocabulary.scores));
  TRY_STATUS(read_kinds(metadata, vocabulary));
  for (const auto& old : kOldRoleKeys) TRY_STATUS(read_role(metadata, old.role, old.field, vocabulary));
  for (size_t role = 0; role < kTokenRoleCount; ++role)
    TRY_STATUS(read_role(metadata, static_cast<TokenRole>(role), kTokenRoleKeys[role], vocabulary));

  struct {
    std::string_view field;
    std::optional<bool>& place;
  } flags[] = {{"add_bos_token", vocabulary.add_bos_token},
               {"add_eos_token", vocabulary.add_eos_token},
               {"add_sep_token", vocabulary.add_sep_token},
               {"add_space_prefix", vocabulary.add_space_prefix},
               {"remove_extra_whitespaces", vocabulary.remove_extra_whitespaces},
               {"escape_whitespaces", vocabulary.escape_whitespaces},
               {"treat_whitespace_as_suffix", vocabulary.treat_whitespace_as_suffix},
               {"normalizer.lowercase", vocabulary.lowercase},
               {"normalizer.strip_accents", vocabulary.strip_accents}};
  for (const auto& flag : flags) { TRY(flag.place, metadata.get_if<bool>(key_of(flag.field))); }
  TRY(auto charsmap, metadata.get_if<std::vector<int16_t>>(key_of("precompiled_charsmap")));
  if (charsmap) vocabulary.precompiled_charsmap.assign(charsmap->begin(), charsmap->end());
  TRY(auto name, metadata.get_if<std::string_view>("general.name"));
  TRY(auto architecture, metadata.get_if<std::string_view>("general.architecture"));
  vocabulary.general_name = name.value_or("");
  vocabulary.architecture = architecture.value_or("");

  auto tokenizer = Tokenizer::make(vocabulary);
  if (!tokenizer.ok()) return within(metadata.source(), fail("{}{}", kPrefix, tokenizer.error().message));
  return std::shared_ptr<const Tokenizer>(*std::move(tokenizer));
}

}  // namespace hearth
