// What the fuzzers of the notations share: whatever is given is compiled or refused, and where it is compiled a
// random walk checks the masks against what is accepted.
#pragma once

#include <cstdlib>
#include <string_view>

#include "sample/grammar/grammar.h"
#include "sample/grammar/matcher.h"

namespace hearth {

inline void require(bool condition) {
  if (!condition) std::abort();
}

inline int fuzz_grammar(GrammarKind kind, const uint8_t* data, size_t size) {
  static const auto trie = [] {
    static std::vector<std::string> texts = {"ab", "\",",  "\": ",     "{\"",         "]]",
                                             "12", "aaaa", "\xe2\x82", "\u20ac\u20ac"};
    for (int byte = 0; byte < 256; ++byte) texts.push_back(std::string(1, static_cast<char>(byte)));
    std::vector<TokenText> tokens = {{"", true, false}, {"<c>", false, true}};
    for (const auto& text : texts) tokens.push_back({text, false, false});
    return VocabularyTrie::make(tokens);
  }();
  if (size < 4) return 0;
  uint32_t choice = static_cast<uint32_t>(data[0] | data[1] << 8 | data[2] << 16);
  GrammarOptions options;
  options.find_token = [](std::string_view text) {
    return text == "<c>" ? std::optional<TokenId>(1) : std::nullopt;
  };
  auto grammar = Grammar::compile(kind, {reinterpret_cast<const char*>(data) + 3, size - 3}, options);
  if (!grammar.ok()) {
    require(!grammar.error().message.empty() && grammar.error().message.find('\n') == std::string::npos);
    return 0;
  }
  Matcher matcher(*grammar, trie);
  std::vector<uint64_t> words(matcher.mask_words());
  for (int step = 0; step < 8 && !matcher.is_finished(); ++step) {
    if (!matcher.mask(words).ok()) return 0;
    std::vector<TokenId> right;
    for (TokenId id = 0; trie->contains(id); ++id) {
      bool allowed = words[static_cast<size_t>(id) / 64] >> (id % 64) & 1;
      bool accepted = matcher.accept(id);
      require(accepted == allowed);
      if (accepted) matcher.rollback(1);
      if (accepted) right.push_back(id);
    }
    std::string forced = matcher.forced(64);
    size_t steps = matcher.steps();
    require(matcher.accept_bytes(forced) == forced.size());
    matcher.rollback(matcher.steps() - steps);
    choice = choice * 1664525 + 1013904223;
    require(matcher.accept(right[(choice >> 8) % right.size()]));
  }
  return 0;
}

}  // namespace hearth
