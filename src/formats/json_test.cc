#include "formats/json.h"

#include <gtest/gtest.h>

#include <cmath>

namespace hearth {
namespace {

using Json = nlohmann::ordered_json;

std::string error_of(std::string_view text) {
  auto document = parse_json(text);
  return document.ok() ? "no error" : document.error().message;
}

TEST(ReadJson, ValuesOfEveryKind) {
  auto document = parse_json(R"( {"b": [1, -2, 3.5, 1e3, true, false, null, "x"], "a": {}, "c": []} )");
  ASSERT_TRUE(document.ok()) << document.error().message;
  EXPECT_EQ(document->dump(), R"({"b":[1,-2,3.5,1000.0,true,false,null,"x"],"a":{},"c":[]})");
  EXPECT_TRUE((*document)["b"][0].is_number_unsigned());
  EXPECT_TRUE((*document)["b"][1].is_number_integer());
}

TEST(ReadJson, AgreesWithTheLibrary) {
  for (const char* text : {"0", "-0", "18446744073709551615", "18446744073709551616", "-9223372036854775808",
                           "-9223372036854775809", "0.1", "1E-5", "1e+5", "123456789.123456789", "5e-324",
                           "\"\\u00e9\\ud83d\\udd25\\n\\/\"", "\"\xc3\xa9\"", "[[[]]]", "\xef\xbb\xbf[1]",
                           "\t\r\n {} \n", R"({"":{"":[]}})"}) {
    auto document = parse_json(text);
    ASSERT_TRUE(document.ok()) << text << ": " << document.error().message;
    EXPECT_EQ(*document, Json::parse(text)) << text;
  }
}

TEST(ReadJson, TakesWhatPythonWrites) {
  auto document = parse_json("[NaN, Infinity, -Infinity ]");
  ASSERT_TRUE(document.ok()) << document.error().message;
  EXPECT_TRUE(std::isnan((*document)[0].get<double>()));
  EXPECT_EQ((*document)[1].get<double>(), INFINITY);
  EXPECT_EQ((*document)[2].get<double>(), -INFINITY);
}

TEST(ReadJson, ErrorsSayWhereAndWhat) {
  struct Case {
    const char* text;
    const char* error;
  };
  const Case cases[] = {
      {"", "line 1, column 1: expected a value, but the text ends"},
      {"{\"a\": 1,\n \"b\": tru}", "line 2, column 7: expected a value, but found \"tru\""},
      {"{\"a\" 1}", "line 1, column 6: expected ':', but found \"1\""},
      {"{\"a\": 1 \"b\": 2}", "line 1, column 9: expected ',' or '}', but found \"\\\"b\\\"\""},
      {"{\"a\": 1,}", "line 1, column 9: expected a string, but found \"}\""},
      {"[1, 2", "line 1, column 6: expected ',' or ']', but the text ends"},
      {"[1, ]", "line 1, column 5: expected a value, but found \"]\""},
      {"[1}", "line 1, column 3: expected ',' or ']', but found \"}\""},
      {"{1: 2}", "line 1, column 2: expected a string, but found \"1\""},
      {"1 2", "line 1, column 3: expected the end, but found \"2\""},
      {"{} {}", "line 1, column 4: expected the end, but found \"{\""},
      {"01", "line 1, column 2: expected the end, but found \"1\""},
      {"+1", "line 1, column 1: expected a value, but found \"+1\""},
      {"-", "line 1, column 2: expected a digit, but the text ends"},
      {"1.", "line 1, column 3: expected a digit, but the text ends"},
      {".5", "line 1, column 1: expected a value, but found \".5\""},
      {"1e", "line 1, column 3: expected a digit, but the text ends"},
      {"1e999", "line 1, column 1: the number \"1e999\" is too large or too small"},
      {"1e-999", "line 1, column 1: the number \"1e-999\" is too large or too small"},
      {"0x10", "line 1, column 2: expected the end, but found \"x10\""},
      {"nul", "line 1, column 1: expected a value, but found \"nul\""},
      {"'a'", "line 1, column 1: expected a value, but found \"'a'\""},
      {"\"a", "line 1, column 3: expected the end of a string, but the text ends"},
      {"\"a\nb\"", "line 1, column 3: expected the end of a string, but found \"\\n\""},
      {"\"a\x01\"", "line 1, column 3: expected the end of a string, but found \"\\x01\\\"\""},
      {"\"\\x\"",
       "line 1, column 3: expected an escape: one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX, but found "
       "\"x\\\"\""},
      {"\"\\u12g4\"", "line 1, column 4: expected four hexadecimal digits, but found \"12g4\\\"\""},
      {"\"\\u12", "line 1, column 4: expected four hexadecimal digits, but found \"12\""},
      {"\"\\u-123\"", "line 1, column 4: expected four hexadecimal digits, but found \"-123\\\"\""},
      {"\"\\ud800\"", "line 1, column 4: the first half of a surrogate pair stands alone"},
      {"\"\\ud800\\u0041\"", "line 1, column 4: the first half of a surrogate pair stands alone"},
      {"\"\\udc00\"", "line 1, column 4: the second half of a surrogate pair stands alone"},
      {"\"\xff\"", "line 1, column 2: a byte that is not UTF-8"},
      {"\"\xc3\"", "line 1, column 2: a byte that is not UTF-8"},
      {"// no\n1", "line 1, column 1: expected a value, but found \"// no\""},
      {"{\"a\": 1, \"b\": 2, \"\\u0061\": 3}", "line 1, column 18: the key \"a\" occurs twice"},
      {"[{\"a\": {\"x\": 1, \"x\": 1}}]", "line 1, column 17: the key \"x\" occurs twice"},
      {"\x1b[2J", "line 1, column 1: expected a value, but found \"\\x1b[2J\""},
  };
  for (const Case& row : cases) EXPECT_EQ(error_of(row.text), row.error) << row.text;
  EXPECT_EQ(error_of(std::string_view("\0", 1)), "line 1, column 1: expected a value, but found \"\\x00\"");
}

TEST(ReadJson, NestingIsBounded) {
  auto nested = [](size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(parse_json(nested(64)).ok());
  EXPECT_EQ(error_of(nested(65)), "line 1, column 65: nested more than 64 deep");
  EXPECT_EQ(error_of(std::string(1'000'000, '[')), "line 1, column 65: nested more than 64 deep");
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  EXPECT_EQ(error_of(objects), "line 1, column 321: nested more than 64 deep");
  // Depth is of what is open, not of what was.
  std::string wide = "[";
  for (int i = 0; i < 1000; ++i) wide += "[],{},";
  EXPECT_TRUE(parse_json(wide + "0]").ok());
}

TEST(ReadJson, LargeObjectsTakeTimeByTheirSize) {
  std::string text = "{";
  for (int i = 0; i < 200'000; ++i) text += "\"key" + std::to_string(i) + "\":" + std::to_string(i) + ",";
  text.back() = '}';
  auto document = parse_json(text);
  ASSERT_TRUE(document.ok());
  EXPECT_EQ(document->size(), 200'000u);
}

TEST(JsonReader, GivesWhatIsAskedFor) {
  JsonReader reader(R"({"name": "x", "sizes": [3, 4], "rest": {"deep": [1]}})");
  std::string name;
  uint64_t sum = 0;
  Json rest;
  Status status = reader.object([&](std::string&& key) -> Status {
    if (key == "name") {
      TRY(name, reader.string());
    } else if (key == "sizes") {
      return reader.array([&]() -> Status {
        TRY(uint64_t size, reader.unsigned_integer());
        sum += size;
        return {};
      });
    } else {
      TRY(rest, reader.value());
    }
    return {};
  });
  ASSERT_TRUE(status.ok()) << status.error().message;
  EXPECT_TRUE(reader.finish().ok());
  EXPECT_EQ(name, "x");
  EXPECT_EQ(sum, 7u);
  EXPECT_EQ(rest.dump(), R"({"deep":[1]})");
}

TEST(JsonReader, IntegersAreIntegers) {
  for (const char* text : {"1.0", "1e2", "18446744073709551616", "-1", "\"1\"", "null"}) {
    EXPECT_FALSE(JsonReader(text).unsigned_integer().ok()) << text;
  }
  EXPECT_EQ(JsonReader("18446744073709551615").unsigned_integer().value(), UINT64_MAX);
}

}  // namespace
}  // namespace hearth
