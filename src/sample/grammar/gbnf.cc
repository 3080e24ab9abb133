#include "sample/grammar/gbnf.h"

#include <charconv>
#include <unordered_map>

#include "sample/grammar/text_cursor.h"

namespace hearth::grammar {

namespace {

bool is_name_char(char c) {
  return ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z') || is_digit(c) || c == '-' || c == '_';
}

// Parentheses are kept on a stack of our own: a stranger may nest them as deep as the text is long.
class GbnfParser {
 public:
  GbnfParser(std::string_view text, const FindToken& find_token, Expressions& expressions,
             const std::unordered_map<std::string, RuleId>& given)
      : cursor_(text), find_token_(find_token), expressions_(expressions) {
    for (const auto& [name, rule] : given) rules_.emplace(name, Rule{rule, 0});
  }

  Result<RuleId> parse() {
    skip_space(true);
    while (!cursor_.done()) TRY_STATUS(parse_rule());
    for (const auto& [name, rule] : rules_) {
      if (!expressions_.rule_body(rule.id))
        return cursor_.error_at(rule.position, fmt::format("rule {} is not defined", quote(name)));
    }
    auto root = rules_.find("root");
    if (root == rules_.end()) return fail("there is no rule called root, which every grammar begins with");
    return root->second.id;
  }

 private:
  struct Rule {
    RuleId id;
    size_t position;  // where it is named first
  };
  // What stands between an opening parenthesis and here.
  struct Group {
    size_t position;
    std::vector<ExprId> alternatives, sequence;
  };

  void skip_space(bool newlines) {
    while (true) {
      cursor_.take_while(
          [&](char c) { return c == ' ' || c == '\t' || (newlines && (c == '\n' || c == '\r')); });
      if (cursor_.peek() != '#') return;
      cursor_.take_while([](char c) { return c != '\n' && c != '\r'; });
    }
  }

  RuleId rule_named(std::string_view name, size_t position) {
    auto found = rules_.find(std::string(name));
    if (found == rules_.end())
      found = rules_.emplace(name, Rule{expressions_.add_rule(std::string(name)), position}).first;
    return found->second.id;
  }

  Status parse_rule() {
    size_t begin = cursor_.position();
    std::string_view name = cursor_.take_while(is_name_char);
    if (name.empty()) return cursor_.expected("the name of a rule");
    RuleId rule = rule_named(name, begin);
    if (expressions_.rule_body(rule))
      return cursor_.error_at(begin, fmt::format("rule {} is defined a second time", quote(name)));
    skip_space(false);
    if (!cursor_.take("::=")) return cursor_.expected("::=");
    skip_space(true);
    TRY(ExprId body, parse_alternatives());
    expressions_.define(rule, body);
    if (!cursor_.done() && cursor_.peek() != '\n' && cursor_.peek() != '\r')
      return cursor_.expected("a new line or the end of the rule");
    skip_space(true);
    return {};
  }

  ExprId finish(Group& group) {
    group.alternatives.push_back(expressions_.sequence(group.sequence));
    return expressions_.choice(group.alternatives);
  }

  Result<ExprId> parse_alternatives() {
    std::vector<Group> groups(1);
    while (true) {
      bool nested = groups.size() > 1;
      char c = cursor_.peek();
      if (c == '(') {
        groups.push_back({cursor_.position(), {}, {}});
        cursor_.skip();
        skip_space(true);
      } else if (c == ')' && nested) {
        cursor_.skip();
        ExprId group = finish(groups.back());
        groups.pop_back();
        groups.back().sequence.push_back(group);
        skip_space(groups.size() > 1);
      } else if (c == '|') {
        cursor_.skip();
        skip_space(true);
        Group& group = groups.back();
        group.alternatives.push_back(expressions_.sequence(group.sequence));
        group.sequence.clear();
      } else if (c == '*' || c == '+' || c == '?' || c == '{') {
        TRY_STATUS(parse_repetition(groups.back()));
        skip_space(nested);
      } else {
        TRY(auto symbol, parse_symbol());
        if (!symbol) break;
        groups.back().sequence.push_back(*symbol);
        skip_space(nested);
      }
    }
    if (groups.size() > 1) {
      if (!cursor_.done()) return cursor_.expected("a symbol or )");
      return cursor_.error_at(groups.back().position, "this ( is never closed");
    }
    return finish(groups.front());
  }

  // Nothing where no symbol begins.
  Result<std::optional<ExprId>> parse_symbol() {
    size_t begin = cursor_.position();
    char c = cursor_.peek();
    if (cursor_.take('"')) {
      TRY(ExprId text, parse_literal(begin));
      return std::optional(text);
    }
    if (cursor_.take('[')) {
      TRY(ExprId set, parse_class(begin));
      return std::optional(set);
    }
    if (cursor_.take('.')) return std::optional(expressions_.chars(CharSet::all()));
    if (c == '<' || c == '!') {
      TRY(ExprId token, parse_token());
      return std::optional(token);
    }
    std::string_view name = cursor_.take_while(is_name_char);
    if (name.empty()) return std::optional<ExprId>();
    return std::optional(expressions_.rule(rule_named(name, begin)));
  }

