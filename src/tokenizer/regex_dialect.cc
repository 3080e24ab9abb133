#include "tokenizer/regex_dialect.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <vector>

namespace hearth {

namespace {

// As the inside of a bracketed class. White_Space and its complement are spelled out: PCRE2's own `\s` counts
// U+180E in, and a complement inside a class is faster than a look-ahead.
constexpr std::string_view kSpaces =
    R"(\x{9}-\x{D}\x{20}\x{85}\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000})";
constexpr std::string_view kNotSpaces =
    R"(\x{0}-\x{8}\x{E}-\x{1F}\x{21}-\x{84}\x{86}-\x{9F}\x{A1}-\x{167F}\x{1681}-\x{1FFF}\x{200B}-\x{2027})"
    R"(\x{202A}-\x{202E}\x{2030}-\x{205E}\x{2060}-\x{2FFF}\x{3001}-\x{10FFFF})";
constexpr std::string_view kWord = R"(\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\x{200C}\x{200D})";
constexpr std::string_view kHex = "0-9a-fA-F";

constexpr int kMaxNesting = 16;

// The long names of general categories, which PCRE2 does not know.
constexpr struct {
  std::string_view name, category;
} kCategories[] = {{"Letter", "L"},
                   {"Lowercase_Letter", "Ll"},
                   {"Uppercase_Letter", "Lu"},
                   {"Titlecase_Letter", "Lt"},
                   {"Modifier_Letter", "Lm"},
                   {"Other_Letter", "Lo"},
                   {"Mark", "M"},
                   {"Nonspacing_Mark", "Mn"},
                   {"Spacing_Mark", "Mc"},
                   {"Enclosing_Mark", "Me"},
                   {"Number", "N"},
                   {"Decimal_Number", "Nd"},
                   {"Letter_Number", "Nl"},
                   {"Other_Number", "No"},
                   {"Punctuation", "P"},
                   {"Connector_Punctuation", "Pc"},
                   {"Dash_Punctuation", "Pd"},
                   {"Open_Punctuation", "Ps"},
                   {"Close_Punctuation", "Pe"},
                   {"Initial_Punctuation", "Pi"},
                   {"Final_Punctuation", "Pf"},
                   {"Other_Punctuation", "Po"},
                   {"Symbol", "S"},
                   {"Math_Symbol", "Sm"},
                   {"Currency_Symbol", "Sc"},
                   {"Modifier_Symbol", "Sk"},
                   {"Other_Symbol", "So"},
                   {"Separator", "Z"},
                   {"Space_Separator", "Zs"},
                   {"Line_Separator", "Zl"},
                   {"Paragraph_Separator", "Zp"},
                   {"Other", "C"},
                   {"Control", "Cc"},
                   {"Format", "Cf"},
                   {"Surrogate", "Cs"},
                   {"Private_Use", "Co"},
                   {"Unassigned", "Cn"}};

bool is_script(std::string_view name) {
  std::string pattern = fmt::format("\\p{{sc:{}}}", name);
  int error = 0;
  PCRE2_SIZE at = 0;
  auto* code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(), PCRE2_UTF, &error,
                             &at, nullptr);
  pcre2_code_free(code);
  return code != nullptr;
}

std::string property(char letter, std::string_view name) {
  bool negated = name.starts_with('^');
  if (negated) name.remove_prefix(1);
  std::string result = {'\\', negated == (letter == 'p') ? 'P' : 'p', '{'};
  std::string_view category;
  for (const auto& row : kCategories) {
    if (row.name == name) category = row.category;
  }
  if (!category.empty()) {
    result += category;
  } else {
    bool general = name.size() <= 2 && std::string_view("CLMNPSZ").find(name[0]) != std::string_view::npos;
    if (!general && is_script(name)) result += "sc:";
    result += name;
  }
  return result + '}';
}

class Translator {
 public:
  explicit Translator(std::string_view in) : in_(in) {}

  Result<std::string> run() {
    while (at_ < in_.size()) {
      char c = in_[at_];
      if (c == '\\') {
        escape();
      } else if (c == '[') {
        TRY(Set set, set_of_characters(0));
        out_ += expression(set);
      } else if (c == '{') {
        TRY_STATUS(interval());
      } else {
        out_ += c;
        ++at_;
      }
    }
    return std::move(out_);
  }

 private:
  // A class: `[body]`, or the opposite of it, or where neither can say it any expression for one character.
  struct Set {
    std::string body;
    bool negated = false;
    std::string other;
  };

  static std::string expression(const Set& set) {
    if (!set.other.empty()) return set.other;
    return fmt::format("[{}{}]", set.negated ? "^" : "", set.body);
  }

  // Outside of classes.
  void escape() {
    char next = at_ + 1 < in_.size() ? in_[at_ + 1] : '\0';
    std::string spelled;
    switch (next) {
      case 's': spelled = fmt::format("[{}]", kSpaces); break;
      case 'S': spelled = fmt::format("[{}]", kNotSpaces); break;
      case 'w': spelled = fmt::format("[{}]", kWord); break;
      case 'W': spelled = fmt::format("[^{}]", kWord); break;
      case 'b': spelled = fmt::format("(?:(?<=[{0}])(?![{0}])|(?<![{0}])(?=[{0}]))", kWord); break;
      case 'B': spelled = fmt::format("(?:(?<=[{0}])(?=[{0}])|(?<![{0}])(?![{0}]))", kWord); break;
      case 'h': spelled = fmt::format("[{}]", kHex); break;
      case 'H': spelled = fmt::format("[^{}]", kHex); break;
      default: out_ += plain_escape(); return;
    }
    out_ += spelled;
    at_ += 2;
  }

