#include "sample/grammar/language.h"

#include <unordered_map>

#include "sample/grammar/json_basics.h"
#include "sample/grammar/regex.h"

namespace hearth::grammar {

namespace {

constexpr size_t kMostStates = 20'000;

Error too_large() { return fail("takes more than {} states", kMostStates); }

Result<Machine> of_regex(std::string_view regex, bool whole, Budget& budget) {
  Expressions expressions;
  TRY(ExprId inner, whole ? parse_whole_regex(regex, expressions) : parse_regex(regex, expressions));
  if (!whole) {
    ExprId any = expressions.repeat(expressions.chars(CharSet::all()), 0, kUnbounded);
    inner = expressions.sequence({any, inner, any});
  }
  return language_of(expressions, inner, budget);
}

template <class AddEdge>
ExprId embed_with(const Machine& machine, Expressions& expressions, const AddEdge& add_edge) {
  if (machine.matches_nothing()) return Expressions::kNothing;
  Network network;
  uint32_t first = network.states;
  network.states += static_cast<uint32_t>(machine.states.size());
  network.add(Network::kBegin, Expressions::kEmpty, first + Machine::kStart);
  for (uint32_t i = 0; i < machine.states.size(); ++i) {
    for (const auto& edge : machine.states[i].edges) add_edge(network, first + i, edge, first + edge.to);
    if (machine.states[i].accepting) network.add(first + i, Expressions::kEmpty, Network::kEnd);
  }
  return expressions.network(std::move(network));
}

}  // namespace

Result<Machine> language_of(const Expressions& expressions, ExprId expr, Budget& budget) {
  TRY(Nfa nfa, build_nfa(expressions, expr, nullptr, budget));
  auto machine = determinize(nfa, kMostStates, budget);
  if (!machine) return budget.spent() ? budget.error() : too_large();
  minimize(*machine);
  return *std::move(machine);
}

Result<Machine> whole_regex_language(std::string_view regex, Budget& budget) {
  return of_regex(regex, true, budget);
}
Result<Machine> regex_language(std::string_view regex, Budget& budget) {
  return of_regex(regex, false, budget);
}

Result<Machine> text_language(const std::vector<std::string_view>& texts, Budget& budget) {
  Expressions expressions;
  std::vector<ExprId> literals;
  for (std::string_view text : texts) literals.push_back(expressions.literal(text));
  return language_of(expressions, expressions.choice(literals), budget);
}

Result<Machine> intersect(const Machine& a, const Machine& b, Budget& budget) {
  auto both = intersection(a, b, budget);
  if (!both) return budget.error();
  if (both->states.size() > kMostStates) return too_large();
  return *std::move(both);
}

Result<Machine> limit_length(const Machine& machine, uint32_t least, uint32_t most, Budget& budget) {
  // A state for each of the machine's and each count that makes a difference; a character is counted where it
  // begins.
  Machine result;
  std::unordered_map<uint64_t, uint32_t> numbers;
  std::vector<std::pair<uint32_t, uint32_t>> pairs;
  auto number_of = [&](uint32_t state, uint32_t count) {
    if (most == kUnbounded) count = std::min(count, least);
    auto [at, is_new] = numbers.emplace(uint64_t{state} << 32 | count, static_cast<uint32_t>(pairs.size()));
    if (is_new) {
      pairs.push_back({state, count});
      result.states.emplace_back();
      result.states.back().accepting = machine.states[state].accepting && count >= least;
    }
    return at->second;
  };
  number_of(Machine::kStart, 0);
  for (uint32_t i = 0; i < pairs.size(); ++i) {
    const uint32_t state = pairs[i].first, count = pairs[i].second;
    if (pairs.size() > kMostStates) return too_large();
    if (!budget.take(4 + 2 * machine.states[state].edges.size())) return budget.error();
    auto add = [&](int first, int last, const Machine::Edge& edge, bool is_begin) {
      first = std::max<int>(first, edge.first);
      last = std::min<int>(last, edge.last);
      if (first > last || (is_begin && count == most)) return;
      uint32_t to = number_of(edge.to, count + is_begin);
      result.states[i].edges.push_back({static_cast<uint8_t>(first), static_cast<uint8_t>(last), to});
    };
    for (const auto& edge : machine.states[state].edges) {
      add(0, 0x7F, edge, true);
      add(0x80, 0xBF, edge, false);
      add(0xC0, 0xFF, edge, true);
    }
  }
  trim(result);
  return result;
}

Result<Machine> subtract(const Machine& from, const Machine& what, Budget& budget) {
  return intersect(from, complement(what), budget);
}

ExprId embed(const Machine& machine, Expressions& expressions) {
  return embed_with(machine, expressions,
                    [&](Network& network, uint32_t from, const Machine::Edge& edge, uint32_t to) {
                      network.add(from, expressions.bytes(edge.first, edge.last), to);
                    });
}

ExprId embed_in_json(const Machine& machine, Expressions& expressions) {
  std::vector<ExprId> controls(0x20);
  for (uint8_t byte = 0; byte < 0x20; ++byte) controls[byte] = json_escape(byte, expressions);
  ExprId any_control = expressions.choice(controls);
  ExprId quote = json_escape('"', expressions), backslash = json_escape('\\', expressions);
  return embed_with(
      machine, expressions, [&](Network& network, uint32_t from, const Machine::Edge& edge, uint32_t to) {
        auto add_plain = [&](int first, int last) {
          first = std::max<int>(first, edge.first);
          last = std::min<int>(last, edge.last);
          if (first <= last)
            network.add(from, expressions.bytes(static_cast<uint8_t>(first), static_cast<uint8_t>(last)), to);
        };
        auto has = [&](uint8_t byte) { return edge.first <= byte && byte <= edge.last; };
        add_plain(0x20, '"' - 1);
        add_plain('"' + 1, '\\' - 1);
        add_plain('\\' + 1, 0xFF);
        if (has('"')) network.add(from, quote, to);
        if (has('\\')) network.add(from, backslash, to);
        if (has(0) && has(0x1F)) {
          network.add(from, any_control, to);
        } else {
          for (uint8_t byte = 0; byte < 0x20; ++byte) {
            if (has(byte)) network.add(from, controls[byte], to);
          }
        }
      });
}

}  // namespace hearth::grammar
