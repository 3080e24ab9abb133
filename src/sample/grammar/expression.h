// What every grammar is read into: expressions over characters, with rules that may refer to one another. An
// expression is made of older ones, so that a loop over them by number sees the parts before the whole and nothing
// here is recursive, however deep a stranger nests. Equal expressions are one.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "sample/grammar/char_set.h"
#include "tokenizer/vocabulary.h"

namespace hearth::grammar {

using ExprId = uint32_t;
using RuleId = uint32_t;

inline constexpr uint32_t kUnbounded = std::numeric_limits<uint32_t>::max();

enum class ExprKind : uint8_t {
  nothing,  // matches no text at all
  empty,    // matches the empty text
  literal,  // bytes
  chars,    // one character of a set
  bytes,    // one byte of a range; for parts of characters
  begin,    // where a text begins; only in what is compiled as a whole (Dfa)
  end,      // where it ends
  token,    // one token, or any but one
  rule,
  sequence,
  choice,
  repeat,
  network,  // a graph whose edges are expressions
};

// A graph: matches the texts of every path from state 0 to state 1.
struct Network {
  struct Edge {
    uint32_t from;
    ExprId label;
    uint32_t to;
    bool operator==(const Edge&) const = default;
  };
  static constexpr uint32_t kBegin = 0, kEnd = 1;
  uint32_t states = 2;
  std::vector<Edge> edges;
  uint32_t add_state() { return states++; }
  void add(uint32_t from, ExprId label, uint32_t to) { edges.push_back({from, label, to}); }
};

class Expressions {
 public:
  Expressions();

  static constexpr ExprId kNothing = 0, kEmpty = 1;

  ExprId literal(std::string_view bytes);
  ExprId chars(const CharSet& set);
  ExprId bytes(uint8_t first, uint8_t last) { return make({ExprKind::bytes, first, last, 0}); }
  ExprId begin() { return make({ExprKind::begin, 0, 0, 0}); }
  ExprId end() { return make({ExprKind::end, 0, 0, 0}); }
  ExprId token(TokenId id, bool negated);
  ExprId rule(RuleId rule) { return make({ExprKind::rule, rule, 0, 0}); }
  ExprId sequence(std::span<const ExprId> parts);
  ExprId sequence(std::initializer_list<ExprId> parts) {
    return sequence(std::span(parts.begin(), parts.size()));
  }
  ExprId choice(std::span<const ExprId> parts);
  ExprId choice(std::initializer_list<ExprId> parts) {
    return choice(std::span(parts.begin(), parts.size()));
  }
  // `most` may be kUnbounded; least <= most.
  ExprId repeat(ExprId part, uint32_t least, uint32_t most);
  ExprId optional(ExprId part) { return repeat(part, 0, 1); }
  ExprId network(Network network);

  // A rule has a name for messages, and a body once one is given. One that stands `apart` is called wherever it is
  // needed, never copied: what many need is compiled once.
  RuleId add_rule(std::string name, bool apart = false);
  void define(RuleId rule, ExprId body) { rules_[rule].body = body; }
  size_t rule_count() const { return rules_.size(); }
  bool is_apart(RuleId rule) const { return rules_[rule].apart; }
  const std::string& rule_name(RuleId rule) const { return rules_[rule].name; }
  std::optional<ExprId> rule_body(RuleId rule) const { return rules_[rule].body; }

  struct Expr {
    ExprKind kind;
    // bytes: first, last; token: id, negated; rule: number; repeat: part, least, most; others: where in a table, and how many there.
    uint32_t a, b, c;
    bool operator==(const Expr&) const = default;
  };
  size_t size() const { return exprs_.size(); }
  const Expr& at(ExprId id) const { return exprs_[id]; }
  std::string_view literal_of(const Expr& expr) const {
    return std::string_view(bytes_).substr(expr.a, expr.b);
  }
  const CharSet& chars_of(const Expr& expr) const { return sets_[expr.a]; }
  std::span<const ExprId> parts_of(const Expr& expr) const {
    return std::span(parts_).subspan(expr.a, expr.b);
  }
  const Network& network_of(const Expr& expr) const { return networks_[expr.a]; }

  // What the tables take, about.
  size_t memory_bytes() const;

 private:
  ExprId make(const Expr& expr);
  ExprId make_of_parts(ExprKind kind, std::span<const ExprId> parts);
  template <class Same, class Store>
  ExprId intern(uint64_t hash, const Same& same, const Store& store);

  struct Rule {
    std::string name;
    std::optional<ExprId> body;
    bool apart;
  };
  std::vector<Expr> exprs_;
  std::vector<ExprId> parts_;
  std::string bytes_;
  std::vector<CharSet> sets_;
  std::vector<Network> networks_;
  std::vector<Rule> rules_;
  std::unordered_multimap<uint64_t, ExprId> known_;
};

}  // namespace hearth::grammar
