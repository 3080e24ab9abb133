#include "model/checkpoint_tokenizer.h"

#include "base/file.h"
#include "base/text.h"
#include "model/sentencepiece.h"
#include "model/tiktoken.h"
#include "model/tokenizer_components.h"
#include "model/tokenizer_facts.h"
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

Result<Pipeline> from_json(std::string_view text, const TokenizerFacts&) {
  TRY(TokenizerJson file, parse_tokenizer_json(text));
  return make_pipeline(file);
}

Result<Pipeline> from_ranks(std::string_view text, const TokenizerFacts& facts) {
  TRY(auto ranks, parse_tiktoken(text));
  TRY(std::string_view pre, tiktoken_pre_tokenizer(ranks.size()));
  return make_tiktoken_pipeline(ranks, pre, facts.added);
}

// A model of SentencePiece begins with the byte 0x0A, its first piece; a list of ranks with a letter.
Result<Pipeline> from_model(std::string_view text, const TokenizerFacts& facts) {
  if (!text.starts_with('\n')) return from_ranks(text, facts);
  TRY(OwnedVocabulary vocabulary, parse_sentencepiece(text));
  TRY_STATUS(add_tokens(facts.added, vocabulary));
  vocabulary.fields.add_bos_token = facts.add_bos;
  vocabulary.fields.add_eos_token = facts.add_eos;
  return make_pipeline(vocabulary.view());
}

constexpr struct {
  std::string_view name;  // or what it ends with
  Result<Pipeline> (*read)(std::string_view, const TokenizerFacts&);
} kSources[] = {{"tokenizer.json", from_json}, {"tokenizer.model", from_model}, {".tiktoken", from_ranks}};

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

Result<std::shared_ptr<const Tokenizer>> read_checkpoint_tokenizer(const std::filesystem::path& folder) {
  for (const auto& source : kSources) {
    std::filesystem::path path = find_file(folder, source.name);
    if (path.empty()) continue;
    TRY(TokenizerFacts facts, read_tokenizer_facts(folder));
    TRY(std::string text, read_file(path, kMaxFileBytes));
    auto pipeline = source.read(text, facts);
    if (!pipeline.ok()) return within(path.string(), pipeline.error());
    apply(facts, *pipeline);
    auto tokenizer = Tokenizer::make(*std::move(pipeline));
    if (!tokenizer.ok()) return within(path.string(), tokenizer.error());
    return std::shared_ptr<const Tokenizer>(*std::move(tokenizer));
  }
  return std::shared_ptr<const Tokenizer>();
}

}  // namespace hearth
