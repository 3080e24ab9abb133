// A grammar made ready to run: pieces, each an automaton over bytes some of whose edges call another piece. A piece
// consumes at least one byte or token, so that nothing is called and done without progress: rules that refer to
// themselves first, or to themselves alone, need no special care.
#pragma once

#include <array>
#include <bitset>
#include <span>
#include <vector>

#include "sample/grammar/budget.h"
#include "sample/grammar/expression.h"
#include "sample/grammar/machine.h"

namespace hearth::grammar {

using StateId = uint32_t;
using PieceId = uint32_t;
using ByteSet = std::bitset<256>;

inline constexpr StateId kNoState = ~uint32_t{0};

class Automaton {
 public:
  // Where the grammar begins is piece 0. Errors name rules.
  static Result<Automaton> compile(const Expressions& expressions, RuleId root, Budget& budget);

  // What is matched between `least` and `most` times in a row; all but counted repetitions: once.
  struct Piece {
    StateId start;
    uint32_t least, most;
    ByteSet follow;  // the bytes that may come after it, wherever it is called
    bool counts() const { return most != 1; }
    // How often it has been matched after once more; beyond `least` it does not matter if there is no end.
    uint32_t next_count(uint32_t count) const {
      return most == kUnbounded && count >= least ? count : count + 1;
    }
  };
  struct State {
    PieceId piece;
    uint32_t edges_begin, edges_end;
    uint32_t symbols_begin, symbols_end;
    uint32_t row;  // of the table by byte, or kNoState
    bool accepting;
    bool deterministic;
    bool calls, tokens;
    // Nothing happens on reaching it but waiting for a byte.
    bool is_plain() const { return !accepting && !calls; }
    bool waits() const { return edges_begin != edges_end || tokens; }
    // Its piece is done and cannot go on.
    bool is_last() const { return accepting && edges_begin == edges_end && symbols_begin == symbols_end; }
  };

  size_t states() const { return states_.size(); }
  const State& state(StateId id) const { return states_[id]; }
  std::span<const Machine::Edge> edges(const State& state) const {
    return std::span(edges_).subspan(state.edges_begin, state.edges_end - state.edges_begin);
  }
  std::span<const Machine::Symbol> symbols(const State& state) const {
    return std::span(symbols_).subspan(state.symbols_begin, state.symbols_end - state.symbols_begin);
  }
  // Of a deterministic state.
  StateId next(const State& state, uint8_t byte) const {
    if (state.row != kNoState) return rows_[state.row][byte];
    for (const auto& edge : edges(state)) {
      if (byte < edge.first) return kNoState;
      if (byte <= edge.last) return edge.to;
    }
    return kNoState;
  }
  size_t pieces() const { return pieces_.size(); }
  const Piece& piece(PieceId id) const { return pieces_[id]; }

  bool matches_empty() const { return matches_empty_; }
  size_t memory_bytes() const;

 private:
  friend class Compiler;
  std::vector<State> states_;
  std::vector<Machine::Edge> edges_;
  std::vector<Machine::Symbol> symbols_;
  std::vector<std::array<StateId, 256>> rows_;
  std::vector<Piece> pieces_;
  bool matches_empty_ = false;
};

}  // namespace hearth::grammar
