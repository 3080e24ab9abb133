// Every feature of the language, against what Python's Jinja2 makes of it. tools/jinja_matrix.py keeps the file true.
#include <gtest/gtest.h>

#include "base/file.h"
#include "chat/template.h"

namespace hearth {
namespace {

ChatJson matrix() {
  auto text = read_file(std::string(HEARTH_SOURCE_DIR) + "/src/chat/jinja/matrix.json");
  EXPECT_TRUE(text.ok()) << text.error().message;
  return ChatJson::parse(*text);
}

Result<Rendered> render_case(const std::string& source, const RenderOptions& options) {
  TRY(ChatTemplate chat, ChatTemplate::parse(source, "case", {.generation_blocks = false}));
  return chat.render(options);
}

TEST(JinjaMatrix, RendersWhatPythonRenders) {
  ChatJson all = matrix();
  RenderOptions options;
  options.variables = all["context"];
  options.now = jinja::read_wall_time("2026-01-15T09:30:00");
  size_t cases = 0;
  for (auto feature = all["features"].begin(); feature != all["features"].end(); ++feature) {
    for (const ChatJson& row : feature.value()) {
      SCOPED_TRACE(feature.key() + ": " + row[0].dump());
      ++cases;
      auto rendered = render_case(row[0], options);
      if (row[1].is_null()) {
        EXPECT_FALSE(rendered.ok()) << "rendered: " << rendered->text;
      } else {
        ASSERT_TRUE(rendered.ok()) << rendered.error().message;
        EXPECT_EQ(rendered->text, row[1].get<std::string>());
      }
    }
  }
  EXPECT_GT(cases, 500u);
}

// Spans cover the text, without holes, and never end within a character.
TEST(JinjaMatrix, SpansCoverTheText) {
  ChatJson all = matrix();
  RenderOptions options;
  options.variables = all["context"];
  for (const auto& feature : all["features"]) {
    for (const ChatJson& row : feature) {
      auto rendered = render_case(row[0], options);
      if (!rendered.ok()) continue;
      size_t at = 0;
      for (const Rendered::Span& span : rendered->spans) {
        ASSERT_EQ(span.begin, at) << row[0];
        ASSERT_GT(span.end, at) << row[0];
        at = span.end;
        ASSERT_FALSE(at < rendered->text.size() && (rendered->text[at] & 0xc0) == 0x80) << row[0];
      }
      ASSERT_EQ(at, rendered->text.size()) << row[0];
    }
  }
}

}  // namespace
}  // namespace hearth
