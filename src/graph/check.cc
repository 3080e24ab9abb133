#include "graph/check.h"

#include <algorithm>

#include "graph/checker.h"
#include "graph/expressions.h"
#include "graph/source.h"

namespace hearth::arch {

namespace {

constexpr size_t kMostFindings = 200;

// Members of `rope_scaling` (section 4.1).
constexpr std::string_view kScalingMembers[] = {"type",      "factor", "original", "attn",  "beta_fast",
                                                "beta_slow", "low",    "high",     "short", "long"};

// How many letters must be put in, taken out or changed; `limit` + 1 if more than that.
size_t distance(std::string_view a, std::string_view b, size_t limit) {
  if (a.size() > b.size()) std::swap(a, b);
  if (b.size() - a.size() > limit) return limit + 1;
  std::vector<size_t> row(a.size() + 1);
  for (size_t i = 0; i <= a.size(); ++i) row[i] = i;
  for (size_t j = 1; j <= b.size(); ++j) {
    size_t diagonal = std::exchange(row[0], j);
    for (size_t i = 1; i <= a.size(); ++i) {
      const size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[i];
      row[i] = std::min({row[i] + 1, row[i - 1] + 1, changed});
    }
  }
  return row[a.size()];
}

}  // namespace

std::string Finding::to_string() const {
  return show_at(at, kind == Kind::error ? message : "warning: " + message);
}

const std::vector<Parameter>* known_operator(std::string_view name) {
  const Operator* row = operator_named(name);
  return row ? &parameters(*row) : nullptr;
}

Checker::Checker(const Architecture& architecture, const Operators& operators, std::vector<Finding>& findings)
    : architecture_(architecture), operators_(operators), findings_(findings) {
  for (const Entry& entry : architecture.entries) entries_.emplace(entry.name.text, &entry);
  for (const Definition& definition : architecture.definitions)
    definitions_.emplace(definition.name.text, &definition);
  for (const Weight& weight : architecture.weights) weights_[weight.name].push_back(&weight);
  for (const Weight& weight : architecture.weights)
    if (word_of(weight.name) != weight.name) weights_[word_of(weight.name)].push_back(&weight);
}

void Checker::report(Finding::Kind kind, Position at, std::string message) {
  if (findings_.size() >= kMostFindings) return;
  for (const Finding& other : findings_)
    if (other.at.source == at.source && other.at.line == at.line && other.at.column == at.column) return;
  findings_.push_back({kind, at, std::move(message)});
}

const Entry* Checker::entry(std::string_view name) const {
  auto at = entries_.find(name);
  return at == entries_.end() ? nullptr : at->second;
}

bool Checker::is_member(std::string_view name) const {
  const size_t dot = name.find('.');
  if (dot == std::string_view::npos) return false;
  const Entry* object = entry(name.substr(0, dot));
  if (!object || object->gguf != "rope.scaling") return false;
  return std::find(std::begin(kScalingMembers), std::end(kScalingMembers), name.substr(dot + 1)) !=
         std::end(kScalingMembers);
}

const Definition* Checker::definition(std::string_view name) const {
  auto at = definitions_.find(name);
  return at == definitions_.end() ? nullptr : at->second;
}

const Weight* Checker::weight(std::string_view word, const std::string* stack) const {
  auto at = weights_.find(word);
  if (at == weights_.end()) return nullptr;
  const Weight* outside = nullptr;
  for (const Weight* weight : at->second) {
    if (weight->layers && stack && weight->stack == *stack) return weight;
    if (!weight->layers && !outside) outside = weight;
  }
  return outside;
}

const Weight* Checker::weight_anywhere(std::string_view word) const {
  auto at = weights_.find(word);
  return at == weights_.end() ? nullptr : at->second.front();
}

std::string Checker::suggestion(std::string_view name) const {
  const size_t limit = std::min<size_t>(name.size() / 3, 2);
  std::string_view best;
  size_t least = limit + 1;
  auto offer = [&](std::string_view candidate) {
    if (candidate == name) return;
    if (const size_t far = distance(name, candidate, limit); far < least) {
      least = far;
      best = candidate;
    }
  };
  for (const auto& [candidate, entry] : entries_) offer(candidate);
  for (const auto& [candidate, weight] : weights_) offer(candidate);
  for (const auto& [candidate, definition] : definitions_) offer(candidate);
  for (const Operator& row : hearth::operators())
    if (!row.name.empty()) offer(row.name);
  return best.empty() ? "" : fmt::format("; is `{}` meant?", best);
}

void Checker::check_arguments(const Expr& call, const std::vector<Parameter>& parameters,
                              const std::function<bool(std::string_view)>& ambient) {
  const std::string name = arch::to_string(*call.operands[0]);
  std::vector<bool> given(parameters.size(), false);
  size_t next = 0, positional = 0;
  for (const Word& keyword : call.keywords) {
    if (!keyword.text.empty()) continue;
    ++positional;
    if (next == parameters.size()) continue;
    given[next] = true;
    if (!parameters[next].variadic) ++next;
  }
  const bool open = !parameters.empty() && parameters.back().variadic;
  if (positional > parameters.size() && !open) {
    error(call.at, "`{}` takes {} value{}, not {}", name, parameters.size(),
          parameters.size() == 1 ? "" : "s", positional);
    return;
  }
  for (const Word& keyword : call.keywords) {
    if (keyword.text.empty()) continue;
    auto found = std::find_if(parameters.begin(), parameters.end(),
                              [&](const Parameter& parameter) { return parameter.name == keyword.text; });
    if (found == parameters.end() || found->variadic) {
      error(keyword.at, "`{}` has no parameter `{}`", name, keyword.text);
    } else if (given[found - parameters.begin()]) {
      error(keyword.at, "`{}` is given twice", keyword.text);
    } else {
      given[found - parameters.begin()] = true;
    }
  }
  for (size_t i = 0; i < parameters.size(); ++i) {
    const Parameter& parameter = parameters[i];
    if (given[i] || parameter.optional || !parameter.fallback.empty()) continue;
    if (parameter.ambient.empty())
      error(call.at, "`{}` needs `{}`", name, parameter.name);
    else if (!ambient(parameter.ambient))
      error(call.at, "`{}` reads `{}`, which is not declared", name, parameter.ambient);
  }
}

std::vector<Finding> check(const Architecture& architecture, const Operators& operators) {
  std::vector<Finding> findings;
  check_declarations(architecture, operators, findings);
  check_graphs(architecture, operators, findings);
  const bool sound = std::none_of(findings.begin(), findings.end(), [](const Finding& finding) {
    return finding.kind == Finding::Kind::error;
  });
  if (sound) check_shapes(architecture, operators, findings);
  for (const Word& line : architecture.header.unsure)
    findings.push_back({Finding::Kind::warning, line.at, "this line is marked unsure"});
  return findings;
}

}  // namespace hearth::arch
