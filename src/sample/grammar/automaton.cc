#include "sample/grammar/automaton.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "base/text.h"

namespace hearth::grammar {

namespace {

// A rule smaller than this is copied to where it is called, and a repetition is written out: fewer calls are
// fewer places to be in.
constexpr uint32_t kSmall = 48;
constexpr uint32_t kSmallRepetition = 160;
// States with more edges than this get a table by byte, while there is room for tables.
constexpr size_t kManyEdges = 4;
constexpr size_t kMostRows = 8192;  // 1 KiB each
// Passes over all calls to find what follows a piece. Deeper chains of calls are taken to be followed by anything,
// which costs time later and is never wrong.
constexpr int kFollowPasses = 32;

}  // namespace

class Compiler {
 public:
  Compiler(const Expressions& expressions, RuleId root, Budget& budget)
      : expressions_(expressions), root_(root), budget_(budget) {}

  Result<Automaton> compile() {
    TRY_STATUS(find_order());
    TRY_STATUS(find_properties());
    find_sizes();
    const ExprId root_body = *expressions_.rule_body(root_);
    if (!productive_[root_body]) return fail("rule {} matches no text", quote(expressions_.rule_name(root_)));
    automaton_.matches_empty_ = nullable_[root_body];
    piece_of({.rule = root_, .body = root_body, .least = 1, .most = 1});
    for (size_t i = 0; i < wanted_.size(); ++i) TRY_STATUS(compile_piece(i));
    add_rows();
    find_follow();
    return std::move(automaton_);
  }

 private:
  struct Wanted {
    RuleId rule = kUnbounded;  // if it is one
    ExprId body;
    uint32_t least, most;
  };

  bool has_body(RuleId rule) const { return expressions_.rule_body(rule).has_value(); }

  template <class Flags>
  bool flag_of_rule(const Flags& flags, RuleId rule) const {
    auto body = expressions_.rule_body(rule);
    return body && flags[*body];
  }

  // All that the root needs: parts before wholes, and rules before those that call them, but for one call of each
  // cycle; the rule that it calls is recursive. Depth first, without recursion.
  Status find_order() {
    struct Open {
      RuleId rule;
      std::vector<ExprId> exprs;   // all that its body is made of, calls of rules included
      std::vector<RuleId> called;  // and these, those yet to be looked at
    };
    enum State : uint8_t { unseen, open, done };
    std::vector<uint8_t> state(expressions_.rule_count(), unseen);
    std::vector<RuleId> seen(expressions_.size(), kUnbounded);  // by which rule last
    std::vector<bool> is_ordered(expressions_.size(), false);
    std::vector<Open> stack;
    auto enter = [&](RuleId rule) -> Status {
      state[rule] = open;
      stack.push_back({rule, {}, {}});
      auto& exprs = stack.back().exprs;
      auto add = [&](ExprId id) {
        if (seen[id] == rule) return;
        seen[id] = rule;
        exprs.push_back(id);
      };
      if (auto body = expressions_.rule_body(rule)) add(*body);
      for (size_t i = 0; i < exprs.size(); ++i) {
        if (!budget_.take(1)) return budget_.error();
        ExprId id = exprs[i];
        if (expressions_.at(id).kind == ExprKind::rule) stack.back().called.push_back(expressions_.at(id).a);
        for_each_part(id, add);
      }
      std::sort(exprs.begin(), exprs.end());
      return {};
    };
    TRY_STATUS(enter(root_));
    while (!stack.empty()) {
      Open& top = stack.back();
      if (top.called.empty()) {
        for (ExprId id : top.exprs) {
          if (!is_ordered[id]) order_.push_back({false, id});
          is_ordered[id] = true;
        }
        order_.push_back({true, top.rule});
        state[top.rule] = done;
        stack.pop_back();
        continue;
      }
      RuleId next = top.called.back();
      top.called.pop_back();
      if (state[next] == open) is_recursive_.insert(next);
      if (state[next] == unseen) TRY_STATUS(enter(next));
    }
    return {};
  }

