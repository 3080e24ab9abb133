// hearth debug grammar: whether a text is in a grammar's language, and if not, where it leaves it.
#include <unistd.h>

#include <algorithm>

#include "base/file.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/debug.h"
#include "cli/grammar_options.h"
#include "sample/grammar/matcher.h"

namespace hearth {

namespace {

// "a" to "z" or "_": the bytes that may come, no more than a line of them.
std::string describe(const grammar::ByteSet& bytes) {
  constexpr size_t kMostRanges = 12;
  std::vector<std::string> ranges;
  auto show = [](size_t byte) {
    return byte < 0x80 ? quote(std::string(1, static_cast<char>(byte))) : fmt::format("byte {:#x}", byte);
  };
  for (size_t byte = 0; byte < bytes.size(); ++byte) {
    if (!bytes[byte]) continue;
    size_t last = byte;
    while (last + 1 < bytes.size() && bytes[last + 1]) ++last;
    if (ranges.size() < kMostRanges)
      ranges.push_back(byte == last ? show(byte) : show(byte) + " to " + show(last));
    if (ranges.size() == kMostRanges && last + 1 < bytes.size()) ranges.push_back("...");
    byte = last;
  }
  return fmt::format("{}", fmt::join(ranges, ", "));
}

Status check_text(const GrammarGiven& given) {
  TRY(auto grammar, read_grammar(given, {}));
  if (!grammar) return fail("no grammar is given: name a .gbnf file, or give --schema, --regex or --choices");
  TRY(std::string text, read_stream(STDIN_FILENO, "standard input"));
  Matcher matcher(grammar, VocabularyTrie::make(std::span<const TokenText>()));
  size_t taken = matcher.accept_bytes(text);
  if (taken == text.size() && matcher.is_complete()) return {};
  std::string next = describe(matcher.next_bytes());
  if (matcher.is_complete()) next += next.empty() ? "the end" : " or the end";
  if (taken == text.size()) return fail("the text ends too early, after {} bytes: expected {}", taken, next);
  std::string_view before = std::string_view(text).substr(0, taken);
  auto line = 1 + std::count(before.begin(), before.end(), '\n');
  size_t column = taken - (before.rfind('\n') + 1) + 1;
  return fail("the text leaves the language at line {}, column {}: expected {}, found {}", line, column, next,
              quote(std::string_view(text).substr(taken), 24));
}

}  // namespace

void debug_grammar_command(CLI::App& debug) {
  add_command(debug, "grammar", "Check whether a text follows a grammar",
              "hearth debug grammar list.gbnf < answer.txt", [](CLI::App& command) {
                auto given = std::make_shared<GrammarGiven>();
                command.add_option("FILE", given->gbnf, "a grammar in llama.cpp's notation (GBNF)");
                add_grammar_options(command, *given);
                return [given] { return check_text(*given); };
              });
}

}  // namespace hearth
