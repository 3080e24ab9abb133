#include "sample/grammar/json_basics.h"

#include <algorithm>
#include <vector>

#include "base/text.h"
#include "sample/grammar/language.h"
#include "sample/grammar/regex.h"

namespace hearth::grammar {

namespace {

constexpr uint32_t kFirstWide = 0x80;

// What is escaped wherever it stands.
CharSet escaped_characters() { return {{0, 0x1F}, {'"', '"'}, {'\\', '\\'}}; }

ExprId any_escape(Expressions& expressions) {
  std::vector<ExprId> ways;
  const CharSet escaped = escaped_characters();
  for (auto range : escaped.ranges()) {
    for (uint32_t code = range.first; code <= range.last; ++code)
      ways.push_back(json_escape(static_cast<uint8_t>(code), expressions));
  }
  return expressions.choice(ways);
}

// The beginnings of texts: each leads on by a character.
struct NameTrie {
  struct Node {
    std::map<uint32_t, uint32_t> next;
    bool ends = false;
  };
  std::vector<Node> nodes = std::vector<Node>(1);

  void add(std::string_view name) {
    uint32_t at = 0;
    while (!name.empty()) {
      uint32_t code = 0;
      name.remove_prefix(std::max<size_t>(utf8_character(name, code), 1));
      auto [found, is_new] = nodes[at].next.emplace(code, static_cast<uint32_t>(nodes.size()));
      at = found->second;
      if (is_new) nodes.emplace_back();
    }
    nodes[at].ends = true;
  }
};

}  // namespace

ExprId json_escape(uint8_t byte, Expressions& expressions) {
  static constexpr std::string_view kShort = "\"\"\\\\\bb\ff\nn\rr\tt";
  std::vector<ExprId> ways;
  for (size_t i = 0; i < kShort.size(); i += 2) {
    if (static_cast<uint8_t>(kShort[i]) == byte)
      ways.push_back(expressions.literal(std::string("\\") + kShort[i + 1]));
  }
  if (byte < 0x20) {
    std::vector<ExprId> digits = {expressions.literal(byte < 0x10 ? "\\u000" : "\\u001")};
    uint32_t digit = byte & 0xF;
    CharSet last = {
        {digit < 10 ? '0' + digit : 'a' + digit - 10, digit < 10 ? '0' + digit : 'a' + digit - 10}};
    if (digit >= 10) last.add('A' + digit - 10, 'A' + digit - 10);
    digits.push_back(expressions.chars(last));
    ways.push_back(expressions.sequence(digits));
  }
  return expressions.choice(ways);
}

ExprId in_quotes(ExprId content, Expressions& expressions) {
  return expressions.sequence({expressions.literal("\""), content, expressions.literal("\"")});
}

Result<JsonBasics> JsonBasics::make(Expressions& ex) {
  JsonBasics basics(ex);
  basics.blank = ex.optional(ex.literal(" "));
  ExprId indent = ex.repeat(ex.chars({{'\t', '\t'}, {' ', ' '}}), 0, 20);
  ExprId blanks = ex.choice({ex.literal(" "), ex.sequence({ex.literal("\n"), indent})});
  basics.space = ex.optional(basics.apart(blanks, "white space"));
  TRY(basics.character, parse_whole_regex("[^\"\\\\\\x00-\\x1f]|\\\\(?:[\"\\\\/"
                                          "bfnrt]|u(?:[0-9a-cA-CefEF][0-9a-fA-F]{3}|[dD][0-7][0-9a-fA-F]{2}|"
                                          "[dD][89abAB][0-9a-fA-F]{2}\\\\u[dD][c-fC-F][0-9a-fA-F]{2}))",
                                          ex));
  basics.string = basics.apart(in_quotes(ex.repeat(basics.character, 0, kUnbounded), ex), "any string");
  basics.any_value = ex.add_rule("any value");
  basics.wide_ = basics.apart(ex.chars({{kFirstWide, kLastChar}}), "a wide character");
  basics.escape_ = basics.apart(any_escape(ex), "an escape");
  ExprId plain = ex.chars(CharSet::all().minus(escaped_characters()));
  basics.rest_ = basics.apart(
      ex.sequence({ex.repeat(ex.choice({plain, any_escape(ex)}), 0, kUnbounded), ex.literal("\"")}),
      "the rest of a string");
  return basics;
}

ExprId JsonBasics::apart(ExprId body, std::string_view name) {
  auto [at, is_new] = apart_.emplace(body, 0);
  if (is_new) {
    at->second = ex_->add_rule(std::string(name), true);
    ex_->define(at->second, body);
  }
  return ex_->rule(at->second);
}

Result<Machine> JsonBasics::language(std::string_view regex, bool whole, Budget& budget) {
  std::pair key(whole, std::string(regex));
  if (auto known = languages_.find(key); known != languages_.end()) {
    if (!budget.take(8 + known->second.states.size())) return budget.error();
    return known->second;
  }
  TRY(Machine machine, whole ? whole_regex_language(regex, budget) : regex_language(regex, budget));
  return languages_.emplace(std::move(key), std::move(machine)).first->second;
}

Result<ExprId> JsonBasics::string_except(const std::set<std::string>& names, Budget& budget) {
  NameTrie trie;
  for (const std::string& name : names) {
    if (!budget.take(4 + 2 * name.size())) return budget.error();
    trie.add(name);
  }
  Expressions& ex = *ex_;
  Network network;
  uint32_t first = network.states;
  network.states += static_cast<uint32_t>(trie.nodes.size());
  uint32_t rest = network.add_state();  // another text by now
  network.add(Network::kBegin, ex.literal("\""), first);
  network.add(rest, rest_, Network::kEnd);
  const CharSet escaped = escaped_characters(), all_wide = {{kFirstWide, kLastChar}};
  const CharSet narrow = CharSet({{0, kFirstWide - 1}}).minus(escaped);
  for (uint32_t i = 0; i < trie.nodes.size(); ++i) {
    uint32_t at = first + i;
    CharSet taken;
    for (auto [code, next] : trie.nodes[i].next) {
      taken.add(code, code);
      std::string spelled;
      append_utf8(spelled, code);
      bool is_escaped = escaped.contains(code);
      network.add(at, is_escaped ? json_escape(static_cast<uint8_t>(code), ex) : ex.literal(spelled),
                  first + next);
    }
    const CharSet wide = all_wide.minus(taken), escapes = escaped.minus(taken);
    network.add(at, ex.chars(narrow.minus(taken)), rest);
    network.add(at, wide == all_wide ? wide_ : ex.chars(wide), rest);
    if (escapes == escaped) {
      network.add(at, escape_, rest);
    } else {
      for (auto range : escapes.ranges()) {
        for (uint32_t code = range.first; code <= range.last; ++code)
          network.add(at, json_escape(static_cast<uint8_t>(code), ex), rest);
      }
    }
    if (!trie.nodes[i].ends) network.add(at, ex.literal("\""), Network::kEnd);
  }
  return apart(ex.network(std::move(network)), "another name");
}

}  // namespace hearth::grammar
