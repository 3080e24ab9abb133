// Holds what is generated to a grammar: from the first token on, or from where the text says that it begins.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "chat/format/call_grammar.h"
#include "sample/grammar/matcher.h"
#include "sample/sampler.h"
#include "tokenizer/tokenizer.h"

namespace hearth {

// Copies share what is compiled.
struct Constraint {
  std::shared_ptr<const Grammar> grammar;
  std::shared_ptr<const VocabularyTrie> trie;
  std::vector<std::string> triggers;  // as in TurnGrammar
  bool triggers_only_first = false;
};

// Makes the constraints of one model; those that were asked for last are kept. Any thread may ask at any time.
class Constraints {
 public:
  // Without a tokenizer it is not to be asked.
  Constraints(std::shared_ptr<const Tokenizer> tokenizer, ChatFormat format);

  // Of all text. What errors say is of the grammar.
  Result<Constraint> of_text(const GrammarText& text);
  // Of a turn of a chat. A schema that cannot be enforced is an error if `strict`; otherwise, values of its type are
  // taken, whatever else it asks for. `content`: what kContentRule says.
  Result<Constraint> of_turn(const TurnGrammar& turn, const std::optional<GrammarText>& content, bool strict);

 private:
  Result<std::shared_ptr<const Grammar>> compile(const TurnGrammar& turn,
                                                 const std::optional<GrammarText>& content, bool strict);
  const std::shared_ptr<const VocabularyTrie>& trie(bool of_turn);

  const std::shared_ptr<const Tokenizer> tokenizer_;
  const ChatFormat format_;
  GrammarCache grammars_;
  std::mutex mutex_;  // of the tries, which take a while and which many models never need
  std::shared_ptr<const VocabularyTrie> text_trie_, turn_trie_;
};

// Of one sequence.
class Guide {
 public:
  explicit Guide(Constraint constraint);

  // Chooses among what may come. `in_reasoning`: triggers do not count here.
  Result<TokenId> choose(Sampler& sampler, std::span<const float> logits, bool in_reasoning);
  // The text is whole, and an end was chosen.
  bool finished() const { return matcher_ && matcher_->is_finished(); }

 private:
  bool accept(TokenId token, bool in_reasoning);
  size_t find_trigger(const std::string& text) const;

  Constraint constraint_;
  std::optional<Matcher> matcher_;  // once the grammar holds
  std::string before_;              // the end of the text that may become a trigger
  bool may_trigger_ = true;
  std::vector<uint64_t> mask_;
};

}  // namespace hearth
