#define PCRE2_CODE_UNIT_WIDTH 8
#include "tokenizer/regex.h"

#include <pcre2.h>

namespace hearth {

namespace {

// White_Space and its complement, as the inside of a bracketed class.
constexpr std::string_view kSpaces =
    R"(\x{9}-\x{D}\x{20}\x{85}\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000})";
constexpr std::string_view kNotSpaces =
    R"(\x{0}-\x{8}\x{E}-\x{1F}\x{21}-\x{84}\x{86}-\x{9F}\x{A1}-\x{167F}\x{1681}-\x{1FFF}\x{200B}-\x{2027})"
    R"(\x{202A}-\x{202E}\x{2030}-\x{205E}\x{2060}-\x{2FFF}\x{3001}-\x{10FFFF})";

std::string spell_out_spaces(std::string_view pattern) {
  std::string result;
  bool in_class = false;
  for (size_t i = 0; i < pattern.size(); ++i) {
    char c = pattern[i];
    if (c == '\\' && i + 1 < pattern.size()) {
      char next = pattern[++i];
      if (next != 's' && next != 'S') {
        result += {c, next};
        continue;
      }
      if (!in_class) result += '[';
      result += next == 's' ? kSpaces : kNotSpaces;
      if (!in_class) result += ']';
      continue;
    }
    if (c == '[') in_class = true;
    if (c == ']') in_class = false;
    result += c;
  }
  return result;
}

std::string message_of(int code) {
  PCRE2_UCHAR text[256];
  if (pcre2_get_error_message(code, text, std::size(text)) < 0) return fmt::format("error {}", code);
  return reinterpret_cast<const char*>(text);
}

constexpr size_t kStackStart = size_t{64} << 10;
constexpr size_t kStackLimit = size_t{128} << 20;

}  // namespace

void Regex::Free::operator()(pcre2_real_code_8* code) const { pcre2_code_free(code); }

Result<Regex> Regex::compile(std::string_view pattern) {
  Regex regex;
  regex.pattern_ = pattern;
  std::string spelled = spell_out_spaces(pattern);
  int error = 0;
  PCRE2_SIZE at = 0;
  regex.code_.reset(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(spelled.data()), spelled.size(),
                                  PCRE2_UTF | PCRE2_UCP | PCRE2_DOLLAR_ENDONLY, &error, &at, nullptr));
  if (!regex.code_) return fail("regular expression {}: {}", pattern, message_of(error));
  // Where there is no just-in-time compiler this fails and pcre2_match interprets.
  pcre2_jit_compile(regex.code_.get(), PCRE2_JIT_COMPLETE);
  return regex;
}

RegexSearch::RegexSearch()
    : data_(pcre2_match_data_create(1, nullptr)), context_(pcre2_match_context_create(nullptr)) {}

RegexSearch::~RegexSearch() {
  pcre2_match_data_free(data_);
  pcre2_match_context_free(context_);
  if (stack_) pcre2_jit_stack_free(stack_);
}

Result<std::optional<RegexSearch::Match>> RegexSearch::find(const Regex& regex, std::string_view text,
                                                            size_t from) {
  auto search = [&] {
    return pcre2_match(regex.code_.get(), reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), from,
                       PCRE2_NO_UTF_CHECK, data_, context_);
  };
  int status = search();
  if (status == PCRE2_ERROR_JIT_STACKLIMIT && !stack_) {
    stack_ = pcre2_jit_stack_create(kStackStart, kStackLimit, nullptr);
    pcre2_jit_stack_assign(context_, nullptr, stack_);
    status = search();
  }
  if (status == PCRE2_ERROR_NOMATCH) return std::optional<Match>();
  if (status < 0)
    return fail("regular expression {} cannot split a text of {} bytes: {}", regex.pattern_, text.size(),
                message_of(status));
  const PCRE2_SIZE* bounds = pcre2_get_ovector_pointer(data_);
  return std::optional<Match>({bounds[0], bounds[1]});
}

}  // namespace hearth
