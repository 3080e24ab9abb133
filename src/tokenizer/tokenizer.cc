#include "tokenizer/tokenizer.h"

#include <algorithm>

#include "base/log.h"
#include "base/text.h"
#include "tokenizer/families.h"

namespace hearth {

struct Tokenizer::Memory {
  SplitMemory split;
  ModelMemory model;
  std::string text;
};

struct Tokenizer::Job {
  Memory& memory;
  const std::vector<TrustedRange>& trusted_in_normalized;
  Encoding out;
};

Tokenizer::Tokenizer(Pipeline pipeline) : pipeline_(std::move(pipeline)) {}
Tokenizer::~Tokenizer() = default;

Result<std::unique_ptr<const Tokenizer>> Tokenizer::make(const Vocabulary& vocabulary) {
  TRY(Pipeline pipeline, make_pipeline(vocabulary));
  return make(std::move(pipeline));
}

Result<std::unique_ptr<const Tokenizer>> Tokenizer::make(Pipeline pipeline) {
  std::unique_ptr<Tokenizer> tokenizer(new Tokenizer(std::move(pipeline)));
  TRY_STATUS(tokenizer->set_up());
  return std::unique_ptr<const Tokenizer>(std::move(tokenizer));
}

Status Tokenizer::set_up() {
  pieces_ = Pieces(std::move(pipeline_.decoder), pipeline_.tokens);
  RegexSearch search;
  for (const AddedToken& token : pipeline_.added) {
    if (!token.normalized) {
      raw_.add(token.text, token);
      mixed_.add(token.text, token);
      continue;
    }
    Stretch stretch{token.text, true};
    for (const auto& step : pipeline_.normalizer) TRY_STATUS(step->apply(stretch, search));
    normalized_.add(stretch.text, token);
    if (token.needs_trust) mixed_.add(token.text, token);
  }
  return {};
}

std::unique_ptr<Tokenizer::Memory> Tokenizer::take_memory() const {
  std::lock_guard lock(mutex_);
  if (memories_.empty()) return std::make_unique<Memory>();
  auto memory = std::move(memories_.back());
  memories_.pop_back();
  return memory;
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
  // Where a normaliser moves text about nobody knows afterwards which of it was trusted. A text of which only
  // parts are is searched for control tokens before that, and for none after.
  static const std::vector<TrustedRange> kNothing, kEverything = {{0, SIZE_MAX}};
  bool all_trusted = trusted.size() == 1 && trusted[0].begin == 0 && trusted[0].end == text.size();
  const AddedTokens& added = trusted.empty() || all_trusted ? raw_ : mixed_;

  std::unique_ptr<Memory> memory = take_memory();
  Job job{*memory, all_trusted ? kEverything : kNothing, {}};
  if (add_special) job.out.ids = pipeline_.prefix;
  for (size_t at = 0; at < text.size();) {
    auto match = added.next(text, at, trusted);
    std::string_view plain = text.substr(at, (match ? match->stripped_begin : text.size()) - at);
    TRY_STATUS(encode_stretch(plain, at == 0, job));
    if (!match) break;
    job.out.ids.push_back(match->id);
    at = match->stripped_end;
  }
  {
    std::lock_guard lock(mutex_);
    memories_.push_back(std::move(memory));
  }
  std::vector<TokenId>& ids = job.out.ids;
  if (add_special) ids.insert(ids.end(), pipeline_.suffix.begin(), pipeline_.suffix.end());

  if (job.out.lost_bytes > 0)
    log_warning("{} bytes of the text have no token in this vocabulary and were left out",
                job.out.lost_bytes);
  size_t begun = pipeline_.prefix.size();
  if (add_special && begun > 0 && ids.size() > begun && ids[begun] == pipeline_.prefix.front())
    log_warning("the text begins with {}, which was put before it already",
                quote(this->text(pipeline_.prefix.front())));
  return std::move(ids);
}

// What lies between two added tokens. `first`: nothing lies before it.
Status Tokenizer::encode_stretch(std::string_view text, bool first, Job& job) const {
  if (text.empty()) return {};
  if (pipeline_.normalizer.empty() && normalized_.empty()) return encode_words(text, first, job);
  Stretch stretch{std::move(job.memory.text), first};
  stretch.text.assign(text);
  for (const auto& step : pipeline_.normalizer) TRY_STATUS(step->apply(stretch, job.memory.split.search));
  text = stretch.text;
  for (size_t at = 0; at < text.size();) {
    auto match = normalized_.next(text, at, job.trusted_in_normalized);
    std::string_view plain = text.substr(at, (match ? match->stripped_begin : text.size()) - at);
    TRY_STATUS(encode_words(plain, stretch.first && at == 0, job));
    if (!match) break;
    job.out.ids.push_back(match->id);
    at = match->stripped_end;
  }
  job.memory.text = std::move(stretch.text);
  return {};
}

Status Tokenizer::encode_words(std::string_view text, bool first, Job& job) const {
  return pipeline_.pretokenizer.split(text, first, job.memory.split, [&](std::string_view word) {
    ModelMemory& memory = job.memory.model;
    Encoding& out = job.out;
    if (word.size() > WordCache::kMaxBytes) return pipeline_.model->encode(word, memory, out);
    auto place = memory.cache.find(word);
    if (!place.ids.empty()) {
      for (TokenId id : place.ids)
        out.ids.push_back(id);  // one, mostly, which insert() would move as a range
      return;
    }
    size_t ids_before = out.ids.size();
    uint64_t lost_before = out.lost_bytes;
    pipeline_.model->encode(word, memory, out);
    if (out.lost_bytes == lost_before) memory.cache.put(place, word, std::span(out.ids).subspan(ids_before));
  });
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
  if (begins(prefix())) ids = ids.subspan(prefix().size());
  if (ends(suffix())) ids = ids.first(ids.size() - suffix().size());

  std::string text;
  DecodeState state;
  for (TokenId id : ids) pieces_.append(id, state, text);
  return text;
}

bool Tokenizer::is_end(TokenId id) const {
  return std::binary_search(pipeline_.ends.begin(), pipeline_.ends.end(), id);
}

}  // namespace hearth
