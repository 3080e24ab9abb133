#define PCRE2_CODE_UNIT_WIDTH 8
#include "tokenizer/regex.h"

#include <pcre2.h>

#include "tokenizer/regex_dialect.h"

namespace hearth {

namespace {

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
  TRY(std::string spelled, pcre_from_onigmo(pattern));
  int error = 0;
  PCRE2_SIZE at = 0;
  regex.code_.reset(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(spelled.data()), spelled.size(),
                                  PCRE2_UTF | PCRE2_UCP | PCRE2_MULTILINE, &error, &at, nullptr));
  if (!regex.code_) return fail("regular expression {}: {}", pattern, message_of(error));
  regex.just_in_time_ = pcre2_jit_compile(regex.code_.get(), PCRE2_JIT_COMPLETE) == 0;
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
  // Where there is no just-in-time compiler pcre2_match interprets; where there is, what it checks before every
  // search takes longer than most searches.
  auto search = [&] {
    auto match = regex.just_in_time_ ? pcre2_jit_match : pcre2_match;
    return match(regex.code_.get(), reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), from,
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
