// For tests: whether a text is in the language of a small GBNF grammar. Plain and slow.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"

namespace hearth::gbnf_testing {

class Language {
 public:
  explicit Language(std::string_view grammar) {
    while (!grammar.empty()) {
      size_t end = std::min(grammar.find('\n'), grammar.size());
      std::string_view line = grammar.substr(0, end);
      grammar.remove_prefix(std::min(end + 1, grammar.size()));
      size_t sign = line.find(" ::= ");
      if (sign == line.npos) continue;
      rest_ = line.substr(sign + 5);
      std::string name(line.substr(0, sign));
      EXPECT_FALSE(rules_.contains(name)) << "two rules " << name;
      rules_[name] = alternatives();
      EXPECT_TRUE(rest_.empty()) << name << ": " << rest_;
    }
  }

  bool has(std::string_view text) {
    text_ = text;
    memory_.clear();
    return ends_of("root", 0).contains(text.size());
  }
  const std::set<std::string>& missing() const { return missing_; }

 private:
  using Ends = std::set<size_t>;
  struct Node {
    enum Kind { choice, sequence, repeat, characters, rule } kind;
    std::vector<Node> parts{};
    size_t least = 0, most = 1;
    std::vector<std::pair<uint32_t, uint32_t>> ranges{};
    bool inverted = false;
    std::string name{};
  };

  void space() {
    while (rest_.starts_with(' ')) rest_.remove_prefix(1);
  }
  Node alternatives() {
    Node node{Node::choice};
    node.parts.push_back(sequence());
    while (rest_.starts_with('|')) {
      rest_.remove_prefix(1);
      node.parts.push_back(sequence());
    }
    return node;
  }
  Node sequence() {
    Node node{Node::sequence};
    for (space(); !rest_.empty() && rest_[0] != '|' && rest_[0] != ')'; space()) node.parts.push_back(item());
    return node;
  }
  uint32_t character() {
    uint32_t code = 0;
    if (rest_[0] != '\\') {
      rest_.remove_prefix(utf8_character(rest_, code));
      return code;
    }
    char kind = rest_[1];
    rest_.remove_prefix(2);
    size_t digits = kind == 'x' ? 2 : kind == 'u' ? 4 : kind == 'U' ? 8 : 0;
    if (digits == 0)
      return static_cast<uint32_t>(kind == 'n' ? '\n' : kind == 't' ? '\t' : kind == 'r' ? '\r' : kind);
    code = static_cast<uint32_t>(std::stoul(std::string(rest_.substr(0, digits)), nullptr, 16));
    rest_.remove_prefix(digits);
    return code;
  }
  Node item() {
    Node node{Node::sequence};
    if (rest_[0] == '"') {
      rest_.remove_prefix(1);
      while (rest_[0] != '"') {
        uint32_t code = character();
        node.parts.push_back({.kind = Node::characters, .ranges = {{code, code}}});
      }
      rest_.remove_prefix(1);
    } else if (rest_[0] == '[') {
      node.kind = Node::characters;
      rest_.remove_prefix(1);
      if (rest_[0] == '^') {
        node.inverted = true;
        rest_.remove_prefix(1);
      }
      while (rest_[0] != ']') {
        uint32_t first = character(), last = first;
        if (rest_[0] == '-' && rest_[1] != ']') {
          rest_.remove_prefix(1);
          last = character();
        }
        node.ranges.emplace_back(first, last);
      }
      rest_.remove_prefix(1);
    } else if (rest_[0] == '(') {
      rest_.remove_prefix(1);
      node = alternatives();
      EXPECT_TRUE(rest_.starts_with(')'));
      rest_.remove_prefix(1);
    } else {
      node.kind = Node::rule;
      while (!rest_.empty() && (std::isalnum(static_cast<unsigned char>(rest_[0])) || rest_[0] == '-')) {
        node.name += rest_[0];
        rest_.remove_prefix(1);
      }
      EXPECT_FALSE(node.name.empty()) << rest_;
      if (node.name.empty()) rest_ = {};
    }
    while (!rest_.empty() && std::string_view("?*+").find(rest_[0]) != std::string_view::npos) {
      Node repeated{Node::repeat};
      repeated.least = rest_[0] == '+' ? 1 : 0;
      repeated.most = rest_[0] == '?' ? 1 : SIZE_MAX;
      repeated.parts.push_back(std::move(node));
      node = std::move(repeated);
      rest_.remove_prefix(1);
    }
    return node;
  }

  const Ends& ends_of(const std::string& name, size_t at) {
    auto key = std::pair(name, at);
    auto known = memory_.find(key);
    if (known != memory_.end()) return known->second;
    auto rule = rules_.find(name);
    if (rule == rules_.end()) {
      missing_.insert(name);
      return memory_[key];
    }
    Ends found = ends(rule->second, at);
    return memory_[key] = std::move(found);
  }
  Ends ends(const Node& node, size_t at) {
    switch (node.kind) {
      case Node::choice: {
        Ends all;
        for (const Node& part : node.parts) all.merge(ends(part, at));
        return all;
      }
      case Node::sequence: {
        Ends now{at};
        for (const Node& part : node.parts) {
          Ends next;
          for (size_t from : now) next.merge(ends(part, from));
          now = std::move(next);
        }
        return now;
      }
      case Node::repeat: {
        Ends all, now{at};
        if (node.least == 0) all.insert(at);
        for (size_t i = 0; i < node.most && !now.empty(); ++i) {
          Ends next;
          for (size_t from : now) {
            for (size_t to : ends(node.parts[0], from)) {
              if (!all.contains(to)) next.insert(to);
            }
          }
          all.insert(next.begin(), next.end());
          now = std::move(next);
        }
        return all;
      }
      case Node::characters: {
        if (at >= text_.size()) return {};
        uint32_t code = 0;
        size_t length = utf8_character(text_.substr(at), code);
        bool in = false;
        for (auto [first, last] : node.ranges) in |= code >= first && code <= last;
        return in != node.inverted ? Ends{at + length} : Ends{};
      }
      case Node::rule: return ends_of(node.name, at);
    }
    return {};
  }

  std::string_view rest_, text_;
  std::map<std::string, Node> rules_;
  std::map<std::pair<std::string, size_t>, Ends> memory_;
  std::set<std::string> missing_;
};

// Rules for any JSON under this name.
inline std::string any_json(const std::string& name) { return name + " ::= json-value\n"; }

inline constexpr std::string_view kJson =
    R"(json-value ::= json-object | json-list | json-string | json-number | "true" | "false" | "null"
json-object ::= "{" json-space (json-pair json-space ("," json-space json-pair json-space)*)? "}"
json-pair ::= json-string json-space ":" json-space json-value
json-list ::= "[" json-space (json-value json-space ("," json-space json-value json-space)*)? "]"
json-string ::= "\"" ([^"\\] | "\\" ["\\/bfnrtu])* "\""
json-number ::= "-"? [0-9]+ ("." [0-9]+)?
json-space ::= [ \n]*
)";

}  // namespace hearth::gbnf_testing
