#include "engine/constraint.h"

#include <algorithm>

#include "chat/format/lexemes.h"

namespace hearth {

Constraints::Constraints(std::shared_ptr<const Tokenizer> tokenizer, ChatFormat format)
    : tokenizer_(std::move(tokenizer)),
      format_(std::move(format)),
      grammars_({.find_token = [known = tokenizer_](std::string_view text) { return known->find(text); }}) {}

const std::shared_ptr<const VocabularyTrie>& Constraints::trie(bool of_turn) {
  std::lock_guard lock(mutex_);
  auto& trie = of_turn ? turn_trie_ : text_trie_;
  if (!trie && of_turn) {
    auto spells = [this](std::string_view token) { return format_.spells(token); };
    trie = VocabularyTrie::make(*tokenizer_, spells, format_.turn_ends);
  } else if (!trie) {
    trie = VocabularyTrie::make(*tokenizer_);
  }
  return trie;
}

Result<Constraint> Constraints::of_text(const GrammarText& text) {
  TRY(auto grammar, grammars_.get(text.kind, text.text));
  return Constraint{std::move(grammar), trie(false), {}, false};
}

namespace {

GrammarText schema_text(const ChatJson& schema) {
  return {GrammarKind::json_schema, schema.dump(-1, ' ', false, ChatJson::error_handler_t::replace)};
}

// Values of the same type.
ChatJson loose(const ChatJson& schema) {
  if (!schema.is_object()) return true;
  if (auto type = schema.find("type"); type != schema.end()) return {{"type", *type}};
  return schema.contains("properties") ? ChatJson{{"type", "object"}} : ChatJson(true);
}

}  // namespace

Result<std::shared_ptr<const Grammar>> Constraints::compile(const TurnGrammar& turn,
                                                            const std::optional<GrammarText>& content,
                                                            bool strict) {
  auto compiled = [&](bool all_loose) {
    GrammarSource source{turn.gbnf};
    for (const auto& [rule, schema] : turn.schemas) {
      GrammarPart part{rule, schema_text(schema)};
      if (!strict) part.otherwise = schema_text(loose(schema));
      if (all_loose) part.text = *part.otherwise;
      source.parts.push_back(std::move(part));
    }
    if (content) source.parts.push_back({std::string(kContentRule), *content});
    return grammars_.get(source);
  };
  auto grammar = compiled(false);
  // Each alone can be enforced, or is loose already: it is all together that are too large.
  if (!grammar.ok() && !strict && !turn.schemas.empty()) return compiled(true);
  return grammar;
}

Result<Constraint> Constraints::of_turn(const TurnGrammar& turn, const std::optional<GrammarText>& content,
                                        bool strict) {
  auto grammar = compile(turn, content, strict);
  if (!grammar.ok()) {
    Error error = std::move(grammar).error();
    if (std::string part = fmt::format("{}: ", kContentRule); error.message.starts_with(part))
      error.message.erase(0, part.size());
    return error;
  }
  return Constraint{*std::move(grammar), trie(true), turn.triggers, turn.triggers_only_first};
}

Guide::Guide(Constraint constraint) : constraint_(std::move(constraint)) {
  if (constraint_.triggers.empty()) matcher_.emplace(constraint_.grammar, constraint_.trie);
}

Result<TokenId> Guide::choose(Sampler& sampler, std::span<const float> logits, bool in_reasoning) {
  mask_.assign((logits.size() + 63) / 64, 0);  // a model may have outputs that are no tokens
  bool masked = matcher_.has_value();
  if (masked) TRY_STATUS(matcher_->mask(std::span(mask_).first(matcher_->mask_words())));
  while (true) {
    TokenId token = sampler.sample(logits, masked ? TokenMask(mask_) : TokenMask());
    if (accept(token, in_reasoning)) {
      sampler.accept(token);
      return token;
    }
    // It would begin a call and go wrong at once: any other.
    if (!std::exchange(masked, true)) std::fill(mask_.begin(), mask_.end(), ~uint64_t{0});
    mask_[static_cast<size_t>(token) / 64] &= ~(uint64_t{1} << (static_cast<size_t>(token) % 64));
  }
}

size_t Guide::find_trigger(const std::string& text) const {
  size_t first = std::string::npos;
  for (const std::string& trigger : constraint_.triggers) {
    if (!trigger.empty()) first = std::min(first, text.find(trigger));
  }
  return first;
}

// Until the grammar holds, everything is accepted but a token that completes a trigger and goes on against the grammar.
bool Guide::accept(TokenId token, bool in_reasoning) {
  if (matcher_) return matcher_->accept(token);
  if (in_reasoning) {
    before_.clear();
    may_trigger_ = true;
    return true;
  }
  if (!may_trigger_) return true;
  const VocabularyTrie& trie = *constraint_.trie;
  std::string text = before_;
  if (trie.contains(token)) text += trie.bytes(token);
  if (size_t at = find_trigger(text); at != std::string::npos) {
    bool counts = !constraint_.triggers_only_first || blank(std::string_view(text).substr(0, at));
    if (counts) {
      std::string_view begun = std::string_view(text).substr(at);
      Matcher matcher(constraint_.grammar, constraint_.trie);
      if (matcher.accept_bytes(begun) != begun.size()) return false;
      matcher_.emplace(std::move(matcher));
      return true;
    }
  }
  size_t longest = 0;
  for (const std::string& trigger : constraint_.triggers) longest = std::max(longest, trigger.size());
  if (constraint_.triggers_only_first) {
    // All of the text so far has to be the beginning of one, but for white space.
    std::string_view begun = trim_left(text);
    may_trigger_ = std::any_of(constraint_.triggers.begin(), constraint_.triggers.end(),
                               [&](const std::string& trigger) { return trigger.starts_with(begun); });
    before_ = std::string(begun);
  } else {
    before_ = text.substr(text.size() - std::min(text.size(), longest - std::min<size_t>(longest, 1)));
  }
  return true;
}

}  // namespace hearth
