// Expressions as nondeterministic automata over bytes (Thompson's construction).
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "sample/grammar/budget.h"
#include "sample/grammar/expression.h"

namespace hearth::grammar {

enum class Label : uint8_t { epsilon, bytes, call, token, not_token, begin, end };

struct Nfa {
  struct Edge {
    uint32_t to;
    Label label;
    uint8_t first, last;  // bytes
    uint32_t value;       // of a call or a token
  };
  static constexpr uint32_t kStart = 0, kFinal = 1;

  std::vector<Edge> edges;      // by the state they leave
  std::vector<uint32_t> begin;  // where a state's edges begin; one more than there are states
  bool has_anchors = false;

  size_t states() const { return begin.size() - 1; }
  std::span<const Edge> from(uint32_t state) const {
    return std::span(edges).subspan(begin[state], begin[state + 1] - begin[state]);
  }
};

// How a reference to a rule, or a repetition, is to appear.
struct Reference {
  enum class How : uint8_t {
    expand,   // a rule by its body, a repetition by copies
    call,     // as one edge that names a piece of its own
    restart,  // by going back to the start: a rule that ends in itself
    drop,     // not at all: nothing can match it
  };
  How how = How::expand;
  uint32_t piece = 0;
  bool maybe_empty = false;
};
// `is_last`: nothing follows in what is being built.
using Refer = std::function<Reference(ExprId expr, bool is_last)>;

Result<Nfa> build_nfa(const Expressions& expressions, ExprId whole, const Refer& refer, Budget& budget);

}  // namespace hearth::grammar
