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
                     Expressions& expressions, grammar::JsonSchemas& schemas) {
  switch (kind) {
    case GrammarKind::gbnf: return grammar::parse_gbnf(text, options.find_token, expressions);
    case GrammarKind::json_schema: return schemas.add(text);
    case GrammarKind::choices: return parse_choices(text, expressions);
    case GrammarKind::regex: break;
  }
  TRY(auto body, grammar::parse_whole_regex(text, expressions));
  RuleId root = expressions.add_rule("root");
  expressions.define(root, body);
  return root;
}

Status check_size(size_t bytes, const GrammarOptions& options) {
  if (bytes <= options.most_bytes) return {};
  return fail("the grammar has {} bytes, at most {} are allowed", bytes, options.most_bytes);
}

}  // namespace

Result<std::shared_ptr<const Grammar>> Grammar::compile(const GrammarSource& source,
                                                        const GrammarOptions& options) {
  size_t bytes = source.gbnf.size();
  for (const GrammarPart& part : source.parts) bytes += part.text.text.size();
  TRY_STATUS(check_size(bytes, options));
  Expressions expressions;
  Budget budget;
  grammar::JsonSchemas schemas(expressions, budget);
  std::unordered_map<std::string, RuleId> given;
  std::map<std::pair<GrammarKind, std::string_view>, RuleId> known;  // what many parts say is built once
  auto rule_of = [&](const GrammarText& text) -> Result<RuleId> {
    auto at = known.find({text.kind, text.text});
    if (at != known.end()) return at->second;
    TRY(RuleId rule, parse(text.kind, text.text, options, expressions, schemas));
    known.emplace(std::pair(text.kind, std::string_view(text.text)), rule);
    return rule;
  };
  for (const GrammarPart& part : source.parts) {
    auto rule = rule_of(part.text);
    if (!rule.ok() && part.otherwise && !budget.spent()) rule = rule_of(*part.otherwise);
    if (!rule.ok()) return within(part.name, std::move(rule).error());
    given.emplace(part.name, *rule);
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
  grammar::JsonSchemas schemas(expressions, budget);
  TRY(RuleId root, parse(kind, text, options, expressions, schemas));
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
  auto add = [&](const GrammarText& text) {
    key += fmt::format(" {} {} {}", static_cast<int>(text.kind), text.text.size(), text.text);
  };
  for (const GrammarPart& part : source.parts) {
    key += " " + part.name;
    add(part.text);
    if (part.otherwise) add(*part.otherwise);
  }
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
