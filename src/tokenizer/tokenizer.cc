#include "tokenizer/tokenizer.h"

#include <algorithm>

#include "base/log.h"
#include "base/text.h"
#include "tokenizer/byte_level_encoder.h"
#include "tokenizer/character_encoder.h"
#include "tokenizer/known_tokens.h"
#include "tokenizer/wordpiece_encoder.h"

namespace hearth {

namespace {

// What a kind of tokenizer is unless the file says otherwise.
struct Settings {
  TokenRoles roles;
  bool add_bos = false, add_eos = false, add_sep = false, add_space_prefix = false;
};

using MakeEncoder = Result<std::unique_ptr<Encoder>> (*)(const Vocabulary&, const TokenSet&, const Settings&,
                                                         const PreTokenizerRow&);

Result<std::unique_ptr<Encoder>> make_sentencepiece(const Vocabulary& vocabulary, const TokenSet& tokens,
                                                    const Settings& settings, const PreTokenizerRow&) {
  return make_sentencepiece_encoder(vocabulary, tokens, settings.roles[TokenRole::unknown],
                                    settings.add_space_prefix);
}

Result<std::unique_ptr<Encoder>> make_bpe(const Vocabulary& vocabulary, const TokenSet& tokens,
                                          const Settings& settings, const PreTokenizerRow& row) {
  if (row.flags & PreTokenizerRow::kCharacters)
    return make_character_merge_encoder(vocabulary, tokens, row, settings.roles[TokenRole::unknown]);
  return make_byte_level_encoder(vocabulary, tokens, row);
}

Result<std::unique_ptr<Encoder>> make_wordpiece(const Vocabulary& vocabulary, const TokenSet& tokens,
                                                const Settings& settings, const PreTokenizerRow&) {
  auto unknown = settings.roles[TokenRole::unknown];
  if (!unknown) return fail("unknown_token_id: missing; tokenizer model \"bert\" needs one");
  bool lowercase = vocabulary.lowercase.value_or(true);
  return make_wordpiece_encoder(tokens, *unknown, {lowercase, vocabulary.strip_accents.value_or(lowercase)});
}

// One row for each value of `model`. The ids of roles are what files of that kind mean by saying nothing.
struct Family {
  std::string_view model;
  MakeEncoder make;  // null: not supported yet
  std::string_view default_pre;
  int bos, eos, unknown, separator, padding, mask;  // -1: none
  bool add_bos, add_eos, add_sep, add_space_prefix;
};

constexpr Family kFamilies[] = {
    {"llama", make_sentencepiece, {}, 1, 2, 0, -1, -1, -1, true, false, false, true},
    {"gpt2", make_bpe, "default", 11, 11, -1, -1, -1, -1, false, false, false, false},
    {"gemma4", make_bpe, "gemma4", -1, -1, -1, -1, -1, -1, false, false, false, false},
    {"bert", make_wordpiece, {}, 101, -1, 100, 102, 0, 103, true, false, true, false},
    {"t5", nullptr, {}, -1, 1, 2, -1, 0, -1, false, true, false, false},
    {"rwkv", nullptr, {}, -1, -1, -1, -1, -1, -1, false, false, false, false},
    {"plamo2", nullptr, {}, 1, 2, 0, -1, 3, -1, true, false, false, false},
    {"hybriddna", nullptr, {}, 11, 11, -1, -1, -1, -1, false, false, false, false},
    {"whitespace", nullptr, {}, 11, 11, -1, -1, -1, -1, false, false, false, false},
};

Result<const Family*> find_family(std::string_view model) {
  for (const Family& family : kFamilies) {
    if (family.model != model) continue;
    if (!family.make) return fail("model: tokenizer model {} is not supported yet", quote(model));
    return &family;
  }
  return fail("model: tokenizer model {} is not known here", quote(model));
}

// The row that says how text is cut into words; for kinds that need none, one that cuts nothing.
Result<const PreTokenizerRow*> find_row(const Family& family, std::string_view pre) {
  static const PreTokenizerRow kNone{};
  if (family.default_pre.empty()) return &kNone;
  if (pre.empty()) {
    if (family.default_pre == "default")
      log_warning(
          "the file names no pre-tokenizer; \"default\" may cut text otherwise than the model learnt");
    return find_pre_tokenizer(family.default_pre);
  }
  return find_pre_tokenizer(pre);
}

Settings settle(const Vocabulary& vocabulary, const Family& family, const PreTokenizerRow& row) {
  Settings settings;
  settings.roles = vocabulary.roles;
  auto fall_back = [&](TokenRole role, int id) {
    if (!settings.roles[role] && id >= 0 && static_cast<size_t>(id) < vocabulary.tokens.size())
      settings.roles[role] = id;
  };
  if (!settings.roles[TokenRole::bos]) settings.roles[TokenRole::bos] = settings.roles[TokenRole::cls];
  if (!(row.flags & PreTokenizerRow::kNoDefaultBos)) fall_back(TokenRole::bos, family.bos);
  fall_back(TokenRole::eos, family.eos);
  fall_back(TokenRole::unknown, family.unknown);
  fall_back(TokenRole::separator, family.separator);
  fall_back(TokenRole::padding, family.padding);
  fall_back(TokenRole::mask, family.mask);
  bool row_adds_bos = row.flags & (PreTokenizerRow::kAddsBos | PreTokenizerRow::kAlwaysBos);
  settings.add_bos = vocabulary.add_bos_token.value_or(family.add_bos || row_adds_bos);
  if (row.flags & PreTokenizerRow::kAlwaysBos) settings.add_bos = true;
  settings.add_eos = vocabulary.add_eos_token.value_or(family.add_eos);
  settings.add_sep = vocabulary.add_sep_token.value_or(family.add_sep);
  settings.add_space_prefix = vocabulary.add_space_prefix.value_or(family.add_space_prefix);
  return settings;
}

}  // namespace

Result<std::unique_ptr<const Tokenizer>> Tokenizer::make(const Vocabulary& vocabulary) {
  TRY_STATUS(check(vocabulary));
  TRY(TokenSet tokens, TokenSet::make(vocabulary));
  std::unique_ptr<Tokenizer> tokenizer(new Tokenizer(std::move(tokens)));
  TRY_STATUS(tokenizer->set_up(vocabulary));
  return std::unique_ptr<const Tokenizer>(std::move(tokenizer));
}

Status Tokenizer::set_up(const Vocabulary& vocabulary) {
  TRY(const Family* family, find_family(vocabulary.model));
  if (vocabulary.remove_extra_whitespaces.value_or(false))
    return fail("remove_extra_whitespaces: is true, which tokenizer model \"{}\" does not support here",
                vocabulary.model);
  TRY(const PreTokenizerRow* row, find_row(*family, vocabulary.pre));
  Settings settings = settle(vocabulary, *family, *row);
  ends_ = resolve_known_tokens(tokens_, settings.roles);
  roles_ = settings.roles;

  struct {
    bool wanted;
    TokenRole role;
    std::string_view field;
    std::vector<TokenId>& place;
  } around[] = {{settings.add_bos, TokenRole::bos, "add_bos_token", prefix_},
                {settings.add_sep, TokenRole::separator, "add_sep_token", suffix_},
                {settings.add_eos, TokenRole::eos, "add_eos_token", suffix_}};
  for (const auto& one : around) {
    if (!one.wanted) continue;
    if (!roles_[one.role])
      return fail("{}: is true, but there is no {}", one.field,
                  kTokenRoleKeys[static_cast<size_t>(one.role)]);
    one.place.push_back(*roles_[one.role]);
  }

  TRY(encoder_, family->make(vocabulary, tokens_, settings, *row));

  std::vector<TokenStrip> strips = resolve_strips(vocabulary, tokens_);
  is_added_.resize(size());
  for (size_t i = 0; i < size(); ++i) {
    TokenId id = static_cast<TokenId>(i);
    TokenKind kind = tokens_.kind(id);
    bool needs_trust = kind == TokenKind::control || kind == TokenKind::unknown;
    is_added_[i] = needs_trust || kind == TokenKind::user_defined;
    if (is_added_[i]) added_.add(text(id), id, needs_trust, strips[i]);
    if (kind == TokenKind::byte) {
      char byte = static_cast<char>(*byte_token_value(text(id)));
      pieces_.add(std::string_view(&byte, 1));
    } else if (is_added_[i]) {
      pieces_.add(text(id));
    } else {
      pieces_.add(encoder_->piece(text(id)));
    }
  }
  return {};
}

Result<std::vector<TokenId>> Tokenizer::encode(std::string_view text, EncodeOptions options) const {
  std::vector<TrustedRange> trusted;
  if (options.parse_special) trusted.push_back({0, text.size()});
  return encode(text, trusted, options.add_special);
}

Result<std::vector<TokenId>> Tokenizer::encode(std::span<const TextSpan> spans, bool add_special) const {
  std::string text;
  std::vector<TrustedRange> trusted;
  for (const TextSpan& span : spans) {
    size_t begin = text.size();
    text += span.text;
    if (!span.trusted) continue;
    if (!trusted.empty() && trusted.back().end == begin) {
      trusted.back().end = text.size();
    } else {
      trusted.push_back({begin, text.size()});
    }
  }
  return encode(text, trusted, add_special);
}

Result<std::vector<TokenId>> Tokenizer::encode(std::string_view text,
                                               const std::vector<TrustedRange>& trusted,
                                               bool add_special) const {
  if (text.size() > kMaxTextBytes)
    return fail("the text has {} bytes, at most {} are encoded at once", text.size(), kMaxTextBytes);
  Encoding out;
  if (add_special) out.ids = prefix_;
  bool opens = true;
  size_t at = 0;
  while (at < text.size()) {
    auto match = added_.next(text, at, trusted);
    std::string_view plain = text.substr(at, (match ? match->stripped_begin : text.size()) - at);
    if (!plain.empty()) TRY_STATUS(encoder_->encode(plain, opens, out));
    if (!match) break;
    out.ids.push_back(match->id);
    opens = true;
    at = match->stripped_end;
  }
  if (add_special) out.ids.insert(out.ids.end(), suffix_.begin(), suffix_.end());

  if (out.lost_bytes > 0)
    log_warning("{} bytes of the text have no token in this vocabulary and were left out", out.lost_bytes);
  size_t begun = prefix_.size();
  if (add_special && begun > 0 && out.ids.size() > begun && out.ids[begun] == prefix_.front())
    log_warning("the text begins with {}, which was put before it already",
                quote(this->text(prefix_.front())));
  return std::move(out.ids);
}

Result<std::string> Tokenizer::decode(std::span<const TokenId> ids) const {
  for (TokenId id : ids) {
    if (!contains(id)) return fail("id {} is outside the vocabulary of {} tokens", id, size());
  }
  auto begins = [&](std::span<const TokenId> with) {
    return ids.size() >= with.size() && std::equal(with.begin(), with.end(), ids.begin());
  };
  auto ends = [&](std::span<const TokenId> with) {
    return ids.size() >= with.size() && std::equal(with.rbegin(), with.rend(), ids.rbegin());
  };
  if (begins(prefix_)) ids = ids.subspan(prefix_.size());
  if (ends(suffix_)) ids = ids.first(ids.size() - suffix_.size());

  std::string text;
  bool opens = true;
  for (TokenId id : ids) {
    std::string_view bytes = piece(id);
    if (opens && !opens_after(id) && opens_with_space() && bytes.starts_with(' ')) bytes.remove_prefix(1);
    text += bytes;
    opens = opens_after(id);
  }
  return text;
}

bool Tokenizer::is_end(TokenId id) const { return std::binary_search(ends_.begin(), ends_.end(), id); }

}  // namespace hearth