  // Whether expressions match the empty text, and whether they match any text at all. On cycles rules are asked
  // before they are known, so passes are made until nothing changes.
  Status find_properties() {
    nullable_.assign(expressions_.size(), false);
    productive_.assign(expressions_.size(), false);
    for (bool changed = true; changed;) {
      changed = false;
      for (auto [is_rule, id] : order_) {
        if (is_rule) continue;
        if (!budget_.take(1)) return budget_.error();
        if (!nullable_[id] && matches_empty(id)) nullable_[id] = changed = true;
        if (!productive_[id] && ends(id)) productive_[id] = changed = true;
      }
    }
    return {};
  }

  bool matches_empty(ExprId id) const {
    const auto& expr = expressions_.at(id);
    auto is_nullable = [&](ExprId part) { return nullable_[part]; };
    switch (expr.kind) {
      case ExprKind::empty:
      case ExprKind::begin:
      case ExprKind::end: return true;
      case ExprKind::nothing:
      case ExprKind::literal:
      case ExprKind::chars:
      case ExprKind::bytes:
      case ExprKind::token: return false;
      case ExprKind::rule: return flag_of_rule(nullable_, expr.a);
      case ExprKind::repeat: return expr.b == 0 || nullable_[expr.a];
      case ExprKind::network: return network_has(expressions_.network_of(expr), nullable_);
      case ExprKind::sequence: return std::ranges::all_of(expressions_.parts_of(expr), is_nullable);
      case ExprKind::choice: return std::ranges::any_of(expressions_.parts_of(expr), is_nullable);
    }
    return false;
  }

  bool ends(ExprId id) const {
    const auto& expr = expressions_.at(id);
    auto is_productive = [&](ExprId part) { return productive_[part]; };
    switch (expr.kind) {
      case ExprKind::nothing: return false;
      case ExprKind::rule: return flag_of_rule(productive_, expr.a);
      case ExprKind::repeat: return expr.b == 0 || productive_[expr.a];
      case ExprKind::network: return network_has(expressions_.network_of(expr), productive_);
      case ExprKind::sequence: return std::ranges::all_of(expressions_.parts_of(expr), is_productive);
      case ExprKind::choice: return std::ranges::any_of(expressions_.parts_of(expr), is_productive);
      default: return true;
    }
  }

  // Whether a path from begin to end has only such edges.
  bool network_has(const Network& network, const std::vector<bool>& flags) const {
    if (!budget_.take(network.edges.size())) return false;
    std::vector<std::vector<uint32_t>> next(network.states);
    for (const auto& edge : network.edges) {
      if (flags[edge.label]) next[edge.from].push_back(edge.to);
    }
    std::vector<bool> seen(network.states, false);
    std::vector<uint32_t> todo = {Network::kBegin};
    seen[Network::kBegin] = true;
    while (!todo.empty() && !seen[Network::kEnd]) {
      uint32_t at = todo.back();
      todo.pop_back();
      for (uint32_t to : next[at]) {
        if (!seen[to]) todo.push_back(to);
        seen[to] = true;
      }
    }
    return seen[Network::kEnd];
  }

  template <class Visit>
  void for_each_part(ExprId id, const Visit& visit) const {
    const auto& expr = expressions_.at(id);
    switch (expr.kind) {
      case ExprKind::repeat: visit(expr.a); break;
      case ExprKind::sequence:
      case ExprKind::choice:
        for (ExprId part : expressions_.parts_of(expr)) visit(part);
        break;
      case ExprKind::network:
        for (const auto& edge : expressions_.network_of(expr).edges) visit(edge.label);
        break;
      default: break;
    }
  }

  // How many states an expression takes, rules that are to be copied included; decides which these are.
  void find_sizes() {
    size_of_.assign(expressions_.size(), 0);
    is_copied_.assign(expressions_.rule_count(), false);
    count_uses();
    for (auto [is_rule, id] : order_) {
      if (is_rule) {
        decide_copying(id);
      } else {
        size_of_[id] = measure(id);
      }
    }
  }

  void count_uses() {
    uses_.assign(expressions_.rule_count(), 0);
    auto count = [&](ExprId id) {
      if (expressions_.at(id).kind == ExprKind::rule) ++uses_[expressions_.at(id).a];
    };
    for (ExprId id = 0; id < expressions_.size(); ++id) for_each_part(id, count);
    for (RuleId rule = 0; rule < expressions_.rule_count(); ++rule) {
      if (auto body = expressions_.rule_body(rule)) count(*body);
    }
  }

