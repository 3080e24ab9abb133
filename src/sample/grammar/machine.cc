#include "sample/grammar/machine.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_map>

namespace hearth::grammar {

namespace {

constexpr uint32_t kNone = ~uint32_t{0};

using Subset = std::vector<uint32_t>;

struct SubsetHash {
  size_t operator()(const Subset& subset) const {
    uint64_t hash = 0;
    for (uint32_t state : subset) {
      hash = (hash ^ state) * 0x9E3779B97F4A7C15u;
      hash ^= hash >> 29;
    }
    return hash;
  }
};

// What empty moves reach.
class Closure {
 public:
  Closure(const Nfa& nfa, Budget& budget) : nfa_(nfa), budget_(budget), seen_(nfa.states(), 0) {}

  // Of the states in `from`: those that anything but an empty move leaves, and the final one; sorted.
  Subset of(const Subset& from, bool at_begin) {
    walk(from, at_begin, false);
    Subset result;
    for (uint32_t state : reached_) {
      if (matters(state)) result.push_back(state);
    }
    std::sort(result.begin(), result.end());
    return result;
  }

  // Whether the text may end in a closure.
  bool accepts(const Subset& subset, bool at_begin) {
    if (!nfa_.has_anchors) return std::binary_search(subset.begin(), subset.end(), Nfa::kFinal);
    walk(subset, at_begin, true);
    return seen_[Nfa::kFinal] == stamp_;
  }

 private:
  bool matters(uint32_t state) const {
    if (state == Nfa::kFinal) return true;
    auto edges = nfa_.from(state);
    return std::any_of(edges.begin(), edges.end(),
                       [](const Nfa::Edge& e) { return e.label != Label::epsilon; });
  }

  void walk(const Subset& from, bool at_begin, bool at_end) {
    ++stamp_;
    reached_.clear();
    auto reach = [&](uint32_t state) {
      if (seen_[state] == stamp_) return;
      seen_[state] = stamp_;
      reached_.push_back(state);
    };
    for (uint32_t state : from) reach(state);
    for (size_t i = 0; i < reached_.size(); ++i) {
      auto edges = nfa_.from(reached_[i]);
      if (!budget_.take(1 + edges.size() / 4)) return;
      for (const auto& edge : edges) {
        if (edge.label == Label::epsilon || (edge.label == Label::begin && at_begin) ||
            (edge.label == Label::end && at_end))
          reach(edge.to);
      }
    }
  }

