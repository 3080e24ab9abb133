#include "sample/grammar/regex.h"

#include "sample/grammar/text_cursor.h"

namespace hearth::grammar {

namespace {

const CharSet kDigits = {{'0', '9'}};
const CharSet kWord = {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}};
// ECMAScript's white space.
const CharSet kSpace = {{'\t', '\r'},     {' ', ' '},       {0xA0, 0xA0},     {0x1680, 0x1680},
                        {0x2000, 0x200A}, {0x2028, 0x2029}, {0x202F, 0x202F}, {0x205F, 0x205F},
                        {0x3000, 0x3000}, {0xFEFF, 0xFEFF}};
const CharSet kNewlines = {{'\n', '\n'}, {'\r', '\r'}, {0x2028, 0x2029}};

class RegexParser {
 public:
  RegexParser(std::string_view text, bool whole, Expressions& expressions)
      : cursor_(text), whole_(whole), expressions_(expressions) {}

  // Parentheses are kept on a stack of our own, whatever their depth.
  Result<ExprId> parse() {
    std::vector<Group> groups(1);
    while (!cursor_.done()) {
      char c = cursor_.peek();
      Group& group = groups.back();
      if (c == '(') {
        size_t begin = cursor_.position();
        TRY_STATUS(open_group());
        bool first = group.at_begin && group.sequence.empty();
        groups.emplace_back();
        groups.back().position = begin;
        groups.back().at_begin = first;
      } else if (c == ')') {
        if (groups.size() == 1) return cursor_.error("this ) has no (");
        cursor_.skip();
        ExprId inner = finish(group);
        bool ended = group.any_ended, anchored = group.anchored || ended;
        groups.pop_back();
        TRY_STATUS(append(groups.back(), inner));
        groups.back().ended = ended;
        groups.back().last_anchored = anchored;
        groups.back().anchored |= anchored;
      } else if (c == '|') {
        cursor_.skip();
        group.alternatives.push_back(expressions_.sequence(group.sequence));
        group.sequence.clear();
        group.any_ended = group.any_ended || group.ended;
        group.ended = false;
      } else if (c == '*' || c == '+' || c == '?' || (c == '{' && is_count())) {
        TRY_STATUS(repeat(group));
      } else if (c == '^' || c == '$') {
        TRY_STATUS(anchor(group, c == '^'));
      } else {
        TRY(ExprId atom, parse_atom());
        TRY_STATUS(append(group, atom));
      }
    }
    if (groups.size() > 1) return cursor_.error_at(groups.back().position, "this ( is never closed");
    return finish(groups.front());
  }

 private:
  struct Group {
    size_t position = 0;
    std::vector<ExprId> alternatives, sequence;
    bool at_begin = true;    // where it begins, the text begins
    bool ended = false;      // the sequence has had its $
    bool any_ended = false;  // an alternative has
    bool anchored = false;   // it has ^ or $ somewhere, and what stands last in the sequence has
    bool last_anchored = false;
  };

  ExprId finish(Group& group) {
    group.any_ended = group.any_ended || group.ended;
    group.alternatives.push_back(expressions_.sequence(group.sequence));
    return expressions_.choice(group.alternatives);
  }

  Status append(Group& group, ExprId atom) {
    if (whole_ && group.ended) return cursor_.error("nothing can follow $ where a whole text is matched");
    group.sequence.push_back(atom);
    group.last_anchored = false;
    return {};
  }

  Status anchor(Group& group, bool is_begin) {
    if (!whole_) {
      cursor_.skip();
      group.sequence.push_back(is_begin ? expressions_.begin() : expressions_.end());
      return {};
    }
    if (is_begin && !(group.at_begin && group.sequence.empty()))
      return cursor_.error("nothing can come before ^ where a whole text is matched");
    cursor_.skip();
    group.anchored = true;
    if (!is_begin) group.ended = true;
    return {};
  }