  void decide_copying(RuleId rule) {
    auto body = expressions_.rule_body(rule);
    if (!body || is_recursive_.contains(rule) || rule == root_ || expressions_.is_apart(rule)) return;
    is_copied_[rule] = size_of_[*body] <= kSmall || (uses_[rule] == 1 && size_of_[*body] <= kSmall * 64);
  }

  uint32_t measure(ExprId id) const {
    const auto& expr = expressions_.at(id);
    uint64_t size = 1;
    switch (expr.kind) {
      case ExprKind::literal: size = expr.b; break;
      case ExprKind::chars: size = 1 + expressions_.chars_of(expr).ranges().size() / 4; break;
      case ExprKind::rule: {
        auto body = expressions_.rule_body(expr.a);
        size = body && is_copied_[expr.a] ? size_of_[*body] : 1;
        break;
      }
      case ExprKind::repeat: size = is_written_out(expr) ? copies(expr) * size_of_[expr.a] : 1; break;
      default: for_each_part(id, [&](ExprId part) { size += size_of_[part]; });
    }
    return static_cast<uint32_t>(std::min<uint64_t>(size, 1u << 30));
  }

  static uint64_t copies(const Expressions::Expr& repeat) {
    return repeat.c == kUnbounded ? std::max(repeat.b, 1u) : repeat.c;
  }
  bool is_written_out(const Expressions::Expr& repeat) const {
    return copies(repeat) == 1 || copies(repeat) * size_of_[repeat.a] <= kSmallRepetition;
  }

  PieceId piece_of(const Wanted& wanted) {
    auto [at, is_new] = piece_numbers_.emplace(std::tuple(wanted.body, wanted.least, wanted.most),
                                               static_cast<PieceId>(wanted_.size()));
    if (is_new) wanted_.push_back(wanted);
    return at->second;
  }

  Reference refer(ExprId id, bool is_last, RuleId self) {
    const auto& expr = expressions_.at(id);
    using How = Reference::How;
    if (expr.kind == ExprKind::rule) {
      if (!flag_of_rule(productive_, expr.a)) return {How::drop};
      bool nullable = flag_of_rule(nullable_, expr.a);
      if (expr.a == self && is_last) return {How::restart};
      if (is_copied_[expr.a]) return {How::expand};
      return {How::call, piece_of({expr.a, *expressions_.rule_body(expr.a), 1, 1}), nullable};
    }
    if (is_written_out(expr)) return {How::expand};
    if (!productive_[expr.a]) return {expr.b == 0 ? How::expand : How::drop};
    // Counted: a piece whose body consumes something. If the body may be empty, any smaller count will do.
    bool nullable = nullable_[expr.a];
    uint32_t least = nullable ? 0 : expr.b;
    return {How::call, piece_of({kUnbounded, expr.a, std::max(least, 1u), expr.c}), least == 0};
  }