  const Nfa& nfa_;
  Budget& budget_;
  std::vector<uint32_t> seen_;
  uint32_t stamp_ = 0;
  std::vector<uint32_t> reached_;
};

bool is_symbol(Label label) {
  return label == Label::call || label == Label::token || label == Label::not_token;
}

// Gives the parts of overlapping byte ranges, in order: begin, end, and the targets of those that cover the part.
template <class Take>
void cut_ranges(std::vector<Machine::Edge>& edges, const Take& take) {
  std::sort(edges.begin(), edges.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  Subset targets;
  std::vector<Machine::Edge> open;
  size_t next = 0;
  for (int at = 0; at < 256;) {
    std::erase_if(open, [&](const auto& edge) { return edge.last < at; });
    while (next < edges.size() && edges[next].first == at) open.push_back(edges[next++]);
    int end = next < edges.size() ? edges[next].first : 256;
    for (const auto& edge : open) end = std::min(end, edge.last + 1);
    if (!open.empty()) {
      targets.clear();
      for (const auto& edge : open) targets.push_back(edge.to);
      std::sort(targets.begin(), targets.end());
      targets.erase(std::unique(targets.begin(), targets.end()), targets.end());
      take(static_cast<uint8_t>(at), static_cast<uint8_t>(end - 1), targets);
    }
    at = end;
  }
}

void add_edge(std::vector<Machine::Edge>& edges, uint8_t first, uint8_t last, uint32_t to) {
  if (!edges.empty() && edges.back().to == to && edges.back().last + 1 == first) {
    edges.back().last = last;
  } else {
    edges.push_back({first, last, to});
  }
}

// Where a byte leads in a deterministic machine.
uint32_t next_state(const std::vector<Machine::Edge>& edges, uint8_t byte) {
  for (const auto& edge : edges) {
    if (edge.first <= byte && byte <= edge.last) return edge.to;
  }
  return kNone;
}

}  // namespace

bool Machine::matches_nothing() const {
  return std::none_of(states.begin(), states.end(), [](const State& state) { return state.accepting; });
}

std::optional<Machine> determinize(const Nfa& nfa, size_t most, Budget& budget) {
  Closure closure(nfa, budget);
  Machine machine;
  std::unordered_map<Subset, uint32_t, SubsetHash> numbers;
  std::vector<const Subset*> subsets;
  // The start is apart where it matters that a text begins: no other state is the same as it then.
  Subset start = closure.of({Nfa::kStart}, true);
  if (nfa.has_anchors) {
    subsets.push_back(&start);
  } else {
    subsets.push_back(&numbers.emplace(start, 0).first->first);
  }
  machine.states.emplace_back();
  std::unordered_map<Subset, uint32_t, SubsetHash>
      closures;  // of targets: the same ones come again and again
  auto number_of = [&](const Subset& targets) {
    if (auto known = closures.find(targets); known != closures.end()) return known->second;
    Subset reached = closure.of(targets, false);
    budget.take(reached.size() / 8);
    auto [at, is_new] = numbers.emplace(std::move(reached), static_cast<uint32_t>(subsets.size()));
    if (is_new) {
      subsets.push_back(&at->first);
      machine.states.emplace_back();
    }
    closures.emplace(targets, at->second);
    return at->second;
  };
  std::vector<Machine::Edge> edges;
  std::map<std::pair<Label, uint32_t>, Subset> symbols;
  for (uint32_t i = 0; i < subsets.size(); ++i) {
    if (subsets.size() > most || !budget.take(8)) return std::nullopt;
    const Subset& subset = *subsets[i];
    edges.clear();
    symbols.clear();
    for (uint32_t state : subset) {
      auto leaving = nfa.from(state);
      if (!budget.take(leaving.size() / 4)) return std::nullopt;
      for (const auto& edge : leaving) {
        if (edge.label == Label::bytes) edges.push_back({edge.first, edge.last, edge.to});
        if (is_symbol(edge.label)) symbols[{edge.label, edge.value}].push_back(edge.to);
      }
    }
    machine.states[i].accepting = closure.accepts(subset, i == 0);
    cut_ranges(edges, [&](uint8_t first, uint8_t last, const Subset& targets) {
      uint32_t to = number_of(targets);
      budget.take(1);
      add_edge(machine.states[i].edges, first, last, to);
    });
    for (auto& [symbol, targets] : symbols) {
      std::sort(targets.begin(), targets.end());
      uint32_t to = number_of(targets);
      machine.states[i].symbols.push_back({symbol.first, symbol.second, to});
    }
  }
  if (budget.spent()) return std::nullopt;
  trim(machine);
  return machine;
}

std::optional<Machine> without_epsilon(const Nfa& nfa, Budget& budget) {
  Closure closure(nfa, budget);
  Machine machine;
  machine.deterministic = false;
  machine.states.resize(nfa.states());
  for (uint32_t i = 0; i < nfa.states(); ++i) {
    if (budget.spent()) return std::nullopt;
    Subset reached = closure.of({i}, false);
    Machine::State& state = machine.states[i];
    state.accepting = closure.accepts(reached, false);
    for (uint32_t from : reached) {
      auto leaving = nfa.from(from);
      if (!budget.take(leaving.size())) return std::nullopt;
      for (const auto& edge : leaving) {
        if (edge.label == Label::bytes) state.edges.push_back({edge.first, edge.last, edge.to});
        if (is_symbol(edge.label)) state.symbols.push_back({edge.label, edge.value, edge.to});
      }
    }
    std::sort(state.edges.begin(), state.edges.end(), [](const auto& a, const auto& b) {
      return std::tie(a.first, a.last, a.to) < std::tie(b.first, b.last, b.to);
    });
  }
  trim(machine);
  return machine;
}

void trim(Machine& machine) {
  size_t count = machine.states.size();
  std::vector<uint8_t> reached(count, 0), ends(count, 0);
  std::vector<uint32_t> todo = {Machine::kStart};
  std::vector<std::vector<uint32_t>> sources(count);
  reached[Machine::kStart] = 1;
  while (!todo.empty()) {
    uint32_t at = todo.back();
    todo.pop_back();
    auto visit = [&](uint32_t to) {
      sources[to].push_back(at);
      if (reached[to]) return;
      reached[to] = 1;
      todo.push_back(to);
    };
    for (const auto& edge : machine.states[at].edges) visit(edge.to);
    for (const auto& symbol : machine.states[at].symbols) visit(symbol.to);
  }
  for (uint32_t i = 0; i < count; ++i) {
    if (!reached[i] || !machine.states[i].accepting) continue;
    ends[i] = 1;
    todo.push_back(i);
  }
  while (!todo.empty()) {
    uint32_t at = todo.back();
    todo.pop_back();
    for (uint32_t source : sources[at]) {
      if (ends[source]) continue;
      ends[source] = 1;
      todo.push_back(source);
    }
  }
  std::vector<uint32_t> number(count, kNone);
  uint32_t kept = 0;
  for (uint32_t i = 0; i < count; ++i) {
    if (i == Machine::kStart || (reached[i] && ends[i])) number[i] = kept++;
  }
  for (uint32_t i = 0; i < count; ++i) {
    if (number[i] == kNone) continue;
    Machine::State& state = machine.states[i];
    auto is_dead = [&](uint32_t to) { return number[to] == kNone || !ends[to]; };
    std::erase_if(state.edges, [&](const auto& edge) { return is_dead(edge.to); });
    std::erase_if(state.symbols, [&](const auto& symbol) { return is_dead(symbol.to); });
    for (auto& edge : state.edges) edge.to = number[edge.to];
    for (auto& symbol : state.symbols) symbol.to = number[symbol.to];
    if (number[i] != i) machine.states[number[i]] = std::move(state);
  }
  machine.states.resize(kept);
}

void refuse_empty(Machine& machine) {
  if (!machine.states[Machine::kStart].accepting) return;
  uint32_t old_start = static_cast<uint32_t>(machine.states.size());
  for (auto& state : machine.states) {
    for (auto& edge : state.edges) edge.to = edge.to == Machine::kStart ? old_start : edge.to;
    for (auto& symbol : state.symbols) symbol.to = symbol.to == Machine::kStart ? old_start : symbol.to;
  }
  machine.states.push_back(machine.states[Machine::kStart]);
  machine.states[Machine::kStart].accepting = false;
  trim(machine);
}

std::optional<Machine> intersection(const Machine& a, const Machine& b, Budget& budget) {
  Machine both;
  std::unordered_map<uint64_t, uint32_t> numbers;
  std::vector<std::pair<uint32_t, uint32_t>> pairs;
  auto number_of = [&](uint32_t x, uint32_t y) {
    auto [at, is_new] = numbers.emplace(uint64_t{x} << 32 | y, static_cast<uint32_t>(pairs.size()));
    if (is_new) {
      pairs.push_back({x, y});
      both.states.emplace_back();
      both.states.back().accepting = a.states[x].accepting && b.states[y].accepting;
    }
    return at->second;
  };
  number_of(Machine::kStart, Machine::kStart);
  for (uint32_t i = 0; i < pairs.size(); ++i) {
    const auto& left = a.states[pairs[i].first].edges;
    const auto& right = b.states[pairs[i].second].edges;
    if (!budget.take(4 + left.size() + right.size())) return std::nullopt;
    for (size_t x = 0, y = 0; x < left.size() && y < right.size();) {
      uint8_t first = std::max(left[x].first, right[y].first), last = std::min(left[x].last, right[y].last);
      if (first <= last) {
        uint32_t to = number_of(left[x].to, right[y].to);
        add_edge(both.states[i].edges, first, last, to);
      }
      (left[x].last < right[y].last ? x : y) += 1;
    }
  }
  trim(both);
  return both;
}

Machine complement(const Machine& machine) {
  Machine result = machine;
  uint32_t sink = static_cast<uint32_t>(result.states.size());
  result.states.emplace_back();
  for (auto& state : result.states) {
    state.accepting = !state.accepting;
    std::vector<Machine::Edge> edges;
    int at = 0;
    for (const auto& edge : state.edges) {
      if (at < edge.first)
        add_edge(edges, static_cast<uint8_t>(at), static_cast<uint8_t>(edge.first - 1), sink);
      add_edge(edges, edge.first, edge.last, edge.to);
      at = edge.last + 1;
    }
    if (at < 256) add_edge(edges, static_cast<uint8_t>(at), 255, sink);
    state.edges = std::move(edges);
  }
  trim(result);
  return result;
}

bool matches(const Machine& machine, std::string_view text) {
  uint32_t state = Machine::kStart;
  for (char c : text) {
    state = next_state(machine.states[state].edges, static_cast<uint8_t>(c));
    if (state == kNone) return false;
  }
  return machine.states[state].accepting;
}

void minimize(Machine& machine) {
  // Moore's refinement. Long chains need as many rounds as they have links; a machine that is not done after a few,
  // or is large, stays as it is, which is right, only larger.
  constexpr int kMostRounds = 64;
  constexpr size_t kMostStates = 1000;
  size_t count = machine.states.size();
  std::vector<uint32_t> group(count), refined(count);
  for (size_t i = 0; i < count; ++i) group[i] = machine.states[i].accepting;
  size_t groups = 0;
  for (int round = 0;; ++round) {
    if (round == kMostRounds || count > kMostStates) return;
    std::map<std::vector<uint32_t>, uint32_t> signatures;
    for (size_t i = 0; i < count; ++i) {
      std::vector<uint32_t> signature = {group[i]};
      for (const auto& edge : machine.states[i].edges) {
        uint32_t to = group[edge.to];
        bool same = signature.size() > 1 && signature.back() == to &&
                    signature[signature.size() - 2] + 1 == edge.first;
        if (same) {
          signature[signature.size() - 2] = edge.last;
          continue;
        }
        signature.insert(signature.end(), {edge.first, edge.last, to});
      }
      refined[i] =
          signatures.emplace(std::move(signature), static_cast<uint32_t>(signatures.size())).first->second;
    }
    group.swap(refined);
    if (signatures.size() == groups) break;
    groups = signatures.size();
  }
  // The start's group comes first; the others as they are met.
  std::vector<uint32_t> number(groups, kNone);
  std::vector<Machine::State> states;
  for (size_t i = 0; i < count; ++i) {
    if (number[group[i]] != kNone) continue;
    number[group[i]] = static_cast<uint32_t>(states.size());
    states.push_back(std::move(machine.states[i]));
  }
  for (auto& state : states) {
    std::vector<Machine::Edge> edges;
    for (const auto& edge : state.edges) add_edge(edges, edge.first, edge.last, number[group[edge.to]]);
    state.edges = std::move(edges);
  }
  machine.states = std::move(states);
}

}  // namespace hearth::grammar