  Status open_group() {
    cursor_.skip();
    if (!cursor_.take('?')) return {};
    if (cursor_.take(':')) return {};
    if (cursor_.take('P') || (cursor_.peek() == '<' && cursor_.peek(1) != '=' && cursor_.peek(1) != '!')) {
      if (!cursor_.take('<')) return cursor_.expected("<, as in (?P<name>...)");
      cursor_.take_while([](char c) { return c != '>' && c != ')'; });
      if (!cursor_.take('>')) return cursor_.expected(">");
      return {};
    }
    return cursor_.error(
        "an automaton cannot look ahead or behind, and knows no flags: of (?...) only (?:...) and "
        "(?<name>...) "
        "are possible");
  }

  // A brace that is no count stands for itself, as it does in other engines.
  bool is_count() const {
    size_t at = 1;
    while (is_digit(cursor_.peek(at))) ++at;
    if (at == 1) return false;
    if (cursor_.peek(at) == ',') ++at;
    while (is_digit(cursor_.peek(at))) ++at;
    return cursor_.peek(at) == '}';
  }

  Status repeat(Group& group) {
    if (group.sequence.empty()) return cursor_.error("there is nothing before this to repeat");
    if (whole_ && (group.last_anchored || group.ended))
      return cursor_.error("^ and $ cannot be repeated where a whole text is matched");
    uint32_t least = 0, most = kUnbounded;
    size_t begin = cursor_.position();
    if (cursor_.take('+')) {
      least = 1;
    } else if (cursor_.take('?')) {
      most = 1;
    } else if (cursor_.take('{')) {
      TRY(least, parse_count(cursor_));
      most = least;
      if (cursor_.take(',')) {
        most = kUnbounded;
        if (is_digit(cursor_.peek())) { TRY(most, parse_count(cursor_)); }
      }
      cursor_.skip();
      if (most < least) return cursor_.error_at(begin, "the second count is less than the first");
    } else {
      cursor_.skip();
    }
    cursor_.take('?');  // which match is taken first makes no difference to whether there is one
    group.sequence.back() = expressions_.repeat(group.sequence.back(), least, most);
    return {};
  }

  Result<ExprId> parse_atom() {
    if (cursor_.take('.')) return expressions_.chars(kNewlines.inverted());
    if (cursor_.peek() == '[') return parse_class();
    if (cursor_.peek() == '\\') {
      TRY(CharSet set, parse_escape(false));
      return expressions_.chars(set);
    }
    TRY(uint32_t code, cursor_.character());
    return expressions_.chars({{code, code}});
  }

  // From the backslash on.
  Result<CharSet> parse_escape(bool in_class) {
    size_t begin = cursor_.position();
    cursor_.skip();
    if (cursor_.done()) return cursor_.expected("what the backslash escapes");
    char c = cursor_.peek();
    auto one = [](uint32_t code) { return CharSet{{code, code}}; };
    if (static_cast<uint8_t>(c) < 0x80) cursor_.skip();
    switch (c) {
      case 'd': return kDigits;
      case 'D': return kDigits.inverted();
      case 'w': return kWord;
      case 'W': return kWord.inverted();
      case 's': return kSpace;
      case 'S': return kSpace.inverted();
      case 't': return one('\t');
      case 'n': return one('\n');
      case 'r': return one('\r');
      case 'f': return one('\f');
      case 'v': return one('\v');
      case '0': return one(0);
      case 'x': {
        TRY(uint32_t code, parse_hex(cursor_, 2));
        return one(code);
      }
      case 'u': return parse_unicode();
      case 'b':
        if (in_class) return one('\b');
        break;
      default: break;
    }
    bool is_letter = ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z');
    if (is_digit(c)) return cursor_.error_at(begin, "an automaton cannot refer to what a group matched");
    if (c == 'p' || c == 'P')
      return cursor_.error_at(begin, "Unicode properties are not supported; write the ranges");
    if (c == 'b' || c == 'B') return cursor_.error_at(begin, "word boundaries are not supported");
    if (is_letter) return cursor_.error_at(begin, fmt::format("unknown escape \\{}", c));
    if (static_cast<uint8_t>(c) < 0x80) return one(static_cast<uint32_t>(c));
    TRY(uint32_t code, cursor_.character());
    return one(code);
  }