  // What is written alike inside of classes and outside.
  std::string plain_escape() {
    char next = at_ + 1 < in_.size() ? in_[at_ + 1] : '\0';
    size_t end = at_ + 2 < in_.size() && in_[at_ + 2] == '{' ? in_.find('}', at_) : in_.npos;
    if (end != in_.npos) {
      std::string_view inside = in_.substr(at_ + 3, end - at_ - 3);
      bool is_property = next == 'p' || next == 'P';
      std::string result = is_property ? property(next, inside) : fmt::format("\\{}{{{}}}", next, inside);
      at_ = end + 1;
      return result;
    }
    if (next == 'u' && in_.size() - at_ >= 6) {
      std::string result = fmt::format("\\x{{{}}}", in_.substr(at_ + 2, 4));
      at_ += 6;
      return result;
    }
    std::string result(in_.substr(at_, 2));
    at_ += result.size();
    return result;
  }

  // `{n,m}`, or a brace that is only a brace.
  Status interval() {
    size_t end = in_.find_first_not_of("0123456789,", at_ + 1);
    std::string_view inside = end == in_.npos ? "" : in_.substr(at_ + 1, end - at_ - 1);
    if (inside.empty() || inside == "," || in_[end] != '}') {
      out_ += in_[at_++];
      return {};
    }
    out_ += fmt::format("{{{}{}}}", inside.starts_with(',') ? "0" : "", inside);
    at_ = end + 1;
    // To Onigmo it is a repetition of the repetition, to PCRE2 a possessive one.
    if (at_ < in_.size() && in_[at_] == '+')
      return fail("regular expression {}: \"{{{}}}+\" is not supported", in_, inside);
    return {};
  }

  // At its opening bracket.
  Result<Set> set_of_characters(int depth) {
    if (depth == kMaxNesting)
      return fail("regular expression {}: has more than {} classes in one another", in_, kMaxNesting);
    ++at_;
    bool negated = at_ < in_.size() && in_[at_] == '^';
    if (negated) ++at_;
    Parts parts;
    std::vector<std::string> meeting;  // what stands before each `&&`
    for (bool first = true;; first = false) {
      if (at_ >= in_.size()) return fail("regular expression {}: a class has no end", in_);
      std::string_view rest = in_.substr(at_);
      if (rest[0] == ']' && !first) break;
      if (rest[0] == '\\') {
        class_escape(parts);
      } else if (rest.starts_with("[:") && rest.find(":]") != rest.npos) {
        size_t size = rest.find(":]") + 2;
        parts.body += rest.substr(0, size);
        at_ += size;
      } else if (rest[0] == '[') {
        TRY(Set inner, set_of_characters(depth + 1));
        if (inner.other.empty() && !inner.negated) {
          parts.body += inner.body;
        } else {
          parts.others.push_back(expression(inner));
        }
      } else if (rest.starts_with("&&")) {
        meeting.push_back(parts.joined());
        parts = {};
        at_ += 2;
      } else {
        if (rest[0] == ']') parts.body += '\\';
        parts.body += rest[0];
        ++at_;
      }
    }
    ++at_;
    if (meeting.empty() && parts.others.empty()) return Set{std::move(parts.body), negated, {}};
    std::string all;
    for (const std::string& one : meeting) all += fmt::format("(?={})", one);
    all = fmt::format("(?:{}{})", all, parts.joined());
    if (negated) all = fmt::format("(?:(?!{})(?s:.))", all);
    return Set{{}, false, std::move(all)};
  }

  struct Parts {
    std::string body;
    std::vector<std::string> others;

    std::string joined() const {
      if (others.empty()) return fmt::format("[{}]", body);
      std::string result = fmt::format("(?:{}", others[0]);
      for (size_t i = 1; i < others.size(); ++i) result += "|" + others[i];
      if (!body.empty()) result += fmt::format("|[{}]", body);
      return result + ')';
    }
  };

  void class_escape(Parts& parts) {
    char next = at_ + 1 < in_.size() ? in_[at_ + 1] : '\0';
    switch (next) {
      case 's': parts.body += kSpaces; break;
      case 'S': parts.body += kNotSpaces; break;
      case 'w': parts.body += kWord; break;
      case 'W': parts.others.push_back(fmt::format("[^{}]", kWord)); break;
      case 'h': parts.body += kHex; break;
      case 'H': parts.others.push_back(fmt::format("[^{}]", kHex)); break;
      default: parts.body += plain_escape(); return;
    }
    at_ += 2;
  }

  std::string_view in_;
  size_t at_ = 0;
  std::string out_;
};

}  // namespace

Result<std::string> pcre_from_onigmo(std::string_view pattern) { return Translator(pattern).run(); }

}  // namespace hearth
