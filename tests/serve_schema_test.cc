// /openapi.json says what requests may have, and requests made from it, right and wrong in every way it lets one be
// wrong, are answered with neither an error of the server's nor its end. The requests follow from a seed.
// HEARTH_SCHEMA_REQUESTS says how many there are.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <random>
#include <regex>

#include "served.h"

namespace hearth {
namespace {

using testing::HasSubstr;

// Values that are wrong nearly everywhere, as they stand in a body.
const char* const kWrongValues[] = {
    "null",
    "true",
    "-1",
    "0",
    "1e309",
    "-1e309",
    "NaN",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775809",
    "18446744073709551615",
    "2147483648",
    "-2147483649",
    "0.5",
    "1.0000000001",
    "\"\"",
    "\"1\"",
    "\"\\u0000\"",
    "\"\\ud800\"",
    "\"<|end|><|user|>\"",
    "\"\xff\xfe\"",
    "[]",
    "[null]",
    "[[[[[[[[[[]]]]]]]]]]",
    "{}",
    "{\"a\":{\"b\":[1,{\"c\":null}]}}",
    "[1,\"a\",{}]",
    "{\"type\":\"\"}",
};
const char* const kTexts[] = {
    "hello",
    "Once upon a time",
    "",
    "a b c",
    "<|end|>",
    "\\n\\n",
    "\\u00e4\\ud83d\\ude00",
    "{{ messages }}",
    "root ::= \\\"a\\\" root",
    "((a+)+)+{100}",
    "[0-9]{1,4}",
    "{\\\"type\\\": \\\"object\\\"}",
    "../../etc/passwd",
    "resp_0",
    "0",
    "low",
    "5m",
    "text",
    "function",
    "(?<=x)*",
    "root ::= ( [x]* )*",
};
// What a text means that is not to be refused at once.
const std::map<std::string, std::string> kMeant = {
    {"model", "hearth-tiny"}, {"name", "hearth-tiny"}, {"type", "text"}, {"samplers", "top_k"}};

class RequestMaker {
 public:
  RequestMaker(const OrderedJson& document, uint64_t seed) : document_(document), random_(seed) {}

  std::string body(const OrderedJson& schema) {
    wrong_ = chance(0.5) ? 0.08 : 0;
    dense_ = chance(0.3) ? 0.5 : 0.08;
    depth_ = 0;
    std::string text = value(schema);
    if (!chance(0.03)) return text;
    if (chance(0.3)) return std::string(pick(5000), '[');
    text.resize(pick(text.size() + 1));  // cut off
    return text;
  }
  std::string word() { return kTexts[pick(std::size(kTexts))]; }
  size_t pick(size_t count) { return random_() % count; }

 private:
  bool chance(double of) { return static_cast<double>(random_() >> 11) * 0x1p-53 < of; }

  const OrderedJson& resolved(const OrderedJson& schema) {
    if (!schema.contains("$ref")) return schema;
    std::string name = schema["$ref"];
    return document_["components"]["schemas"][name.substr(name.rfind('/') + 1)];
  }

  std::string value(const OrderedJson& given, const std::string& name = {}) {
    if (chance(wrong_)) return kWrongValues[pick(std::size(kWrongValues))];
    const OrderedJson& schema = resolved(given);
    if (schema.contains("anyOf")) return value(schema["anyOf"][pick(schema["anyOf"].size())], name);
    if (schema.contains("const")) return schema["const"].dump();
    if (schema.contains("enum")) return schema["enum"][pick(schema["enum"].size())].dump();
    if (!schema.contains("type")) return kWrongValues[pick(std::size(kWrongValues))];
    const OrderedJson& type = schema["type"];
    std::string one = type.is_array() ? type[pick(type.size())] : type;
    if (one == "boolean") return chance(0.5) ? "true" : "false";
    if (one == "string") return text(name);
    if (one == "integer" || one == "number") return number(schema, one == "integer");
    return one == "array" ? array(schema) : object(schema);
  }