  // \uXXXX, two of which may be a surrogate pair, or \u{X...}
  Result<CharSet> parse_unicode() {
    if (cursor_.take('{')) {
      std::string_view digits = cursor_.take_while([](char c) { return hex_value(c) >= 0; });
      uint32_t code = 0;
      for (char digit : digits.substr(0, 8)) code = code << 4 | static_cast<uint32_t>(hex_value(digit));
      CharSet set{{code, code}};
      if (digits.empty() || digits.size() > 8 || set.empty() || !cursor_.take('}'))
        return cursor_.error("expected a character's number, as in \\u{1F600}");
      return set;
    }
    auto surrogate = [&](char low, char high) {
      char c = static_cast<char>(cursor_.peek(1) | 0x20);
      return (cursor_.peek() == 'd' || cursor_.peek() == 'D') && low <= c && c <= high;
    };
    if (surrogate('8' | 0x20, '9' | 0x20) || surrogate('a', 'b')) {
      TRY(uint32_t high, hex4());
      if (!cursor_.take("\\u") || !surrogate('c', 'f'))
        return cursor_.expected("the second half of a surrogate pair");
      TRY(uint32_t low, hex4());
      uint32_t code = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
      return CharSet{{code, code}};
    }
    TRY(uint32_t code, parse_hex(cursor_, 4));
    return CharSet{{code, code}};
  }
  Result<uint32_t> hex4() {
    uint32_t code = 0;
    for (int i = 0; i < 4; ++i, cursor_.skip()) {
      int value = cursor_.done() ? -1 : hex_value(cursor_.peek());
      if (value < 0) return cursor_.expected("4 hexadecimal digits");
      code = code << 4 | static_cast<uint32_t>(value);
    }
    return code;
  }

  Result<ExprId> parse_class() {
    size_t begin = cursor_.position();
    cursor_.skip();
    CharSet set;
    bool inverted = cursor_.take('^');
    while (!cursor_.take(']')) {
      size_t at = cursor_.position();
      TRY(CharSet first, parse_member(begin));
      bool is_range = cursor_.peek() == '-' && cursor_.peek(1) != ']' && is_one(first);
      if (!is_range) {
        set.add(first);
        continue;
      }
      cursor_.skip();
      TRY(CharSet last, parse_member(begin));
      if (!is_one(last)) {  // [a-\d]: the - stands for itself
        set.add(first);
        set.add('-', '-');
        set.add(last);
        continue;
      }
      uint32_t from = first.ranges()[0].first, to = last.ranges()[0].first;
      if (to < from)
        return cursor_.error_at(at, fmt::format("the range {} runs backwards", quote(cursor_.since(at))));
      set.add(from, to);
    }
    if (inverted) set = set.inverted();
    return expressions_.chars(set);
  }

  static bool is_one(const CharSet& set) {
    return set.ranges().size() == 1 && set.ranges()[0].first == set.ranges()[0].last;
  }

  Result<CharSet> parse_member(size_t class_begin) {
    if (cursor_.done()) return cursor_.error_at(class_begin, "this [ is never closed");
    if (cursor_.peek() == '\\') return parse_escape(true);
    TRY(uint32_t code, cursor_.character());
    return CharSet{{code, code}};
  }

  TextCursor cursor_;
  bool whole_;
  Expressions& expressions_;
};

}  // namespace

Result<ExprId> parse_regex(std::string_view text, Expressions& expressions) {
  return RegexParser(text, false, expressions).parse();
}

Result<ExprId> parse_whole_regex(std::string_view text, Expressions& expressions) {
  return RegexParser(text, true, expressions).parse();
}

}  // namespace hearth::grammar
