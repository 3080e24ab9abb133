// The chat templates of released models, in every scenario, against what Python's Jinja2 makes of them.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "base/file.h"
#include "chat/template.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

ChatJson read_json(const fs::path& path) {
  auto text = read_file(path);
  EXPECT_TRUE(text.ok()) << text.error().message;
  return ChatJson::parse(*text);
}

Result<Rendered> render(const fs::path& file, const ChatJson& scenario) {
  TRY(std::string source, read_file(file));
  RenderOptions options;
  options.bos_token = "<s>";
  options.eos_token = "</s>";
  options.variables = scenario;
  options.now = jinja::read_wall_time("2026-01-15T09:30:00");
  // The environment of these expectations knows no generation blocks.
  TRY(ChatTemplate chat, ChatTemplate::parse(source, file.filename(), {.generation_blocks = false}));
  return chat.render(options);
}

TEST(TemplateConformance, EveryTemplateInEveryScenario) {
  const char* root = std::getenv("HEARTH_CONFORMANCE");
  if (!root) GTEST_SKIP() << "HEARTH_CONFORMANCE is not set: no chat templates of released models here";
  fs::path folder = fs::path(root) / "templates";
  ChatJson scenarios = read_json(folder / "scenarios.json");
  size_t cases = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() != ".jinja") continue;
    ChatJson expected = read_json(fs::path(entry.path()).replace_extension(".expected.json"));
    for (auto scenario = scenarios.begin(); scenario != scenarios.end(); ++scenario) {
      SCOPED_TRACE(entry.path().filename().string() + ", " + scenario.key());
      ++cases;
      const ChatJson& wanted = expected[scenario.key()];
      auto rendered = render(entry.path(), scenario.value());
      if (wanted.contains("error")) {
        EXPECT_FALSE(rendered.ok()) << "expected " << wanted["error"];
      } else if (rendered.ok()) {
        EXPECT_EQ(rendered->text, wanted["text"].get<std::string>());
      } else {
        ADD_FAILURE() << rendered.error().message;
      }
    }
  }
  EXPECT_GT(cases, 0u);
}

}  // namespace
}  // namespace hearth
