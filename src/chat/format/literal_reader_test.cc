#include "chat/format/literal_reader.h"

#include <gtest/gtest.h>

#include "chat/format/json_scanner.h"
#include "chat/format/values.h"

namespace hearth {
namespace {

TEST(Literals, OfPythonAndJson) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"1", "1"},
      {"-1.5e3", "-1.5e3"},
      {" true ", "true"},
      {"True", "true"},
      {"None", "null"},
      {"'x'", R"("x")"},
      {R"('it\'s')", R"("it's")"},
      {R"('a"b')", R"("a\"b")"},
      {R"("\x41\u00e9\n")", "\"A\u00e9\\n\""},
      {R"('\ud83e\udd99')", "\"\U0001F999\""},
      {R"('\d')", R"("\\d")"},
      {"[1, 'x', None]", "[1,\"x\",null]"},
      {"(1, 2,)", "[1,2]"},
      {"{'k': [True, {}], 2: 'x'}", R"({"k":[true,{}],"2":"x"})"},
      {"{\"a\": [1, 2]}", "{\"a\": [1, 2]}"},
      {"[]", "[]"},
  };
  for (auto [text, json] : cases) {
    auto read = literal_to_json(text);
    ASSERT_TRUE(read) << text;
    EXPECT_EQ(*read, json) << text;
    EXPECT_FALSE(ChatJson::parse(*read, nullptr, false).is_discarded()) << *read;
  }
}

TEST(Literals, WhatIsNone) {
  for (std::string_view text :
       {"", "x y", "nope", "[1", "{'a'}", "'open", "1 2", "]", "{1}", "[1 2]", "f(x)"}) {
    EXPECT_FALSE(literal_to_json(text)) << text;
  }
  EXPECT_FALSE(literal_to_json(std::string(5000, '[')));
}

TEST(JsonScanner, KnowsWhereValuesEnd) {
  EXPECT_EQ(json_end(R"({"a": [1, "}"]} rest)", 0), 15u);
  EXPECT_EQ(json_end("12.5]", 0), 4u);
  EXPECT_EQ(json_end("null", 0), 4u);
  for (std::string_view bad :
       {"{a:1}", "[1,]", "{\"a\":}", "01", "1.", "\"\n\"", "\"\\q\"", "[1 2]", "{\"a\" 1}", "tru", "-"}) {
    EXPECT_FALSE(json_end(bad, 0)) << bad;
  }
}

TEST(Values, SchemasSayWhatIsText) {
  auto kind = [](const char* schema) {
    ChatJson json = ChatJson::parse(schema);
    return kind_of_schema(&json);
  };
  EXPECT_EQ(kind(R"({"type": "string"})"), ValueKind::text);
  EXPECT_EQ(kind(R"({"type": "integer"})"), ValueKind::other);
  EXPECT_EQ(kind(R"({"type": ["string", "null"]})"), ValueKind::mixed);
  EXPECT_EQ(kind(R"({"enum": ["a", "b"]})"), ValueKind::text);
  EXPECT_EQ(kind(R"({"anyOf": [{"type": "string"}, {"type": "number"}]})"), ValueKind::mixed);
  EXPECT_EQ(kind(R"({"items": {}})"), ValueKind::other);
  EXPECT_EQ(kind("{}"), ValueKind::unknown);
  EXPECT_EQ(value_to_json("12", ValueKind::text, {}), "\"12\"");
  EXPECT_EQ(value_to_json("12", ValueKind::mixed, {}), "12");
  EXPECT_EQ(value_to_json("\"12\"", ValueKind::unknown, {}), R"("\"12\"")");
  EXPECT_EQ(value_to_json("True", ValueKind::unknown, {}), "\"True\"");
  EXPECT_EQ(value_to_json("True", ValueKind::unknown, {.python_words = true}), "true");
  EXPECT_EQ(value_to_json("True", ValueKind::other, {}), "true");
  EXPECT_EQ(value_to_json("nonsense", ValueKind::other, {}), "\"nonsense\"");
}

}  // namespace
}  // namespace hearth
