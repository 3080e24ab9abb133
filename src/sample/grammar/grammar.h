// A language that a model's output is held to, read from text and compiled.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/result.h"
#include "sample/grammar/automaton.h"
#include "sample/grammar/token_masks.h"
#include "sample/grammar/vocabulary_trie.h"

namespace hearth {

// How a grammar may be written, a row each.
#define HEARTH_GRAMMAR_KINDS(X)                                \
  X(gbnf, "a grammar in llama.cpp's notation")                 \
  X(json_schema, "JSON that a schema (2020-12) describes")     \
  X(regex, "a regular expression that the whole text matches") \
  X(choices, "a JSON array of strings: one of them")

enum class GrammarKind : uint8_t {
#define X(name, what) name,
  HEARTH_GRAMMAR_KINDS(X)
#undef X
};

struct GrammarText {
  GrammarKind kind = GrammarKind::gbnf;
  std::string text{};
};

// A rule that is written in another way, under the name that GBNF calls it by. `otherwise`: what it is if that way
// says what cannot be enforced; without it, this is an error.
struct GrammarPart {
  std::string name;
  GrammarText text;
  std::optional<GrammarText> otherwise{};
};

struct GrammarSource {
  std::string gbnf;
  std::vector<GrammarPart> parts{};
};

struct GrammarOptions {
  // The token with this text, for grammars that name tokens; without it, naming one is an error.
  std::function<std::optional<TokenId>(std::string_view text)> find_token;
  size_t most_bytes = size_t{1} << 20;  // of text, with all its parts
};

// Any thread may use one at any time.
class Grammar {
 public:
  // Within 250 ms and 64 MB, or an error that says where the text is wrong or what is too large.
  static Result<std::shared_ptr<const Grammar>> compile(GrammarKind kind, std::string_view text,
                                                        const GrammarOptions& options = {});
  // An error in a part begins with its name.
  static Result<std::shared_ptr<const Grammar>> compile(const GrammarSource& source,
                                                        const GrammarOptions& options = {});

  const grammar::Automaton& automaton() const { return automaton_; }
  // What is known of a vocabulary's tokens under this grammar; shared by all who ask.
  std::shared_ptr<grammar::TokenMasks> masks(const std::shared_ptr<const VocabularyTrie>& trie) const;
  size_t memory_bytes() const;

  explicit Grammar(grammar::Automaton automaton) : automaton_(std::move(automaton)) {}

 private:
  grammar::Automaton automaton_;
  mutable std::mutex mutex_;
  mutable std::vector<std::shared_ptr<grammar::TokenMasks>> masks_;
};

// The grammars that were asked for last, for one vocabulary. Any thread may use one at any time.
class GrammarCache {
 public:
  explicit GrammarCache(GrammarOptions options, size_t most_grammars = 64,
                        size_t most_bytes = size_t{256} << 20)
      : options_(std::move(options)), most_grammars_(most_grammars), most_bytes_(most_bytes) {}

  Result<std::shared_ptr<const Grammar>> get(GrammarKind kind, const std::string& text);
  Result<std::shared_ptr<const Grammar>> get(const GrammarSource& source);
  size_t size() const;

 private:
  struct Entry {
    std::string key;
    std::shared_ptr<const Grammar> grammar;
  };
  using Compile = std::function<Result<std::shared_ptr<const Grammar>>()>;
  Result<std::shared_ptr<const Grammar>> get(std::string key, const Compile& compile);
  void evict();

  GrammarOptions options_;
  size_t most_grammars_, most_bytes_;
  mutable std::mutex mutex_;
  std::list<Entry> entries_;  // the latest first
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_key_;
};

}  // namespace hearth
