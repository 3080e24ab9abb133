#include "sample/grammar/nfa.h"

#include <algorithm>

namespace hearth::grammar {

namespace {

class NfaBuilder {
 public:
  NfaBuilder(const Expressions& expressions, const Refer& refer, Budget& budget)
      : expressions_(expressions), refer_(refer), budget_(budget) {}

  Result<Nfa> build(ExprId whole) {
    todo_.push_back({whole, Nfa::kStart, Nfa::kFinal});
    while (!todo_.empty()) {
      Todo next = todo_.back();
      todo_.pop_back();
      if (!budget_.take(1)) return budget_.error();
      build(next);
    }
    return finish();
  }

 private:
  struct Todo {
    ExprId expr;
    uint32_t from, to;
  };

  uint32_t add_state() {
    budget_.take(1);
    return states_++;
  }
  void add(uint32_t from, uint32_t to, Label label, uint32_t value = 0) {
    budget_.take(3);  // they take the most memory of all
    from_.push_back(from);
    edges_.push_back({to, label, 0, 0, value});
  }
  void add_bytes(uint32_t from, uint32_t to, uint8_t first, uint8_t last) {
    add(from, to, Label::bytes);
    edges_.back().first = first;
    edges_.back().last = last;
  }

  void build(const Todo& todo) {
    auto [id, from, to] = todo;
    const Expressions::Expr& expr = expressions_.at(id);
    switch (expr.kind) {
      case ExprKind::nothing: break;
      case ExprKind::empty: add(from, to, Label::epsilon); break;
      case ExprKind::literal: literal(expressions_.literal_of(expr), from, to); break;
      case ExprKind::chars: chars(expressions_.chars_of(expr), from, to); break;
      case ExprKind::bytes:
        add_bytes(from, to, static_cast<uint8_t>(expr.a), static_cast<uint8_t>(expr.b));
        break;
      case ExprKind::begin: has_anchors_ = true, add(from, to, Label::begin); break;
      case ExprKind::end: has_anchors_ = true, add(from, to, Label::end); break;
      case ExprKind::token: add(from, to, expr.b ? Label::not_token : Label::token, expr.a); break;
      case ExprKind::choice:
        for (ExprId part : expressions_.parts_of(expr)) todo_.push_back({part, from, to});
        break;
      case ExprKind::sequence: {
        auto parts = expressions_.parts_of(expr);
        uint32_t at = from;
        for (size_t i = 0; i < parts.size(); ++i) {
          uint32_t next = i + 1 < parts.size() ? add_state() : to;
          todo_.push_back({parts[i], at, next});
          at = next;
        }
        break;
      }
      case ExprKind::network: network(expressions_.network_of(expr), from, to); break;
      case ExprKind::rule:
      case ExprKind::repeat: refer(id, expr, from, to); break;
    }
  }

  void refer(ExprId id, const Expressions::Expr& expr, uint32_t from, uint32_t to) {
    Reference reference = refer_ ? refer_(id, to == Nfa::kFinal) : Reference{};
    if (reference.maybe_empty) add(from, to, Label::epsilon);
    switch (reference.how) {
      case Reference::How::drop: break;
      case Reference::How::restart: add(from, Nfa::kStart, Label::epsilon); break;
      case Reference::How::call: add(from, to, Label::call, reference.piece); break;
      case Reference::How::expand:
        if (expr.kind == ExprKind::repeat) {
          copies(expr, from, to);
        } else if (auto body = expressions_.rule_body(expr.a)) {
          todo_.push_back({*body, from, to});
        }
    }
  }

  void literal(std::string_view bytes, uint32_t from, uint32_t to) {
    for (size_t i = 0; i < bytes.size(); ++i) {
      uint32_t next = i + 1 < bytes.size() ? add_state() : to;
      uint8_t byte = static_cast<uint8_t>(bytes[i]);
      add_bytes(from, next, byte, byte);
      from = next;
    }
  }

  void chars(const CharSet& set, uint32_t from, uint32_t to) {
    // From where so many bytes of any continuation lead to the end: most characters share these.
    uint32_t tails[4] = {to, 0, 0, 0};
    for (const ByteRanges& bytes : utf8_ranges(set)) {
      budget_.take(4);
      int any = 0;
      while (any < bytes.size - 1 && bytes.range[bytes.size - 1 - any].first == 0x80 &&
             bytes.range[bytes.size - 1 - any].last == 0xBF)
        ++any;
      for (int i = 1; i <= any; ++i) {
        if (tails[i] != 0) continue;
        tails[i] = add_state();
        add_bytes(tails[i], tails[i - 1], 0x80, 0xBF);
      }
      uint32_t at = from;
      for (int i = 0; i < bytes.size - any; ++i) {
        uint32_t next = i + 1 < bytes.size - any ? add_state() : tails[any];
        add_bytes(at, next, bytes.range[i].first, bytes.range[i].last);
        at = next;
      }
    }
  }

  // Loops get states of their own, so that nobody else's edges are on them.
  void copies(const Expressions::Expr& expr, uint32_t from, uint32_t to) {
    uint32_t at = from;
    bool endless = expr.c == kUnbounded;
    uint32_t count = endless ? std::max(expr.b, 1u) : expr.c;
    for (uint32_t i = 0; i < count; ++i) {
      if (budget_.spent()) return;
      if (endless && i + 1 == count) {
        uint32_t loop = add_state();
        add(at, loop, Label::epsilon);
        at = loop;
      }
      if (i >= expr.b) add(at, to, Label::epsilon);
      uint32_t next = add_state();
      todo_.push_back({expr.a, at, next});
      if (endless && i + 1 == count) add(next, at, Label::epsilon);
      at = next;
    }
    add(at, to, Label::epsilon);
  }

  void network(const Network& network, uint32_t from, uint32_t to) {
    uint32_t first = states_;
    for (uint32_t i = 0; i < network.states; ++i) add_state();
    add(from, first + Network::kBegin, Label::epsilon);
    add(first + Network::kEnd, to, Label::epsilon);
    for (const auto& edge : network.edges) todo_.push_back({edge.label, first + edge.from, first + edge.to});
  }

  // Edges by the state they leave.
  Result<Nfa> finish() {
    if (budget_.spent()) return budget_.error();
    Nfa nfa;
    nfa.has_anchors = has_anchors_;
    nfa.begin.assign(states_ + 1, 0);
    for (uint32_t from : from_) ++nfa.begin[from + 1];
    for (size_t i = 1; i < nfa.begin.size(); ++i) nfa.begin[i] += nfa.begin[i - 1];
    nfa.edges.resize(edges_.size());
    std::vector<uint32_t> next(nfa.begin.begin(), nfa.begin.end() - 1);
    for (size_t i = 0; i < edges_.size(); ++i) nfa.edges[next[from_[i]]++] = edges_[i];
    return nfa;
  }

  const Expressions& expressions_;
  const Refer& refer_;
  Budget& budget_;
  std::vector<Todo> todo_;
  uint32_t states_ = 2;
  std::vector<uint32_t> from_;
  std::vector<Nfa::Edge> edges_;
  bool has_anchors_ = false;
};

}  // namespace

Result<Nfa> build_nfa(const Expressions& expressions, ExprId whole, const Refer& refer, Budget& budget) {
  return NfaBuilder(expressions, refer, budget).build(whole);
}

}  // namespace hearth::grammar