  Result<uint32_t> parse_char() {
    if (!cursor_.take('\\')) return cursor_.character();
    char escaped = cursor_.peek();
    if (!cursor_.done()) cursor_.skip();
    switch (escaped) {
      case 'x': return parse_hex(cursor_, 2);
      case 'u': return parse_hex(cursor_, 4);
      case 'U': return parse_hex(cursor_, 8);
      case 't': return uint32_t{'\t'};
      case 'r': return uint32_t{'\r'};
      case 'n': return uint32_t{'\n'};
      case '\\':
      case '"':
      case '[':
      case ']':
      case '^':
      case '-': return static_cast<uint32_t>(escaped);
      default:
        return cursor_.error_at(
            cursor_.position() - 1,
            "unknown escape; known are \\x \\u \\U \\t \\r \\n \\\\ \\\" \\[ \\] \\^ \\-");
    }
  }

  Result<ExprId> parse_literal(size_t begin) {
    std::string text;
    while (!cursor_.take('"')) {
      if (cursor_.done()) return cursor_.error_at(begin, "this \" is never closed");
      TRY(uint32_t code, parse_char());
      append_utf8(text, code);
    }
    return expressions_.literal(text);
  }

  Result<ExprId> parse_class(size_t begin) {
    CharSet set;
    bool inverted = cursor_.take('^');
    while (!cursor_.take(']')) {
      if (cursor_.done()) return cursor_.error_at(begin, "this [ is never closed");
      size_t at = cursor_.position();
      TRY(uint32_t first, parse_char());
      uint32_t last = first;
      if (cursor_.peek() == '-' && cursor_.peek(1) != ']') {
        cursor_.skip();
        if (cursor_.done()) return cursor_.error_at(begin, "this [ is never closed");
        TRY(last, parse_char());
      }
      if (last < first)
        return cursor_.error_at(at, fmt::format("the range {} runs backwards", quote(cursor_.since(at))));
      set.add(first, last);
    }
    if (inverted) set = set.inverted();
    if (set.empty()) return cursor_.error_at(begin, "no character is in this class");
    return expressions_.chars(set);
  }

  Result<ExprId> parse_token() {
    size_t begin = cursor_.position();
    bool negated = cursor_.take('!');
    if (!cursor_.take('<')) return cursor_.expected("< and a token after !");
    if (cursor_.take('[')) {
      std::string_view digits = cursor_.take_while(is_digit);
      TokenId id = 0;
      auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), id);
      if (digits.empty() || problem != std::errc() || id >= static_cast<TokenId>(kMaxTokens))
        return cursor_.error_at(begin, "expected a token's number, as in <[1000]>");
      if (!cursor_.take("]>")) return cursor_.expected("]>");
      return expressions_.token(id, negated);
    }
    size_t name_begin = cursor_.position() - 1;
    cursor_.take_while([](char c) { return c != '>' && c != '\n'; });
    if (!cursor_.take('>')) return cursor_.error_at(begin, "this < is never closed");
    std::string_view name = cursor_.since(name_begin);
    auto id = find_token_ ? find_token_(name) : std::nullopt;
    if (!id && !find_token_)
      return cursor_.error_at(
          begin, fmt::format("the token {} cannot be looked up without a vocabulary", quote(name)));
    if (!id) return cursor_.error_at(begin, fmt::format("the vocabulary has no token {}", quote(name)));
    return expressions_.token(*id, negated);
  }

  Status parse_repetition(Group& group) {
    if (group.sequence.empty()) return cursor_.error("there is nothing before this to repeat");
    uint32_t least = 0, most = kUnbounded;
    if (cursor_.take('+')) {
      least = 1;
    } else if (cursor_.take('?')) {
      most = 1;
    } else if (!cursor_.take('*')) {
      size_t begin = cursor_.position();
      cursor_.skip();
      skip_space(false);
      TRY(least, parse_count(cursor_));
      most = least;
      skip_space(false);
      if (cursor_.take(',')) {
        skip_space(false);
        most = kUnbounded;
        if (is_digit(cursor_.peek())) { TRY(most, parse_count(cursor_)); }
        skip_space(false);
      }
      if (!cursor_.take('}')) return cursor_.expected("}");
      if (most < least) return cursor_.error_at(begin, "the second count is less than the first");
    }
    group.sequence.back() = expressions_.repeat(group.sequence.back(), least, most);
    return {};
  }

  TextCursor cursor_;
  const FindToken& find_token_;
  Expressions& expressions_;
  std::unordered_map<std::string, Rule> rules_;
};

}  // namespace

Result<RuleId> parse_gbnf(std::string_view text, const FindToken& find_token, Expressions& expressions,
                          const std::unordered_map<std::string, RuleId>& given) {
  return GbnfParser(text, find_token, expressions, given).parse();
}

}  // namespace hearth::grammar
