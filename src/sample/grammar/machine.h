// Automata over bytes without empty moves: deterministic where that is affordable, and then closed under
// intersection and complement.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "sample/grammar/nfa.h"

namespace hearth::grammar {

struct Machine {
  struct Edge {
    uint8_t first, last;
    uint32_t to;
  };
  // What is no byte: the call of a piece, a token, any other token.
  struct Symbol {
    Label label;
    uint32_t value;
    uint32_t to;
  };
  struct State {
    std::vector<Edge> edges;  // sorted; disjoint if deterministic
    std::vector<Symbol> symbols;
    bool accepting = false;
  };
  static constexpr uint32_t kStart = 0;
  // At least the start.
  std::vector<State> states;
  bool deterministic = true;

  bool matches_nothing() const;
};

// Nothing if the subsets are more than `most` (the budget may be spent then, too).
std::optional<Machine> determinize(const Nfa& nfa, size_t most, Budget& budget);
// The same language with a state for each of the automaton's.
std::optional<Machine> without_epsilon(const Nfa& nfa, Budget& budget);

// Leaves out what leads nowhere; states from which the end cannot be reached. The start stays.
void trim(Machine& machine);
// The same texts but the empty one.
void refuse_empty(Machine& machine);

// Of deterministic machines without symbols.
std::optional<Machine> intersection(const Machine& a, const Machine& b, Budget& budget);
// Every text of bytes that the other does not match, UTF-8 or not.
Machine complement(const Machine& machine);
bool matches(const Machine& machine, std::string_view text);
// States with the same future become one, where that is cheap to find.
void minimize(Machine& machine);

}  // namespace hearth::grammar
