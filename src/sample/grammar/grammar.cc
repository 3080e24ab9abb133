#include "sample/grammar/grammar.h"

#include <map>

#include "sample/grammar/gbnf.h"
#include "sample/grammar/json_schema.h"
#include "sample/grammar/json_text.h"
#include "sample/grammar/regex.h"

namespace hearth {

using grammar::Budget;
using grammar::Expressions;
using grammar::RuleId;

namespace {

Result<RuleId> parse_choices(std::string_view text, Expressions& expressions) {
  TRY(auto document, grammar::JsonText::parse(text));
  auto expected = [] { return fail("expected a JSON array of at least one string"); };
  if (document.root().kind != grammar::JsonKind::array || document.root().size == 0) return expected();
  std::vector<grammar::ExprId> choices;
  for (uint32_t item : document.children(0)) {
    if (document.at(item).kind != grammar::JsonKind::string) return expected();
    choices.push_back(expressions.literal(document.at(item).text));
  }
  RuleId root = expressions.add_rule("root");
  expressions.define(root, expressions.choice(choices));
  return root;
}

Result<RuleId> parse(GrammarKind kind, std::string_view text, const GrammarOptions& options,
                     Expressions& expressions, Budget& budget) {
  switch (kind) {
    case GrammarKind::gbnf: return grammar::parse_gbnf(text, options.find_token, expressions);
    case GrammarKind::json_schema: return grammar::parse_json_schema(text, expressions, budget);
    case GrammarKind::choices: return parse_choices(text, expressions);
    case GrammarKind::regex: break;
  }
  TRY(auto body, grammar::parse_whole_regex(text, expressions));
  RuleId root = expressions.add_rule("root");
  expressions.define(root, body);
  return root;
}

}  // namespace

namespace {

Status check_size(size_t bytes, const GrammarOptions& options) {
  if (bytes <= options.most_bytes) return {};
  return fail("the grammar has {} bytes, at most {} are allowed", bytes, options.most_bytes);
}

}  // namespace

Result<std::shared_ptr<const Grammar>> Grammar::compile(const GrammarSource& source,
                                                        const GrammarOptions& options) {
  size_t bytes = source.gbnf.size();
  for (const auto& [name, part] : source.parts) bytes += part.text.size();
  TRY_STATUS(check_size(bytes, options));
  Expressions expressions;
  Budget budget;
  std::unordered_map<std::string, RuleId> given;
  std::map<std::pair<GrammarKind, std::string_view>, RuleId> known;  // what many parts say is built once
  for (const auto& [name, part] : source.parts) {
    auto at = known.find({part.kind, part.text});
    if (at == known.end()) {
      auto rule = parse(part.kind, part.text, options, expressions, budget);
      if (!rule.ok()) return within(name, std::move(rule).error());
      at = known.emplace(std::pair(part.kind, std::string_view(part.text)), *rule).first;
    }
    given.emplace(name, at->second);
  }
  TRY(RuleId root, grammar::parse_gbnf(source.gbnf, options.find_token, expressions, given));
  TRY(auto automaton, grammar::Automaton::compile(expressions, root, budget));
  return std::shared_ptr<const Grammar>(std::make_shared<Grammar>(std::move(automaton)));
}

Result<std::shared_ptr<const Grammar>> Grammar::compile(GrammarKind kind, std::string_view text,
                                                        const GrammarOptions& options) {
  TRY_STATUS(check_size(text.size(), options));
  Expressions expressions;
  Budget budget;
  TRY(RuleId root, parse(kind, text, options, expressions, budget));
  TRY(auto automaton, grammar::Automaton::compile(expressions, root, budget));
  return std::shared_ptr<const Grammar>(std::make_shared<Grammar>(std::move(automaton)));
}

std::shared_ptr<grammar::TokenMasks> Grammar::masks(const std::shared_ptr<const VocabularyTrie>& trie) const {
  std::lock_guard lock(mutex_);
  for (const auto& masks : masks_) {
    if (&masks->trie() == trie.get()) return masks;
  }
  masks_.push_back(std::make_shared<grammar::TokenMasks>(automaton_, trie));
  return masks_.back();
}

size_t Grammar::memory_bytes() const {
  std::lock_guard lock(mutex_);
  size_t bytes = sizeof(Grammar) + automaton_.memory_bytes();
  for (const auto& masks : masks_) bytes += masks->memory_bytes();
  return bytes;
}

Result<std::shared_ptr<const Grammar>> GrammarCache::get(GrammarKind kind, const std::string& text) {
  return get(std::to_string(static_cast<int>(kind)) + text,
             [&] { return Grammar::compile(kind, text, options_); });
}

Result<std::shared_ptr<const Grammar>> GrammarCache::get(const GrammarSource& source) {
  // The sizes keep apart what ends in one text from what begins in the next.
  std::string key = fmt::format("parts{} {}", source.gbnf.size(), source.gbnf);
  for (const auto& [name, part] : source.parts)
    key += fmt::format("{} {} {} {}", name, static_cast<int>(part.kind), part.text.size(), part.text);
  return get(std::move(key), [&] { return Grammar::compile(source, options_); });
}

Result<std::shared_ptr<const Grammar>> GrammarCache::get(std::string key, const Compile& compile) {
  {
    std::lock_guard lock(mutex_);
    if (auto known = by_key_.find(key); known != by_key_.end()) {
      entries_.splice(entries_.begin(), entries_, known->second);
      return entries_.front().grammar;
    }
  }
  // Not under the lock: one that takes long must not hold up the others.
  TRY(auto grammar, compile());
  std::lock_guard lock(mutex_);
  if (auto known = by_key_.find(key); known != by_key_.end()) return known->second->grammar;
  entries_.push_front({std::move(key), grammar});
  by_key_.emplace(entries_.front().key, entries_.begin());
  evict();
  return grammar;
}

// What is known of tokens grows after a grammar came in, so all are counted again.
void GrammarCache::evict() {
  size_t bytes = 0, kept = 0;
  for (auto at = entries_.begin(); at != entries_.end();) {
    bytes += at->key.size() + at->grammar->memory_bytes();
    bool keep = kept == 0 || (kept < most_grammars_ && bytes <= most_bytes_);
    if (keep) {
      ++kept;
      ++at;
    } else {
      by_key_.erase(at->key);
      at = entries_.erase(at);
    }
  }
}

size_t GrammarCache::size() const {
  std::lock_guard lock(mutex_);
  return entries_.size();
}

}  // namespace hearth