  Status compile_piece(size_t index) {
    Wanted wanted = wanted_[index];
    Refer refer = [&](ExprId id, bool is_last) { return this->refer(id, is_last, wanted.rule); };
    TRY(Nfa nfa, build_nfa(expressions_, wanted.body, refer, budget_));
    // Where subsets are far more than states, the automaton is run as it is.
    Budget some(std::min<uint64_t>(budget_.left(), 50'000 + 40 * nfa.edges.size()));
    auto machine = determinize(nfa, 1000 + 4 * nfa.states(), some);
    if (!budget_.take(some.used())) return budget_.error();
    if (!machine) machine = without_epsilon(nfa, budget_);
    if (!machine) return budget_.error();
    refuse_empty(*machine);
    return append(*machine, wanted);
  }

  Status append(const Machine& machine, const Wanted& wanted) {
    StateId first = static_cast<StateId>(automaton_.states_.size());
    PieceId piece = static_cast<PieceId>(automaton_.pieces_.size());
    automaton_.pieces_.push_back({first, wanted.least, wanted.most, {}});
    for (const auto& from : machine.states) {
      Automaton::State state{};
      state.piece = piece;
      state.row = kNoState;
      state.accepting = from.accepting;
      state.deterministic = machine.deterministic;
      state.edges_begin = static_cast<uint32_t>(automaton_.edges_.size());
      state.symbols_begin = static_cast<uint32_t>(automaton_.symbols_.size());
      if (!budget_.take(1 + from.edges.size() / 2)) return budget_.error();
      for (auto edge : from.edges) {
        edge.to += first;
        automaton_.edges_.push_back(edge);
      }
      for (auto symbol : from.symbols) {
        symbol.to += first;
        automaton_.symbols_.push_back(symbol);
        (symbol.label == Label::call ? state.calls : state.tokens) = true;
      }
      state.edges_end = static_cast<uint32_t>(automaton_.edges_.size());
      state.symbols_end = static_cast<uint32_t>(automaton_.symbols_.size());
      automaton_.states_.push_back(state);
    }
    return {};
  }

  void add_rows() {
    for (auto& state : automaton_.states_) {
      auto edges = automaton_.edges(state);
      if (!state.deterministic || edges.size() <= kManyEdges || automaton_.rows_.size() == kMostRows)
        continue;
      state.row = static_cast<uint32_t>(automaton_.rows_.size());
      auto& row = automaton_.rows_.emplace_back();
      row.fill(kNoState);
      for (const auto& edge : edges) std::fill(&row[edge.first], &row[edge.last] + 1, edge.to);
    }
  }

  // The bytes that may come first in a piece, then those that may come after it.
  void find_follow() {
    auto& pieces = automaton_.pieces_;
    std::vector<ByteSet> first(pieces.size());
    auto first_of_state = [&](const Automaton::State& state) {
      ByteSet bytes;
      for (const auto& edge : automaton_.edges(state)) {
        for (int byte = edge.first; byte <= edge.last; ++byte) bytes.set(static_cast<size_t>(byte));
      }
      for (const auto& symbol : automaton_.symbols(state)) {
        if (symbol.label == Label::call) bytes |= first[symbol.value];
      }
      return bytes;
    };
    bool settled = false;
    for (int pass = 0; pass < kFollowPasses && !settled; ++pass) {
      settled = true;
      for (size_t i = pieces.size(); i-- > 0;) {
        ByteSet now = first_of_state(automaton_.states_[pieces[i].start]);
        settled = settled && now == first[i];
        first[i] = now;
      }
    }
    if (!settled) std::fill(first.begin(), first.end(), ByteSet().set());
    // What comes after each call; `done` where the caller may be done by then.
    struct Call {
      PieceId callee, caller;
      ByteSet after;
      bool done;
    };
    std::vector<Call> calls;
    for (const auto& state : automaton_.states_) {
      for (const auto& symbol : automaton_.symbols(state)) {
        if (symbol.label != Label::call) continue;
        const auto& to = automaton_.states_[symbol.to];
        ByteSet after = first_of_state(to);
        if (to.accepting && pieces[to.piece].counts()) after |= first[to.piece];
        calls.push_back({symbol.value, state.piece, after, to.accepting});
      }
    }
    settled = false;
    for (int pass = 0; pass < kFollowPasses && !settled; ++pass) {
      settled = true;
      for (const Call& call : calls) {
        ByteSet now = pieces[call.callee].follow | call.after;
        if (call.done) now |= pieces[call.caller].follow;
        settled = settled && now == pieces[call.callee].follow;
        pieces[call.callee].follow = now;
      }
    }
    if (!settled) {
      for (auto& piece : pieces) piece.follow.set();
    }
  }

  const Expressions& expressions_;
  RuleId root_;
  Budget& budget_;
  std::vector<std::pair<bool, uint32_t>> order_;  // rules (true) and expressions
  std::vector<bool> nullable_, productive_;
  std::vector<uint32_t> size_of_;
  std::vector<uint32_t> uses_;  // in how many expressions a rule is called
  std::vector<bool> is_copied_;
  std::set<RuleId> is_recursive_;
  std::vector<Wanted> wanted_;  // pieces, by number
  std::map<std::tuple<ExprId, uint32_t, uint32_t>, PieceId> piece_numbers_;
  Automaton automaton_;
};

Result<Automaton> Automaton::compile(const Expressions& expressions, RuleId root, Budget& budget) {
  return Compiler(expressions, root, budget).compile();
}

size_t Automaton::memory_bytes() const {
  return states_.size() * sizeof(State) + edges_.size() * sizeof(Machine::Edge) +
         symbols_.size() * sizeof(Machine::Symbol) + rows_.size() * sizeof(rows_[0]) +
         pieces_.size() * sizeof(Piece);
}

}  // namespace hearth::grammar
