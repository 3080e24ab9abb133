// The chat templates of released models: what they render as the assistant's turn is parsed back to what was given.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "base/file.h"
#include "chat/format/roundtrip_testing.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> templates() {
  std::vector<fs::path> files;
  const char* root = std::getenv("HEARTH_CONFORMANCE");
  if (!root) return files;
  for (const auto& entry : fs::directory_iterator(fs::path(root) / "templates")) {
    if (entry.path().extension() == ".jinja") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

TEST(RoundTrip, EveryTemplateThatKnowsTools) {
  if (!std::getenv("HEARTH_CONFORMANCE")) {
    GTEST_SKIP() << "HEARTH_CONFORMANCE is not set: no chat templates of released models here";
  }
  size_t with_tools = 0, shown_turns = 0, spelled_turns = 0;
  for (const fs::path& file : templates()) {
    SCOPED_TRACE(file.filename().string());
    auto source = read_file(file);
    ASSERT_TRUE(source.ok());
    auto subject = roundtrip::learn(*source, file.filename());
    ASSERT_TRUE(subject.ok()) << subject.error().message;
    if (!subject->format.tools) continue;
    ++with_tools;
    EXPECT_FALSE(subject->format.calls.empty());
    for (const auto& [what, turn] : roundtrip::turns()) {
      SCOPED_TRACE(what);
      auto shown = roundtrip::show(*subject, turn);
      if (!shown) continue;
      ++shown_turns;
      SCOPED_TRACE(quote(shown->opening) + " + " + quote(shown->text, 2000));
      roundtrip::Turn parsed = roundtrip::parse_all_ways(subject->format, shown->opening, shown->text);
      EXPECT_EQ(roundtrip::comparable(parsed, shown->turn), shown->turn);
    }
  }
  // Some templates cannot write calls, or not without what no sandbox allows; their models do.
  for (const fs::path& file : templates()) {
    auto source = read_file(file);
    auto subject = roundtrip::learn(*source, file.filename());
    if (!subject->format.tools) continue;
    for (const auto& [what, turn] : roundtrip::turns()) {
      if (!turn.content.empty() || !turn.reasoning.empty() || roundtrip::show(*subject, turn)) continue;
      for (const CallSyntax& syntax : subject->format.calls) {
        if (turn.calls.size() > 1 && !syntax.parallel) continue;
        std::string text = roundtrip::spell(subject->format, syntax, turn.calls);
        SCOPED_TRACE(file.filename().string() + ", " + what + ", spelled " + quote(text, 2000));
        ++spelled_turns;
        roundtrip::Turn parsed = roundtrip::parse_all_ways(subject->format, "", text);
        for (auto& call : parsed.calls) call.id.clear();
        roundtrip::Turn wanted = turn;
        for (auto& call : wanted.calls) call.id.clear();
        EXPECT_EQ(parsed, wanted);
      }
    }
  }
  std::cout << with_tools << " templates, " << shown_turns << " turns rendered, " << spelled_turns
            << " spelled\n";
  EXPECT_GT(shown_turns, with_tools);
}

}  // namespace
}  // namespace hearth
