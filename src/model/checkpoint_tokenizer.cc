#include "model/checkpoint_tokenizer.h"

#include "base/file.h"
#include "base/text.h"
#include "model/checkpoint_source.h"
#include "model/sentencepiece.h"
#include "model/tekken.h"
#include "model/tiktoken.h"
#include "model/tokenizer_components.h"
#include "model/tokenizer_facts.h"
#include "model/vocab_merges.h"
#include "tokenizer/families.h"

namespace hearth {

namespace {

constexpr uint64_t kMaxFileBytes = uint64_t{256} << 20;

// Tokens that the configuration adds to a model that does not have them.
Status add_tokens(const std::vector<TokenizerJson::Added>& added, OwnedVocabulary& vocabulary) {
  size_t own = vocabulary.tokens.size();
  for (const auto& one : added) {
    size_t id = static_cast<size_t>(one.id);
    if (id > 8 * own + 65536) return fail("added token {} has id {}", quote(one.content), id);
    if (id >= vocabulary.tokens.size()) {
      vocabulary.tokens.resize(id + 1);
      vocabulary.fields.scores.resize(id + 1);
      vocabulary.fields.kinds.resize(id + 1, TokenKind::unused);
    }
    if (id < own && vocabulary.tokens[id] != one.content)
      return fail("added token {} has the id of {}", quote(one.content), quote(vocabulary.tokens[id]));
    vocabulary.tokens[id] = one.content;
    TokenKind& kind = vocabulary.fields.kinds[id];
    if (id >= own || (kind != TokenKind::unknown && one.special))
      kind = one.special ? TokenKind::control : TokenKind::user_defined;
  }
  return {};
}

Result<Pipeline> from_json(CheckpointSource& source, const TokenizerFacts&) {
  TRY(source.json, parse_tokenizer_json(source.text));
  return make_pipeline(*source.json);
}

Result<Pipeline> from_vocab_and_merges(CheckpointSource& source, const TokenizerFacts& facts) {
  TRY(std::string merges, read_file(source.path.parent_path() / "merges.txt", kMaxFileBytes));
  TRY(source.text, tokenizer_json_of(source.text, merges, facts));
  return from_json(source, facts);
}

Result<Pipeline> from_tekken(CheckpointSource& source, const TokenizerFacts& facts) {
  TRY(source.text, tokenizer_json_of_tekken(source.text));
  return from_json(source, facts);
}

Result<Pipeline> from_ranks(CheckpointSource& source, const TokenizerFacts& facts) {
  TRY(auto ranks, parse_tiktoken(source.text));
  TRY(std::string_view pre, tiktoken_pre_tokenizer(ranks.size()));
  TRY(source.vocabulary, tiktoken_vocabulary(ranks, pre, facts.added));
  return make_tiktoken_pipeline(ranks, pre, facts.added);
}

// A model of SentencePiece begins with the byte 0x0A, its first piece; a list of ranks with a letter.
Result<Pipeline> from_model(CheckpointSource& source, const TokenizerFacts& facts) {
  if (!source.text.starts_with('\n')) return from_ranks(source, facts);
  TRY(source.vocabulary, parse_sentencepiece(source.text));
  TRY_STATUS(add_tokens(facts.added, *source.vocabulary));
  source.vocabulary->fields.add_bos_token = facts.add_bos;
  source.vocabulary->fields.add_eos_token = facts.add_eos;
  return make_pipeline(source.vocabulary->view());
}

constexpr struct {
  std::string_view name;  // or what it ends with
  Result<Pipeline> (*read)(CheckpointSource&, const TokenizerFacts&);
} kSources[] = {{"tokenizer.json", from_json},
                {"tokenizer.model", from_model},
                {"tekken.json", from_tekken},
                {"vocab.json", from_vocab_and_merges},
                {".tiktoken", from_ranks}};

// The file with this name, or in order of names the first that ends with it.
std::filesystem::path find_file(const std::filesystem::path& folder, std::string_view name) {
  std::error_code error;
  if (!name.starts_with('.'))
    return std::filesystem::is_regular_file(folder / name, error) ? folder / name : std::filesystem::path();
  std::filesystem::path first;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.path().extension() == name && (first.empty() || entry.path() < first)) first = entry.path();
  }
  return first;
}

}  // namespace

Result<CheckpointSource> read_checkpoint_source(const std::filesystem::path& folder) {
  CheckpointSource source;
  for (const auto& kind : kSources) {
    source.path = find_file(folder, kind.name);
    if (source.path.empty()) continue;
    TRY(TokenizerFacts facts, read_tokenizer_facts(folder));
    TRY(source.text, read_file(source.path, kMaxFileBytes));
    auto pipeline = kind.read(source, facts);
    if (!pipeline.ok()) return within(source.path.string(), pipeline.error());
    apply(facts, *pipeline);
    auto tokenizer = Tokenizer::make(*std::move(pipeline));
    if (!tokenizer.ok()) return within(source.path.string(), tokenizer.error());
    source.tokenizer = *std::move(tokenizer);
    break;
  }
  return source;
}

Result<std::shared_ptr<const Tokenizer>> read_checkpoint_tokenizer(const std::filesystem::path& folder) {
  TRY(CheckpointSource source, read_checkpoint_source(folder));
  return std::move(source.tokenizer);
}

Result<Pipeline> make_json_pipeline(std::string_view text) {
  TRY(TokenizerJson file, parse_tokenizer_json(text));
  return make_pipeline(file);
}

}  // namespace hearth