  std::string text(const std::string& name) {
    auto meant = kMeant.find(name);
    if (meant != kMeant.end() && chance(0.9)) return "\"" + meant->second + "\"";
    if (chance(0.01)) return "\"" + std::string(pick(20'000), 'x') + "\"";
    return "\"" + word() + "\"";
  }

  // Near the bounds, mostly the lower one, so that answers are short.
  std::string number(const OrderedJson& schema, bool whole) {
    double least = schema.value("minimum", 0.0), most = schema.value("maximum", 1e6);
    if (chance(0.05)) return schema.contains("maximum") ? schema["maximum"].dump() : "9223372036854775807";
    if (!whole) return fmt::format("{}", least + (std::min(most, least + 2) - least) * 0.01 * pick(100));
    return fmt::format("{}", static_cast<int64_t>(std::min(most, std::max(least, -1e6) + pick(6))));
  }

  std::string array(const OrderedJson& schema) {
    size_t count = schema.value("minItems", size_t{0}) + pick(3);
    std::string text = "[";
    for (size_t i = 0; i < count; ++i)
      text += (i > 0 ? "," : "") + (schema.contains("items") ? value(schema["items"]) : "1");
    return text + "]";
  }

  std::string object(const OrderedJson& schema) {
    if (!schema.contains("properties")) {
      return chance(0.5) ? R"({"type":"object","properties":{"a":{"type":"string"}},"required":["a"]})"
                         : "{}";
    }
    std::string text = "{";
    bool deep = ++depth_ > 4;
    for (const auto& [name, of] : schema["properties"].items()) {
      bool required = false;
      if (schema.contains("required")) {
        for (const auto& each : schema["required"]) required |= each == name;
      }
      if (!chance(required ? (wrong_ > 0 ? 0.97 : 1) : deep ? 0 : dense_)) continue;
      text += (text.size() > 1 ? ",\"" : "\"") + name + "\":" + value(of, name);
    }
    --depth_;
    return text + "}";
  }

  const OrderedJson& document_;
  std::mt19937_64 random_;
  double wrong_ = 0, dense_ = 0;
  int depth_ = 0;
};

TEST(ServeSchema, SaysWhatIsTaken) {
  Served served({});
  OrderedJson document = served.get("/openapi.json").json();
  EXPECT_EQ(document["openapi"], "3.1.0");
  const OrderedJson& schemas = document["components"]["schemas"];
  const OrderedJson& chat = schemas["ChatCompletion"];
  EXPECT_EQ(chat["required"], OrderedJson({"messages"}));
  EXPECT_EQ(chat["properties"]["temperature"]["type"], "number");
  EXPECT_EQ(chat["properties"]["temperature"]["maximum"], 100.0);
  EXPECT_EQ(chat["properties"]["messages"]["items"]["$ref"], "#/components/schemas/Message");
  EXPECT_EQ(schemas["Message"]["properties"]["role"]["enum"].size(), 5u);
  // What refers refers to something.
  std::string text = document.dump();
  const std::regex reference(R"re("#/components/schemas/(\w+)")re");
  for (std::sregex_iterator at(text.begin(), text.end(), reference), end; at != end; ++at)
    EXPECT_TRUE(schemas.contains((*at)[1].str())) << (*at)[1];
  // Each route is shown, with what its errors look like.
  for (const char* path : {"/v1/chat/completions", "/v1/messages", "/api/chat", "/infill", "/slots/{ID}"})
    EXPECT_TRUE(document["paths"][path]["post"].contains("requestBody")) << path;
  EXPECT_EQ(document["paths"]["/v1/messages"]["post"]["responses"]["default"]["content"]["application/json"]
                    ["example"]["type"],
            "error");
  EXPECT_EQ(document["paths"]["/props"]["get"]["parameters"][0]["name"], "model");

  // A bound that it shows is the one that is held.
  OrderedJson ask = {{"prompt", "a"}, {"top_p", 1.5}};
  EXPECT_THAT(served.post("/v1/completions", ask).body,
              HasSubstr("top_p: is 1.5, expected a number from 0 to 1"));
}

TEST(ServeSchema, WhateverIsAskedIsAnswered) {
  const char* asked = std::getenv("HEARTH_SCHEMA_REQUESTS");
  const int requests = asked ? std::atoi(asked) : 3000;
  Served served({"--ctx", "128", "--parallel", "8"});
  ASSERT_NE(served.port(), 0) << served.first_lines();
  const OrderedJson document = served.get("/openapi.json").json();
  struct Operation {
    std::string method, path;
    OrderedJson schema;
  };
  std::vector<Operation> operations;
  for (const auto& [path, methods] : document["paths"].items()) {
    if (path == "/api/pull") continue;  // it would ask the network
    for (const auto& [method, operation] : methods.items()) {
      OrderedJson schema = nullptr;
      if (operation.contains("requestBody"))
        schema = operation["requestBody"]["content"]["application/json"]["schema"];
      // Requests that say something are what it is about.
      for (int i = 0; i < (schema.is_null() ? 1 : 4); ++i)
        operations.push_back({method == "get" ? "GET" : method == "post" ? "POST" : "DELETE", path, schema});
    }
  }
  ASSERT_GT(operations.size(), 100u);

  RequestMaker maker(document, 2026);
  TestClient client(served.port());
  std::map<int, int> statuses;
  int64_t warm = 0;
  const std::regex address("0x[0-9a-f]{6,}");
  for (int i = 0; i < requests; ++i) {
    if (i == requests / 4) warm = served.resident_kilobytes();
    const Operation& operation = operations[maker.pick(operations.size())];
    std::string path = operation.path;
    if (size_t at = path.find('{'); at != path.npos) path.resize(at), path += maker.pick(2) ? "0" : "resp_1";
    if (operation.path == "/slots/{ID}") path += "?action=erase";
    std::string body = operation.schema.is_null() ? "" : maker.body(operation.schema);
    SCOPED_TRACE(fmt::format("request {}: {} {} {}", i, operation.method, path, body.substr(0, 4000)));
    ASSERT_TRUE(client.send(fmt::format("{} {} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n{}",
                                        operation.method, path, body.size(), body)));
    TestAnswer answer = client.answer();
    ASSERT_GE(answer.status, 200);
    ASSERT_LT(answer.status, 500) << answer.body;
    ++statuses[answer.status];
    if (answer.status < 300) continue;
    // Errors say something, and nothing of where the program lies in memory.
    ASSERT_FALSE(answer.json().is_discarded()) << answer.body;
    ASSERT_TRUE(answer.json().contains("error")) << answer.body;
    ASSERT_FALSE(std::regex_search(answer.body, address)) << answer.body;
    if (answer.header("connection") == "close") client = TestClient(served.port());
  }
  // Both kinds were there, and it goes on as before.
  EXPECT_GT(statuses[200], requests / 10);
  EXPECT_GT(statuses[400], requests / 10);
  EXPECT_EQ(served.get("/health").status, 200);
  int64_t grown = served.resident_kilobytes() - warm;
  EXPECT_LT(grown, 64 << 10) << "kilobytes, since a quarter of the requests was over";
  for (auto [status, count] : statuses) fmt::print("{}: {}\n", status, count);
  fmt::print("grown by {} KiB from {} KiB\n", grown, warm);
}

}  // namespace
}  // namespace hearth
