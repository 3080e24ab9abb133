#include "sample/grammar/expression.h"

#include <algorithm>
#include <functional>

namespace hearth::grammar {

namespace {

uint64_t mix(uint64_t hash, uint64_t value) {
  hash = (hash ^ value) * 0x9E3779B97F4A7C15u;
  return hash ^ hash >> 29;
}

// Counts beyond what anybody can mean are as good as none.
uint32_t times(uint32_t a, uint32_t b) {
  if (a == kUnbounded || b == kUnbounded) return a == 0 || b == 0 ? 0 : kUnbounded;
  return static_cast<uint32_t>(std::min<uint64_t>(uint64_t{a} * b, kUnbounded - 1));
}

}  // namespace

Expressions::Expressions() {
  make({ExprKind::nothing, 0, 0, 0});
  make({ExprKind::empty, 0, 0, 0});
}

template <class Same, class Store>
ExprId Expressions::intern(uint64_t hash, const Same& same, const Store& store) {
  auto [begin, end] = known_.equal_range(hash);
  for (auto at = begin; at != end; ++at) {
    if (same(exprs_[at->second])) return at->second;
  }
  ExprId id = static_cast<ExprId>(exprs_.size());
  exprs_.push_back(store());
  known_.emplace(hash, id);
  return id;
}

ExprId Expressions::make(const Expr& expr) {
  uint64_t hash = mix(mix(mix(static_cast<uint64_t>(expr.kind), expr.a), expr.b), expr.c);
  return intern(
      hash, [&](const Expr& other) { return other == expr; }, [&] { return expr; });
}

ExprId Expressions::literal(std::string_view bytes) {
  if (bytes.empty()) return kEmpty;
  return intern(
      mix(static_cast<uint64_t>(ExprKind::literal), std::hash<std::string_view>()(bytes)),
      [&](const Expr& other) { return other.kind == ExprKind::literal && literal_of(other) == bytes; },
      [&] {
        Expr expr{ExprKind::literal, static_cast<uint32_t>(bytes_.size()),
                  static_cast<uint32_t>(bytes.size()), 0};
        bytes_ += bytes;
        return expr;
      });
}

ExprId Expressions::chars(const CharSet& set) {
  if (set.empty()) return kNothing;
  uint64_t hash = static_cast<uint64_t>(ExprKind::chars);
  for (auto range : set.ranges()) hash = mix(mix(hash, range.first), range.last);
  return intern(
      hash, [&](const Expr& other) { return other.kind == ExprKind::chars && chars_of(other) == set; },
      [&] {
        sets_.push_back(set);
        return Expr{ExprKind::chars, static_cast<uint32_t>(sets_.size() - 1), 0, 0};
      });
}

ExprId Expressions::token(TokenId id, bool negated) {
  return make({ExprKind::token, static_cast<uint32_t>(id), negated, 0});
}

ExprId Expressions::make_of_parts(ExprKind kind, std::span<const ExprId> parts) {
  uint64_t hash = static_cast<uint64_t>(kind);
  for (ExprId part : parts) hash = mix(hash, part);
  return intern(
      hash,
      [&](const Expr& other) {
        auto others = kind == other.kind ? parts_of(other) : std::span<const ExprId>();
        return kind == other.kind && std::equal(parts.begin(), parts.end(), others.begin(), others.end());
      },
      [&] {
        Expr expr{kind, static_cast<uint32_t>(parts_.size()), static_cast<uint32_t>(parts.size()), 0};
        parts_.insert(parts_.end(), parts.begin(), parts.end());
        return expr;
      });
}

ExprId Expressions::sequence(std::span<const ExprId> parts) {
  std::vector<ExprId> kept;
  std::string text;  // of literals that follow one another
  auto flush = [&] {
    if (!text.empty()) kept.push_back(literal(text));
    text.clear();
  };
  for (ExprId part : parts) {
    if (part == kNothing) return kNothing;
    if (part == kEmpty) continue;
    if (at(part).kind == ExprKind::literal) {
      text += literal_of(at(part));
    } else {
      flush();
      kept.push_back(part);
    }
  }
  flush();
  if (kept.empty()) return kEmpty;
  return kept.size() == 1 ? kept[0] : make_of_parts(ExprKind::sequence, kept);
}

ExprId Expressions::choice(std::span<const ExprId> parts) {
  std::vector<ExprId> kept(parts.begin(), parts.end());
  std::sort(kept.begin(), kept.end());
  kept.erase(std::unique(kept.begin(), kept.end()), kept.end());
  std::erase(kept, kNothing);
  if (kept.empty()) return kNothing;
  return kept.size() == 1 ? kept[0] : make_of_parts(ExprKind::choice, kept);
}

ExprId Expressions::repeat(ExprId part, uint32_t least, uint32_t most) {
  if (most == 0 || part == kEmpty) return kEmpty;
  if (part == kNothing) return least == 0 ? kEmpty : kNothing;
  if (least == 1 && most == 1) return part;
  const Expr& inner = at(part);
  // (x{a,b}){m,n} is x{am,bn} where no count between is missed. Besides being smaller, this is what keeps nested
  // stars from being ambiguous.
  if (inner.kind == ExprKind::repeat && (inner.b <= 1 || least == most))
    return repeat(inner.a, times(inner.b, least), times(inner.c, most));
  return make({ExprKind::repeat, part, least, most});
}

ExprId Expressions::network(Network network) {
  uint64_t hash = mix(static_cast<uint64_t>(ExprKind::network), network.states);
  for (const auto& edge : network.edges) hash = mix(mix(mix(hash, edge.from), edge.label), edge.to);
  return intern(
      hash,
      [&](const Expr& other) {
        return other.kind == ExprKind::network && network_of(other).states == network.states &&
               network_of(other).edges == network.edges;
      },
      [&] {
        networks_.push_back(std::move(network));
        return Expr{ExprKind::network, static_cast<uint32_t>(networks_.size() - 1), 0, 0};
      });
}

RuleId Expressions::add_rule(std::string name, bool apart) {
  rules_.push_back({std::move(name), std::nullopt, apart});
  return static_cast<RuleId>(rules_.size() - 1);
}

size_t Expressions::memory_bytes() const {
  size_t bytes = exprs_.size() * (sizeof(Expr) + 48) + parts_.size() * sizeof(ExprId) + bytes_.size() +
                 rules_.size() * sizeof(Rule);
  for (const auto& set : sets_) bytes += set.ranges().size() * sizeof(CharSet::Range);
  for (const auto& network : networks_) bytes += network.edges.size() * sizeof(Network::Edge);
  return bytes;
}

}  // namespace hearth::grammar
