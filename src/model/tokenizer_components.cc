#include "model/tokenizer_components.h"

#include <algorithm>

#include "base/base64.h"
#include "base/text.h"
#include "model/tokenizer_decoders.h"
#include "model/tokenizer_part.h"
#include "tokenizer/bpe_model.h"
#include "tokenizer/charsmap.h"
#include "tokenizer/scripts.h"
#include "tokenizer/unigram_model.h"
#include "tokenizer/word_models.h"

namespace hearth {

namespace {

using Part = TokenizerPart;

// A pipeline while its components are read.
struct Making {
  Pipeline pipeline;
  bool prefixes_every_stretch = false;
};

// Which function reads a type of component.
struct Reader {
  std::string_view type;
  Status (*read)(const Part&, Making&);
};

template <size_t n>
Status read_with(const Reader (&readers)[n], const Part& part, Making& making) {
  if (part.is_null()) return {};
  TRY(std::string type, part.type());
  for (const Reader& reader : readers) {
    if (reader.type == type) return reader.read(part, making);
  }
  return part.unknown_type();
}

Status read_normalizer(const Part& part, Making& making);
Status read_pre_tokenizer(const Part& part, Making& making);
Status read_post_processor(const Part& part, Making& making);

template <UnicodeForm form>
Status read_form(const Part&, Making& making) {
  making.pipeline.normalizer.push_back(unicode_form_step(form));
  return {};
}

template <MadeStep (*make)()>
Status read_simple(const Part&, Making& making) {
  making.pipeline.normalizer.push_back(make());
  return {};
}

Status read_strip(const Part& part, Making& making) {
  TRY(bool left, part.flag("strip_left", true));
  TRY(bool right, part.flag("strip_right", true));
  making.pipeline.normalizer.push_back(strip_step(left, right));
  return {};
}

Status read_replace(const Part& part, Making& making) {
  TRY(Part::Pattern pattern, part.pattern());
  TRY(std::string content, part.text("content"));
  auto step = replace_step(pattern.text, pattern.literal, content);
  if (!step.ok()) return part.within(step.error());
  making.pipeline.normalizer.push_back(*std::move(step));
  return {};
}

Status read_prepend(const Part& part, Making& making) {
  TRY(std::string text, part.text("prepend"));
  making.pipeline.normalizer.push_back(prefix_step({text, false, false}));
  making.prefixes_every_stretch = true;
  return {};
}

Status read_bert_normalizer(const Part& part, Making& making) {
  BertRules rules;
  TRY(rules.clean, part.flag("clean_text", true));
  TRY(rules.ideographs, part.flag("handle_chinese_chars", true));
  TRY(rules.lowercase, part.flag("lowercase", true));
  TRY(rules.strip_accents, part.flag("strip_accents", rules.lowercase));
  making.pipeline.normalizer.push_back(bert_step(rules));
  return {};
}

Status read_precompiled(const Part& part, Making& making) {
  TRY(std::string text, part.text("precompiled_charsmap", ""));
  if (text.empty()) return {};
  auto bytes = base64_decode(text);
  if (!bytes) return part.wrong("precompiled_charsmap", "bytes in base64");
  auto map = Charsmap::make(*bytes);
  if (!map.ok()) return part.within(map.error());
  making.pipeline.normalizer.push_back(charsmap_step(*std::move(map), CharsmapReading::graphemes));
  return {};
}

Status read_normalizers(const Part& part, Making& making) {
  TRY(auto parts, part.parts("normalizers"));
  for (const Part& one : parts) TRY_STATUS(read_normalizer(one, making));
  return {};
}

constexpr Reader kNormalizers[] = {{"Sequence", read_normalizers},
                                   {"NFC", read_form<UnicodeForm::nfc>},
                                   {"NFD", read_form<UnicodeForm::nfd>},
                                   {"NFKC", read_form<UnicodeForm::nfkc>},
                                   {"NFKD", read_form<UnicodeForm::nfkd>},
                                   {"Lowercase", read_simple<lowercase_step>},
                                   {"StripAccents", read_simple<remove_marks_step>},
                                   {"Nmt", read_simple<nmt_step>},
                                   {"ByteLevel", read_simple<byte_characters_step>},
                                   {"Strip", read_strip},
                                   {"Replace", read_replace},
                                   {"Prepend", read_prepend},
                                   {"BertNormalizer", read_bert_normalizer},
                                   {"Precompiled", read_precompiled}};

Status read_normalizer(const Part& part, Making& making) { return read_with(kNormalizers, part, making); }

Status add_cut(Making& making, std::string_view pattern, CutBehavior behavior, bool invert = false) {
  TRY(Regex regex, Regex::compile(pattern));
  making.pipeline.pretokenizer.add(Cut{std::move(regex), behavior, invert});
  return {};
}

Result<CutBehavior> behavior_of(const Part& part, std::string_view otherwise) {
  TRY(std::string name, part.text("behavior", otherwise));
  static constexpr std::pair<std::string_view, CutBehavior> kNames[] = {
      {"Removed", CutBehavior::removed},
      {"Isolated", CutBehavior::isolated},
      {"MergedWithPrevious", CutBehavior::merged_with_previous},
      {"MergedWithNext", CutBehavior::merged_with_next},
      {"Contiguous", CutBehavior::contiguous}};
  for (auto [text, behavior] : kNames) {
    if (text == name) return behavior;
  }
  return part.wrong("behavior", "Removed, Isolated, MergedWithPrevious, MergedWithNext or Contiguous");
}

template <const std::string_view& pattern, CutBehavior behavior, bool invert = false>
Status read_cut(const Part&, Making& making) {
  return add_cut(making, pattern, behavior, invert);
}
constexpr std::string_view kSpaces = R"(\s+)", kWords = R"(\w+|[^\w\s]+)";
constexpr std::string_view kPunctuation = R"([!-/:-@\[-`{-~\p{P}])";

Status read_split(const Part& part, Making& making) {
  TRY(Part::Pattern pattern, part.pattern());
  TRY(CutBehavior behavior, behavior_of(part, "Isolated"));
  TRY(bool invert, part.flag("invert", false));
  TRY(Regex regex, part.compile(pattern));
  making.pipeline.pretokenizer.add(Cut{std::move(regex), behavior, invert});
  return {};
}

Status read_byte_level(const Part& part, Making& making) {
  TRY(bool prefix, part.flag("add_prefix_space", true));
  TRY(bool use_regex, part.flag("use_regex", true));
  if (prefix) making.pipeline.pretokenizer.add(prefix_step({" ", false, true}));
  if (use_regex) TRY_STATUS(add_cut(making, byte_level_pattern(), CutBehavior::isolated));
  making.pipeline.pretokenizer.add_byte_characters();
  return {};
}

Status read_metaspace(const Part& part, Making& making) {
  TRY(MetaspaceScheme scheme, read_metaspace_scheme(part));
  TRY(bool split, part.flag("split", true));
  TRY(MadeStep replace, replace_step(" ", true, scheme.mark));
  PreTokenizer& words = making.pipeline.pretokenizer;
  words.add(std::move(replace));
  if (scheme.prefix != MetaspaceScheme::Prefix::never) {
    bool only_first = scheme.prefix == MetaspaceScheme::Prefix::first;
    words.add(prefix_step({scheme.mark, only_first, true}));
    making.prefixes_every_stretch = !only_first;
  }
  if (!split) return {};
  TRY(Regex mark, part.compile({scheme.mark, true}));
  words.add(Cut{std::move(mark), CutBehavior::merged_with_next});
  return {};
}

Status read_punctuation(const Part& part, Making& making) {
  TRY(CutBehavior behavior, behavior_of(part, "Isolated"));
  return add_cut(making, kPunctuation, behavior);
}

Status read_digits(const Part& part, Making& making) {
  TRY(bool individual, part.flag("individual_digits", false));
  return add_cut(making, R"(\p{N})", individual ? CutBehavior::isolated : CutBehavior::contiguous);
}

Status read_bert_pre_tokenizer(const Part&, Making& making) {
  return add_cut(making, bert_words_pattern(), CutBehavior::removed, true);
}

Status read_scripts(const Part&, Making& making) {
  return add_cut(making, script_runs_pattern(), CutBehavior::removed, true);
}

Status read_delimiter(const Part& part, Making& making) {
  TRY(std::string delimiter, part.text("delimiter"));
  TRY(Regex regex, part.compile({delimiter, true}));
  making.pipeline.pretokenizer.add(Cut{std::move(regex), CutBehavior::removed});
  return {};
}

Status read_fixed_length(const Part& part, Making& making) {
  TRY(size_t length, part.number("length"));
  if (length == 0 || length > 65535) return part.wrong("length", "a number from 1 to 65535");
  return add_cut(making, fmt::format("(?s:.){{1,{}}}", length), CutBehavior::isolated);
}

Status read_pre_tokenizers(const Part& part, Making& making) {
  TRY(auto parts, part.parts("pretokenizers"));
  for (const Part& one : parts) TRY_STATUS(read_pre_tokenizer(one, making));
  return {};
}

constexpr Reader kPreTokenizers[] = {{"Sequence", read_pre_tokenizers},
                                     {"ByteLevel", read_byte_level},
                                     {"Split", read_split},
                                     {"Metaspace", read_metaspace},
                                     {"Whitespace", read_cut<kWords, CutBehavior::removed, true>},
                                     {"WhitespaceSplit", read_cut<kSpaces, CutBehavior::removed>},
                                     {"Punctuation", read_punctuation},
                                     {"Digits", read_digits},
                                     {"BertPreTokenizer", read_bert_pre_tokenizer},
                                     {"UnicodeScripts", read_scripts},
                                     {"CharDelimiterSplit", read_delimiter},
                                     {"FixedLength", read_fixed_length}};

Status read_pre_tokenizer(const Part& part, Making& making) {
  return read_with(kPreTokenizers, part, making);
}

// Ids go around what is there: a later processor's outside of an earlier one's.
void surround(Making& making, const std::vector<TokenId>& before, const std::vector<TokenId>& after) {
  auto& prefix = making.pipeline.prefix;
  auto& suffix = making.pipeline.suffix;
  prefix.insert(prefix.begin(), before.begin(), before.end());
  suffix.insert(suffix.end(), after.begin(), after.end());
}

// ["[CLS]", 101]
Result<TokenId> read_token_and_id(const Part& part, std::string_view key, const Making& making) {
  const auto* pair = part.find(key);
  bool good = pair && pair->is_array() && pair->size() == 2 && (*pair)[1].is_number_unsigned() &&
              (*pair)[1].get<uint64_t>() < making.pipeline.tokens->size();
  if (!good) return part.wrong(key, "a token and its id");
  return (*pair)[1].get<TokenId>();
}

Status read_pair_processing(const Part& part, Making& making) {
  TRY(TokenId cls, read_token_and_id(part, "cls", making));
  TRY(TokenId separator, read_token_and_id(part, "sep", making));
  surround(making, {cls}, {separator});
  return {};
}

Status read_template(const Part& part, Making& making) {
  TRY(auto pieces, part.parts("single"));
  std::vector<TokenId> around[2];
  int sequences = 0;
  for (const Part& piece : pieces) {
    if (piece.find("Sequence")) {
      if (++sequences > 1) return part.wrong("single", "one sequence");
      continue;
    }
    const auto* special = piece.find("SpecialToken");
    std::string name =
        special && special->is_object() && special->contains("id") && (*special)["id"].is_string()
            ? (*special)["id"].get<std::string>()
            : "";
    const auto* tokens = part.find("special_tokens");
    if (!tokens || !tokens->is_object() || !tokens->contains(name) || !(*tokens)[name].is_object())
      return part.wrong("single", fmt::format("special tokens that are named, not {}", quote(name)));
    Part ids((*tokens)[name], "post_processor.special_tokens");
    const auto* list = ids.find("ids");
    if (!list || !list->is_array()) return ids.wrong("ids", "ids");
    for (const auto& id : *list) {
      if (!id.is_number_unsigned() || id.get<uint64_t>() >= making.pipeline.tokens->size())
        return ids.wrong("ids", "ids of the vocabulary");
      around[sequences].push_back(id.get<TokenId>());
    }
  }
  if (sequences != 1) return part.wrong("single", "one sequence");
  surround(making, around[0], around[1]);
  return {};
}

Status read_nothing(const Part&, Making&) { return {}; }

Status read_post_processors(const Part& part, Making& making) {
  TRY(auto parts, part.parts("processors"));
  for (const Part& one : parts) TRY_STATUS(read_post_processor(one, making));
  return {};
}

constexpr Reader kPostProcessors[] = {{"Sequence", read_post_processors},
                                      {"TemplateProcessing", read_template},
                                      {"ByteLevel", read_nothing},  // it moves offsets, and no ids
                                      {"BertProcessing", read_pair_processing},
                                      {"RobertaProcessing", read_pair_processing}};

Status read_post_processor(const Part& part, Making& making) {
  return read_with(kPostProcessors, part, making);
}

Result<std::unique_ptr<const WordModel>> make_bpe(const TokenizerJson& file, Making& making) {
  const TokenSet& tokens = *making.pipeline.tokens;
  BpeRules rules;
  rules.unknown = file.unknown;
  rules.fuse_unknown = file.fuse_unknown;
  rules.inside_prefix = file.inside_prefix;
  rules.end_suffix = file.end_suffix;
  if (file.ignore_merges) rules.whole = BpeRules::Whole::all;
  bool marked = !rules.inside_prefix.empty() || !rules.end_suffix.empty();
  if (!marked && making.pipeline.pretokenizer.take_last_byte_characters()) rules.unit = BpeRules::Unit::byte;
  // Words that no merge joins can be looked at, and remembered, one by one.
  bool is_whole = !marked && !file.ignore_merges && making.pipeline.pretokenizer.empty();
  if (is_whole && spaces_only_begin(tokens))
    TRY_STATUS(add_cut(making, kSpaceRunPattern, CutBehavior::isolated));
  std::vector<Merge> merges(file.merges.begin(), file.merges.end());
  return make_merge_model(tokens, merges, rules);
}

Result<std::unique_ptr<const WordModel>> make_model(const TokenizerJson& file, Making& making) {
  const TokenSet& tokens = *making.pipeline.tokens;
  switch (file.model) {
    case TokenizerJson::Model::bpe: return make_bpe(file, making);
    case TokenizerJson::Model::unigram: return make_unigram_model(tokens, file.scores, file.unknown);
    case TokenizerJson::Model::wordlevel: return make_wordlevel_model(tokens, file.unknown);
    case TokenizerJson::Model::wordpiece: break;
  }
  if (!file.unknown) return fail("unk_token: is not in the vocabulary");
  WordPieceRules rules;
  rules.inside_prefix = file.inside_prefix;
  rules.max_characters = file.max_characters;
  return make_wordpiece_model(tokens, *file.unknown, rules);
}

}  // namespace

Result<Pipeline> make_pipeline(const TokenizerJson& file) {
  Making making;
  Pipeline& pipeline = making.pipeline;
  std::vector<std::string_view> texts(file.tokens.begin(), file.tokens.end());
  TRY(TokenSet tokens, TokenSet::make(texts, file.kinds));
  for (TokenId id : file.beside_model) tokens.set_beside_model(id);
  pipeline.tokens = std::make_shared<const TokenSet>(std::move(tokens));

  TRY_STATUS(read_normalizer(Part(file.normalizer, "normalizer"), making));
  TRY_STATUS(read_pre_tokenizer(Part(file.pre_tokenizer, "pre_tokenizer"), making));
  TRY_STATUS(read_post_processor(Part(file.post_processor, "post_processor"), making));
  TRY(pipeline.decoder, read_decoder(Part(file.decoder, "decoder")));
  pipeline.decoder.reopens = pipeline.decoder.reopens && making.prefixes_every_stretch;
  auto model = make_model(file, making);
  if (!model.ok()) return fail("model.{}", model.error().message);
  pipeline.model = *std::move(model);

  for (const TokenizerJson::Added& one : file.added) {
    AddedToken added;
    added.id = one.id;
    added.text = one.content;
    added.needs_trust = one.special;
    added.strip = {one.lstrip, one.rstrip};
    added.single_word = one.single_word;
    added.normalized = one.normalized;
    pipeline.added.push_back(std::move(added));
  }
  return std::move(pipeline);
}

}  // namespace hearth
