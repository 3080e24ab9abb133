#include "tokenizer/families.h"

#include "base/log.h"
#include "base/text.h"
#include "tokenizer/bpe_model.h"
#include "tokenizer/charsmap.h"
#include "tokenizer/known_tokens.h"
#include "tokenizer/unigram_model.h"
#include "tokenizer/word_models.h"

namespace hearth {

namespace {

// What a kind of tokenizer is unless the file says otherwise.
struct Settings {
  TokenRoles roles;
  bool add_bos = false, add_eos = false, add_sep = false, add_space_prefix = false;
};

// What a family is made from, and the pipeline of which it fills in the normaliser, the pre-tokenizer, the
// model and the decoder.
struct Making {
  const Vocabulary& vocabulary;
  const TokenSet& tokens;
  const Settings& settings;
  const PreTokenizerRow& row;
  Pipeline& pipeline;

  std::optional<TokenId> unknown() const { return settings.roles[TokenRole::unknown]; }
};

Status need_scores(const Making& making) {
  if (!making.vocabulary.scores.empty()) return {};
  return fail("scores: there are none; tokenizer model \"{}\" needs one for each token",
              making.vocabulary.model);
}

// Words can be looked at one by one where no token reaches from one into another.
Status cut_at_spaces(Making& making) {
  if (!spaces_only_begin(making.tokens)) return {};
  TRY(Regex regex, Regex::compile(kSpaceRunPattern));
  making.pipeline.pretokenizer.add(Cut{std::move(regex)});
  return {};
}

// Characters as SentencePiece has them when a model sees them. Without rules of its own a vocabulary has what
// its words begin with and nothing else.
Status add_sentencepiece_text(Making& making, bool remove_extra) {
  const Vocabulary& vocabulary = making.vocabulary;
  if (!vocabulary.precompiled_charsmap.empty()) {
    TRY(Charsmap map, Charsmap::make(vocabulary.precompiled_charsmap));
    making.pipeline.normalizer.push_back(charsmap_step(std::move(map), CharsmapReading::longest));
  }
  SpaceRules rules;
  rules.prefix = making.settings.add_space_prefix;
  rules.suffix = vocabulary.treat_whitespace_as_suffix.value_or(false);
  rules.remove_extra = vocabulary.remove_extra_whitespaces.value_or(remove_extra);
  rules.escape = vocabulary.escape_whitespaces.value_or(true);
  making.pipeline.normalizer.push_back(sentencepiece_spaces_step(rules));

  Decoder& decoder = making.pipeline.decoder;
  if (rules.escape) decoder.steps.push_back(replace_piece(std::string(kSpaceMark), " "));
  if (rules.prefix && !rules.suffix) decoder.steps.push_back(strip_opening_piece(" ", 1));
  decoder.reopens = true;
  if (rules.escape && !rules.suffix) TRY_STATUS(cut_at_spaces(making));
  return {};
}

Status make_sentencepiece(Making& making) {
  TRY_STATUS(need_scores(making));
  TRY_STATUS(add_sentencepiece_text(making, false));
  BpeRules rules;
  rules.unknown = making.unknown();
  rules.fuse_unknown = true;
  TRY(making.pipeline.model, make_score_model(making.tokens, making.vocabulary.scores, rules));
  return {};
}

Status make_unigram(Making& making) {
  TRY_STATUS(need_scores(making));
  TRY_STATUS(add_sentencepiece_text(making, false));
  std::vector<double> scores(making.vocabulary.scores.begin(), making.vocabulary.scores.end());
  TRY(making.pipeline.model, make_unigram_model(making.tokens, scores, making.unknown()));
  return {};
}

Status make_bpe(Making& making) {
  const unsigned flags = making.row.flags;
  TRY(making.pipeline.pretokenizer, PreTokenizer::make(making.row));
  BpeRules rules;
  if (flags & PreTokenizerRow::kWholeWords) rules.whole = BpeRules::Whole::all;
  if (flags & PreTokenizerRow::kCharacters) {
    rules.unknown = making.unknown();
  } else {
    rules.unit = BpeRules::Unit::byte;
    making.pipeline.decoder.steps.push_back(byte_level_piece());
  }
  if (flags & PreTokenizerRow::kSpaceMarks) {
    rules.whole = BpeRules::Whole::newlines;
    TRY(MadeStep marks, replace_step(" ", true, kSpaceMark));
    making.pipeline.normalizer.push_back(std::move(marks));
    making.pipeline.decoder.steps.push_back(replace_piece(std::string(kSpaceMark), " "));
    TRY_STATUS(cut_at_spaces(making));
  }
  if (making.vocabulary.model == "whitespace" && making.vocabulary.lowercase.value_or(false))
    making.pipeline.normalizer.push_back(lowercase_step());

  if (making.vocabulary.merges.empty()) return fail("merges: there are none; byte-pair encoding needs them");
  std::vector<Merge> merges;
  for (size_t rank = 0; rank < making.vocabulary.merges.size(); ++rank) {
    std::string_view merge = making.vocabulary.merges[rank];
    size_t space = merge.find(' ', 1);
    if (space == std::string_view::npos || space + 1 == merge.size())
      return fail("merges[{}]: {} is not two tokens with a space between", rank, quote(merge));
    merges.emplace_back(merge.substr(0, space), merge.substr(space + 1));
  }
  TRY(making.pipeline.model, make_merge_model(making.tokens, merges, rules));
  return {};
}

Status make_wordpiece(Making& making) {
  auto unknown = making.unknown();
  if (!unknown) return fail("unknown_token_id: missing; tokenizer model \"bert\" needs one");
  bool lowercase = making.vocabulary.lowercase.value_or(true);
  BertRules bert;
  bert.lowercase = lowercase;
  bert.strip_accents = making.vocabulary.strip_accents.value_or(lowercase);
  bert.first_of_composed = true;
  making.pipeline.normalizer.push_back(bert_step(bert));
  TRY(Regex words, Regex::compile(bert_words_pattern()));
  making.pipeline.pretokenizer.add(Cut{std::move(words), CutBehavior::removed, true});
  // These files write "##x" as "x" and "x" as "\u2581x".
  making.pipeline.model =
      make_wordpiece_model(making.tokens, *unknown, {std::string(kSpaceMark), "", SIZE_MAX});
  making.pipeline.decoder.steps.push_back(replace_piece(std::string(kSpaceMark), " "));
  making.pipeline.decoder.steps.push_back(strip_opening_piece(" ", 1));
  making.pipeline.decoder.reopens = true;
  return {};
}

Status make_longest_match(Making& making) {
  TRY(making.pipeline.model, make_longest_match_model(making.tokens, making.unknown()));
  making.pipeline.decoder.steps.push_back(rwkv_piece());
  return {};
}

Status make_plamo2(Making& making) {
  TRY_STATUS(need_scores(making));
  TRY(MadeStep no_mark, replace_step(R"(\A\x{FEFF})", false, ""));
  making.pipeline.normalizer.push_back(std::move(no_mark));
  TRY(making.pipeline.model, make_plamo2_model(making.tokens, making.vocabulary.scores));
  return {};
}

// One row for each value of `model`. The ids of roles are what files of that kind mean by saying nothing.
struct Family {
  std::string_view model;
  Status (*make)(Making&);  // null: not supported yet
  std::string_view default_pre;
  int bos, eos, unknown, separator, padding, mask;  // -1: none
  bool add_bos, add_eos, add_sep, add_space_prefix;
};

constexpr Family kFamilies[] = {
    {"llama", make_sentencepiece, {}, 1, 2, 0, -1, -1, -1, true, false, false, true},
    {"gpt2", make_bpe, "default", 11, 11, -1, -1, -1, -1, false, false, false, false},
    {"gemma4", make_bpe, "gemma4", -1, -1, -1, -1, -1, -1, false, false, false, false},
    {"whitespace", make_bpe, "whitespace", 11, 11, -1, -1, -1, -1, false, false, false, false},
    {"bert", make_wordpiece, {}, 101, -1, 100, 102, 0, 103, true, false, true, false},
    {"t5", make_unigram, {}, -1, 1, 2, -1, 0, -1, false, true, false, true},
    {"rwkv", make_longest_match, {}, -1, -1, -1, -1, -1, -1, false, false, false, false},
    {"plamo2", make_plamo2, {}, 1, 2, 0, -1, 3, -1, false, false, false, false},
    {"hybriddna", nullptr, {}, 11, 11, -1, -1, -1, -1, false, false, false, false},
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

Result<Pipeline> make_pipeline(const Vocabulary& vocabulary) {
  TRY_STATUS(check(vocabulary));
  TRY(TokenSet token_set, TokenSet::make(vocabulary.tokens, vocabulary.kinds));
  auto tokens = std::make_shared<TokenSet>(std::move(token_set));
  TRY(const Family* family, find_family(vocabulary.model));
  TRY(const PreTokenizerRow* row, find_row(*family, vocabulary.pre));
  Settings settings = settle(vocabulary, *family, *row);

  Pipeline pipeline;
  KnownTokens known = resolve_known_tokens(*tokens, settings.roles, false);
  for (auto [id, kind] : known.kinds) tokens->set_kind(id, kind);
  pipeline.ends = std::move(known.ends);
  pipeline.roles = settings.roles;
  struct {
    bool wanted;
    TokenRole role;
    std::string_view field;
    std::vector<TokenId>& place;
  } around[] = {{settings.add_bos, TokenRole::bos, "add_bos_token", pipeline.prefix},
                {settings.add_sep, TokenRole::separator, "add_sep_token", pipeline.suffix},
                {settings.add_eos, TokenRole::eos, "add_eos_token", pipeline.suffix}};
  for (const auto& one : around) {
    if (!one.wanted) continue;
    if (!pipeline.roles[one.role])
      return fail("{}: is true, but there is no {}", one.field,
                  kTokenRoleKeys[static_cast<size_t>(one.role)]);
    one.place.push_back(*pipeline.roles[one.role]);
  }

  std::vector<TokenStrip> strips = resolve_strips(vocabulary, *tokens);
  for (size_t i = 0; i < tokens->size(); ++i) {
    TokenId id = static_cast<TokenId>(i);
    if (!tokens->is_added(id)) continue;
    AddedToken added;
    added.id = id;
    added.text = tokens->text(id);
    added.needs_trust = tokens->kind(id) != TokenKind::user_defined;
    added.strip = strips[i];
    pipeline.added.push_back(std::move(added));
  }

  Making making{vocabulary, *tokens, settings, *row, pipeline};
  TRY_STATUS(family->make(making));
  pipeline.tokens = std::move(tokens);
  return pipeline;
}

}  // namespace hearth
