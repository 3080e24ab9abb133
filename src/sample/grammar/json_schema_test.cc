#include "sample/grammar/json_schema.h"

#include <gmock/gmock.h>

#include "sample/grammar/testing.h"

namespace hearth {
namespace {

using testing::HasSubstr;
using Texts = std::vector<std::string>;

// A schema without right texts is an error.
struct SchemaCase {
  const char* schema;
  Texts right, wrong;
};

void check(const std::vector<SchemaCase>& cases) {
  for (const SchemaCase& c : cases) {
    if (c.right.empty()) {
      EXPECT_THAT(complaint(GrammarKind::json_schema, c.schema), HasSubstr("rule \"#\" matches no text"))
          << c.schema;
      continue;
    }
    auto grammar = compiled(GrammarKind::json_schema, c.schema);
    ASSERT_TRUE(grammar) << c.schema;
    for (const auto& text : c.right) EXPECT_TRUE(accepts(grammar, text)) << c.schema << "\n" << text;
    for (const auto& text : c.wrong) EXPECT_FALSE(accepts(grammar, text)) << c.schema << "\n" << text;
  }
}

TEST(JsonSchema, AnyValue) {
  Texts values = {"null",
                  "true",
                  "false",
                  "0",
                  "-12.5e+10",
                  "\"\"",
                  "\"a\\n\\u00e9\\ud83d\\ude00\u00e9\"",
                  "[]",
                  "{}",
                  "[1, [2], {\"a\": [{}]}]",
                  "{\"a\":1,\"b\": {\"c\":null}}",
                  "{\n  \"a\": [\n    1\n  ]\n}"};
  Texts others = {"",       "nul",        "01",          "1.",          ".5",      "+1",  "\"",
                  "\"\n\"", "\"\\x\"",    "\"\\ud83d\"", "\"\\ude00\"", "[1,]",    "[",   "{\"a\"}",
                  "{a:1}",  "{\"a\":1,}", "1 ",          " 1",          "[1  ,2]", "NaN", "\"\x7f\xff\""};
  check({{"true", values, others},
         {"{}", values, others},
         {R"({"title":"t","description":"d","default":1})", values, others}});
}

TEST(JsonSchema, Types) {
  check({
      {R"({"type":"null"})", {"null"}, {"0", "\"\"", "false"}},
      {R"({"type":"boolean"})", {"true", "false"}, {"null", "0"}},
      {R"({"type":"integer"})", {"0", "-0", "12345678901234567890"}, {"1.0", "1e3", "01", "\"1\""}},
      {R"({"type":"number"})", {"0", "1.50", "-1E-7"}, {"1.", "\"1\"", "-"}},
      {R"({"type":["string","null"]})", {"null", "\"x\""}, {"0", "[]"}},
      {R"({"type":["integer","number"]})", {"1", "1.5"}, {"null"}},
      {R"({"type":[]})", {}, {"null", "1"}},
  });
}

TEST(JsonSchema, EnumAndConst) {
  check({
      {R"({"enum":["a","b\n\"",1,-2.50,null,true,[1,{"x":[]}],{}]})",
       {"\"a\"", "\"b\\n\\\"\"", "1", "-2.50", "null", "true", "[1,{\"x\":[]}]", "[1, {\"x\": []}]", "{}"},
       {"\"b\"", "false", "[1]", "2"}},
      {R"({"const":"a\u00e9"})", {"\"a\u00e9\""}, {"\"a\"", "\"a\\u00e9\""}},
      {R"({"const":{"b":1,"a":[2,3]}})", {"{\"b\":1,\"a\":[2,3]}"}, {"{\"b\":1}"}},
      {R"({"type":"string","enum":["a",1,"bbb"],"maxLength":2})", {"\"a\""}, {"1", "\"bbb\""}},
      {R"({"enum":[1,2,3,"4",2.5],"minimum":2,"type":"integer"})", {"2", "3"}, {"1", "\"4\"", "2.5"}},
      {R"({"enum":[1.0,2],"const":1})", {"1.0"}, {"2"}},
      {R"({"allOf":[{"enum":["a","b"]},{"enum":["b","c"]}]})", {"\"b\""}, {"\"a\"", "\"c\""}},
  });
}

TEST(JsonSchema, Numbers) {
  check({
      {R"({"type":"integer","minimum":0})", {"0", "7", "10", "99999999999999999999"}, {"-1", "-00", "1.5"}},
      {R"({"type":"integer","minimum":-5,"maximum":12})",
       {"-5", "-1", "0", "9", "10", "12"},
       {"-6", "-10", "13", "100"}},
      {R"({"type":"integer","exclusiveMinimum":3,"exclusiveMaximum":21})",
       {"4", "9", "10", "20"},
       {"3", "21", "0", "-4", "111"}},
      {R"({"type":"integer","minimum":12345,"maximum":67890})",
       {"12345", "20000", "67890"},
       {"12344", "67891", "1234", "123456"}},
      {R"({"type":"integer","minimum":1.5,"maximum":3.5})", {"2", "3"}, {"1", "4"}},
      {R"({"type":"integer","maximum":-3})", {"-3", "-4", "-10", "-123"}, {"-2", "0", "3", "-1"}},
      {R"({"type":"number","minimum":0.5})",
       {"0.5", "0.50", "0.51", "1", "2.25", "10"},
       {"0.49", "0", "-1", "0.05"}},
      {R"({"type":"number","exclusiveMinimum":0})", {"0.001", "1", "0.10"}, {"0", "0.0", "-0.5", "-0"}},
      {R"({"type":"number","maximum":1.25})",
       {"1.25", "1.250", "1.2", "1.1999", "0", "-7.5", "1"},
       {"1.26", "1.2500001", "2", "12"}},
      {R"({"type":"number","exclusiveMaximum":1e2})", {"99.999", "0", "-1000"}, {"100", "100.0", "101"}},
      {R"({"type":"number","minimum":-1.5,"maximum":-0.25})",
       {"-1.5", "-1", "-0.25", "-0.3"},
       {"-1.51", "-0.2", "0", "-2"}},
      {R"({"type":"integer","multipleOf":7,"minimum":0,"maximum":50})",
       {"0", "7", "14", "49"},
       {"1", "50", "56", "-7"}},
      {R"({"type":"number","multipleOf":0.25})",
       {"0.25", "1", "1.5", "-2.75", "3.50", "0.2500"},
       {"0.1", "0.251", "1.255"}},
      {R"({"type":"integer","multipleOf":2.5})", {"5", "10", "0"}, {"2", "7"}},
      {R"({"minimum":3})", {"\"a\"", "null", "3", "[]"}, {"2"}},
      {R"({"allOf":[{"minimum":3},{"maximum":5,"type":"integer"}]})", {"3", "5"}, {"2", "6", "null"}},
  });
}

TEST(JsonSchema, Strings) {
  check({
      {R"({"type":"string"})", {"\"\"", "\"\\u00Ab\\/\"", "\"\u20ac\""}, {"\"\t\"", "x"}},
      {R"({"type":"string","minLength":2,"maxLength":3})",
       {"\"ab\"", "\"\u20ac\U0001F600\\n\"", "\"\\ud83d\\ude00x\""},
       {"\"a\"", "\"abcd\"", "\"\\ud83d\\ude00\""}},
      {R"({"type":"string","minLength":300,"maxLength":301})",
       {"\"" + std::string(300, 'x') + "\""},
       {"\"" + std::string(299, 'x') + "\"", "\"" + std::string(302, 'x') + "\""}},
      {R"({"type":"string","minLength":3,"maxLength":2})", {}, {"\"aa\"", "\"aaa\""}},
      {R"({"type":"string","pattern":"^a[0-9]+$"})", {"\"a1\"", "\"a123\""}, {"\"a\"", "\"ba1\"", "\"a1b\""}},
      {R"({"type":"string","pattern":"b+"})", {"\"b\"", "\"abc\"", "\"\u20acbbb\\n\""}, {"\"\"", "\"ac\""}},
      {R"({"type":"string","pattern":"^a|b$"})", {"\"ax\"", "\"xb\"", "\"a\""}, {"\"xax\"", "\"bx\""}},
      {R"({"type":"string","pattern":"^(a|^b)c"})", {"\"acx\"", "\"bc\""}, {"\"c\""}},
      {R"({"type":"string","pattern":"^[\"\\\\\\n]+$"})",
       {"\"\\\"\\\\\\n\"", "\"\\u000a\""},
       {"\"a\"", "\"\n\""}},
      {R"({"type":"string","pattern":"^[a-z]+$","minLength":3,"maxLength":5})",
       {"\"abc\"", "\"abcde\""},
       {"\"ab\"", "\"abcdef\"", "\"ab1\""}},
      {R"({"allOf":[{"type":"string","pattern":"a"},{"pattern":"b"}]})",
       {"\"ab\"", "\"bxa\""},
       {"\"a\"", "\"b\""}},
      {R"({"type":"string","pattern":"^\\S(|(.|\\n)*\\S)$"})",
       {"\"a b\"", "\"a\""},
       {"\"a \"", "\"\"", "\" a\""}},
  });
}

TEST(JsonSchema, Formats) {
  auto of = [](const char* format, const Texts& right, const Texts& wrong) {
    auto grammar =
        compiled(GrammarKind::json_schema, fmt::format(R"({{"type":"string","format":"{}"}})", format));
    ASSERT_TRUE(grammar);
    for (const auto& text : right) EXPECT_TRUE(accepts(grammar, '"' + text + '"')) << format << " " << text;
    for (const auto& text : wrong) EXPECT_FALSE(accepts(grammar, '"' + text + '"')) << format << " " << text;
  };
  of("date", {"2024-02-29", "2000-02-29", "1999-12-31", "2023-04-30"},
     {"2023-02-29", "1900-02-29", "2023-04-31", "2023-13-01", "2023-00-10", "2023-1-1", "2023-02-00"});
  of("time", {"12:00:59Z", "23:59:59.123+05:30", "00:00:00-00:00"},
     {"24:00:00Z", "12:60:00Z", "12:00Z", "12:00:00"});
  of("date-time", {"2024-02-29T12:00:00Z"}, {"2024-02-29 12:00:00Z", "2024-02-30T12:00:00Z"});
  of("duration", {"P1D", "PT36H", "P1Y2M3DT4H5M6S", "P2W"}, {"P", "PT", "P1", "P1H", "P1W2D", "1D"});
  of("uuid", {"123e4567-E89b-12d3-a456-426614174000"},
     {"123e4567e89b12d3a456426614174000", "123e4567-e89b-12d3-a456-42661417400g"});
  of("ipv4", {"0.0.0.0", "255.10.1.99"}, {"256.0.0.1", "1.2.3", "01.2.3.4", "1.2.3.4.5"});
  of("ipv6",
     {"::", "::1", "1::", "1:2:3:4:5:6:7:8", "::ffff:1.2.3.4", "1:2::7:8", "1:2:3:4:5:6:1.2.3.4",
      "a::b:1.2.3.4"},
     {":::", "1:2:3:4:5:6:7", "1::2::3", "12345::", "1:2:3:4:5:6:7:8:9", "1.2.3.4"});
  of("hostname", {"a", "example.com", "a-b.c-d"}, {"", "-a", "a-", "a..b", "a_b", std::string(64, 'a')});
  of("email", {"a@b", "joe.bloggs+x@example.com"}, {"a", "@b", "a@", ".a@b", "a..b@c"});
  of("uri", {"http://example.com/a/b?c=d#e", "urn:isbn:0", "mailto:a@b", "http://[::1]:80/"},
     {"example.com", "/a", "http://a b", "http://%zz", "://a"});
  of("uri-reference", {"/a", "a/b?c", "#x", "", "http://a", "./a:b"}, {"a b", "%", "\\\\"});
  of("json-pointer", {"", "/", "/a~0~1/b"}, {"a", "/~2"});
  of("relative-json-pointer", {"0", "1/a", "12#"}, {"/a", "01/a", ""});
}

TEST(JsonSchema, Arrays) {
  check({
      {R"({"type":"array"})", {"[]", "[1,\"a\"]", "[ 1, 2 ]", "[\n  1,\n  2\n]"}, {"[1 2]", "{}"}},
      {R"({"type":"array","items":{"type":"integer"}})", {"[]", "[1]", "[1, 2,3]"}, {"[null]", "[1,null]"}},
      {R"({"type":"array","items":false})", {"[]"}, {"[1]"}},
      {R"({"type":"array","items":{"const":1},"minItems":2,"maxItems":3})",
       {"[1,1]", "[1,1,1]"},
       {"[1]", "[1,1,1,1]", "[]"}},
      {R"({"type":"array","minItems":1})", {"[1]", "[1,2]"}, {"[]"}},
      {R"({"type":"array","maxItems":0})", {"[]"}, {"[1]"}},
      {R"({"type":"array","items":{"const":1},"minItems":3,"maxItems":2})", {}, {"[1,1]", "[1,1,1]"}},
      {R"({"type":"array","prefixItems":[{"const":1},{"const":"a"}]})",
       {"[]", "[1]", "[1,\"a\"]", "[1,\"a\",null,2]"},
       {"[2]", "[1,2]"}},
      {R"({"type":"array","prefixItems":[{"const":1},{"const":2}],"items":false,"minItems":1})",
       {"[1]", "[1,2]"},
       {"[]", "[1,2,3]"}},
      {R"({"type":"array","prefixItems":[{"const":1}],"items":{"const":2},"minItems":3,"maxItems":4})",
       {"[1,2,2]", "[1,2,2,2]"},
       {"[1,2]", "[1,2,2,2,2]", "[1,1,2]"}},
      {R"({"type":"array","prefixItems":[{"const":1},false]})", {"[]", "[1]"}, {"[1,1]"}},
      {R"({"allOf":[{"type":"array","prefixItems":[{"minimum":3}]},{"items":{"type":"integer","maximum":5}}]})",
       {"[]", "[3]", "[5,1]"},
       {"[2]", "[6]", "[3,6]"}},
      {R"({"type":"array","uniqueItems":false,"items":{"const":1}})", {"[1,1]"}, {"[2]"}},
  });
}

TEST(JsonSchema, Objects) {
  check({
      {R"({"type":"object"})", {"{}", "{\"a\":1}", "{ \"a\": 1 }", "{\"a\":1, \"a\":2}"}, {"[]", "{\"a\":}"}},
      {R"({"type":"object","properties":{"a":{"const":1},"b":{"const":2},"c":{"const":3}},"required":["b"],"additionalProperties":false})",
       {"{\"b\":2}", "{\"a\":1,\"b\":2}", "{\"a\": 1, \"b\": 2, \"c\": 3}", "{\"b\":2,\"c\":3}",
        "{\n\t\"b\": 2\n}"},
       {"{}", "{\"a\":1}", "{\"b\":2,\"a\":1}", "{\"b\":1}", "{\"b\":2,\"d\":1}", "{\"b\":2,\"b\":2}",
        "{,\"b\":2}"}},
      {R"({"type":"object","properties":{"a":{"const":1}}})",
       {"{}", "{\"a\":1}", "{\"b\":null}", "{\"a\":1,\"ab\":2,\"\":[]}", "{\"aa\":{}}", "{\"A\":0}"},
       {"{\"a\":2}", "{\"b\":1,\"a\":1}", "{\"\\u0061\":2}", "{\"a\":1,\"a\":1}"}},
      {R"({"type":"object","additionalProperties":{"type":"integer"}})",
       {"{}", "{\"x\":1}", "{\"x\":1,\"y\":2}"},
       {"{\"x\":null}"}},
      {R"({"type":"object","additionalProperties":false})", {"{}"}, {"{\"a\":1}"}},
      {R"({"type":"object","required":["x"]})", {"{\"x\":0}", "{\"x\":[],\"y\":1}"}, {"{}", "{\"y\":1}"}},
      {R"({"type":"object","required":["x"],"additionalProperties":{"const":1}})",
       {"{\"x\":1}"},
       {"{\"x\":2}", "{}"}},
      {R"({"type":"object","properties":{"a":false,"b":true}})",
       {"{}", "{\"b\":1}", "{\"c\":1}"},
       {"{\"a\":1}"}},
      {R"({"type":"object","properties":{"a":false},"required":["a"]})", {}, {"{}", "{\"a\":1}"}},
      {R"({"type":"object","patternProperties":{"^x":{"const":1},"y$":{"type":"integer"}},"additionalProperties":false})",
       {"{}", "{\"x\":1}", "{\"ay\":7}", "{\"xy\":1}", "{\"xa\":1,\"y\":2}"},
       {"{\"a\":1}", "{\"x\":2}", "{\"xy\":2}"}},
      {R"({"type":"object","properties":{"xa":{"maximum":5}},"patternProperties":{"^x":{"type":"integer"}},"additionalProperties":{"const":"s"}})",
       {"{\"xa\":5}", "{\"xb\":6}", "{\"xa\":1,\"b\":\"s\"}"},
       {"{\"xa\":6}", "{\"xa\":\"s\"}", "{\"xb\":\"s\"}", "{\"b\":1}"}},
      {R"({"type":"object","propertyNames":{"pattern":"^[a-z]{2}$"},"additionalProperties":{"const":1}})",
       {"{}", "{\"ab\":1}", "{\"ab\":1,\"cd\":1}"},
       {"{\"a\":1}", "{\"abc\":1}"}},
      {R"({"type":"object","propertyNames":{"enum":["a","b"]},"properties":{"a":{"const":1},"c":{"const":1}}})",
       {"{}", "{\"a\":1}", "{\"b\":[]}"},
       {"{\"c\":1}", "{\"d\":1}"}},
      {R"({"type":"object","propertyNames":{"anyOf":[{"const":"a"},{"maxLength":0}]}})",
       {"{\"a\":1,\"\":2}"},
       {"{\"b\":1}"}},
      {R"({"type":"object","minProperties":1})", {"{\"a\":1}", "{\"a\":1,\"b\":2}"}, {"{}"}},
      {R"({"type":"object","maxProperties":2})", {"{}", "{\"a\":1,\"b\":2}"}, {"{\"a\":1,\"b\":2,\"c\":3}"}},
      {R"({"type":"object","properties":{"a":{},"b":{},"c":{}},"additionalProperties":false,"minProperties":2,"maxProperties":2})",
       {"{\"a\":1,\"b\":2}", "{\"a\":1,\"c\":2}", "{\"b\":1,\"c\":2}"},
       {"{}", "{\"a\":1}", "{\"a\":1,\"b\":2,\"c\":3}"}},
      {R"({"properties":{"a":{"const":1}}})", {"1", "\"x\"", "{\"a\":1}"}, {"{\"a\":2}"}},
      {R"({"type":"object","properties":{"q\"\n":{"const":1}},"required":["q\"\n"]})",
       {"{\"q\\\"\\n\":1}"},
       {"{}"}},
  });
}

TEST(JsonSchema, Combinations) {
  check({
      {R"({"anyOf":[{"type":"integer"},{"type":"string","maxLength":1}]})",
       {"1", "\"a\""},
       {"\"ab\"", "null"}},
      {R"({"oneOf":[{"type":"integer"},{"type":"null"}]})", {"1", "null"}, {"true"}},
      {R"({"type":"integer","anyOf":[{"minimum":10},{"maximum":-10}]})", {"10", "-10"}, {"0", "9", "null"}},
      {R"({"allOf":[{"anyOf":[{"const":1},{"const":2}]},{"anyOf":[{"const":2},{"const":3}]}]})",
       {"2"},
       {"1", "3"}},
      {R"({"allOf":[{"type":"object","properties":{"a":{"type":"integer"}},"required":["a"]},
                    {"properties":{"a":{"minimum":3},"b":{"const":"x"}},"required":["b"]}],"additionalProperties":true})",
       {"{\"a\":3,\"b\":\"x\"}", "{\"a\":4,\"b\":\"x\",\"c\":1}"},
       {"{\"a\":2,\"b\":\"x\"}", "{\"a\":3}", "{\"b\":\"x\"}"}},
      {R"({"allOf":[{"type":"integer"},false]})", {}, {"1"}},
      {R"({"anyOf":[true,{"type":"integer"}]})", {"null", "1"}, {"x"}},
      {R"({"type":["string","integer"],"anyOf":[{"type":"integer"},{"type":"null"}]})",
       {"1"},
       {"null", "\"\""}},
  });
}

TEST(JsonSchema, References) {
  check({
      {R"({"$ref":"#/$defs/a","$defs":{"a":{"type":"integer"}}})", {"1"}, {"null"}},
      {R"({"$ref":"#/$defs/a","minimum":3,"$defs":{"a":{"type":"integer"}}})", {"3"}, {"2", "null"}},
      {R"({"type":"object","properties":{"next":{"$ref":"#"},"v":{"const":1}},"required":["v"],"additionalProperties":false})",
       {"{\"v\":1}", "{\"next\":{\"next\":{\"v\":1},\"v\":1},\"v\":1}"},
       {"{\"next\":{},\"v\":1}", "{}"}},
      {R"({"anyOf":[{"type":"null"},{"type":"array","items":{"$ref":"#"}}]})",
       {"null", "[null,[[],null]]"},
       {"[1]"}},
      {R"({"$defs":{"a/b~c":{"const":1},"d e":{"const":2}},"anyOf":[{"$ref":"#/$defs/a~1b~0c"},{"$ref":"#/$defs/d%20e"}]})",
       {"1", "2"},
       {"3"}},
      {R"({"$ref":"#x","$defs":{"y":{"$anchor":"x","const":5}}})", {"5"}, {"4"}},
      {R"({"$id":"http://a/b","$ref":"http://a/b#/$defs/z","$defs":{"z":{"const":5}}})", {"5"}, {"4"}},
      {R"({"definitions":{"tree":{"type":"object","properties":{"l":{"$ref":"#/definitions/tree"},"r":{"$ref":"#/definitions/tree"}},"additionalProperties":false}},"$ref":"#/definitions/tree"})",
       {"{}", "{\"l\":{\"r\":{}},\"r\":{}}"},
       {"{\"l\":1}", "{\"x\":{}}"}},
  });
}

TEST(JsonSchema, WhatIsNotSupportedIsNamed) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "not the JSON expected"},
      {"[", "not the JSON expected"},
      {"3", "#: a schema is an object or a boolean"},
      {R"({"not":{}})", "#/not: the keyword \"not\" is not supported"},
      {R"({"properties":{"a":{"if":{},"then":{}}}})",
       "#/properties/a/if: the keyword \"if\" is not supported"},
      {R"({"items":{"uniqueItems":true}})",
       "#/items/uniqueItems: the keyword \"uniqueItems\" is not supported"},
      {R"({"contains":{}})", "#/contains"},
      {R"({"dependentRequired":{}})", "dependentRequired"},
      {R"({"unevaluatedProperties":false})", "unevaluatedProperties"},
      {R"({"minimun":1})", "\"minimun\" is not supported"},
      {R"({"$defs":{"a":{"not":{}}},"anyOf":[{"$ref":"#/$defs/a"}]})", "#/$defs/a/not"},
      {R"({"type":"strin"})", "#/type: expected null, boolean, object"},
      {R"({"type":"string","format":"phone"})",
       "#/format: the format \"phone\" is not supported; known are date, time"},
      {R"({"type":"string","pattern":"(?<=x)*"})",
       "#/pattern: column 3: an automaton cannot look ahead or behind"},
      {R"({"type":"string","pattern":"(a"})", "#/pattern: column 1: this ( is never closed"},
      {R"({"type":"unknown","pattern":"("})", "#/type"},
      {R"({"type":"string","pattern":"\\1"})", "cannot refer to what a group matched"},
      {R"({"type":"string","pattern":".*a.{30}"})", "#/pattern: takes more than 20000 states"},
      {R"({"type":"string","minLength":-1})", "#/minLength: expected a count"},
      {R"({"type":"string","minLength":1e300})", "#/minLength: expected a count"},
      {R"({"type":"integer","multipleOf":0})", "#/multipleOf: expected more than 0"},
      {R"({"type":"integer","multipleOf":1234567})", "#/multipleOf: takes more than"},
      {R"({"type":"integer","minimum":"1"})", "#/minimum: expected a number"},
      {R"({"$ref":"#/$defs/x"})", "#/$ref: \"#/$defs/x\" is no place in the schema"},
      {R"({"$ref":"http://json-schema.org/schema"})", "is elsewhere"},
      {R"({"$ref":"#"})", "#: this schema refers to itself, with nothing in between"},
      {R"({"anyOf":[{"type":"null"},{"$ref":"#"}]})", "refers to itself"},
      {R"({"allOf":[]})", "#/allOf: expected an array of at least one schema"},
      {R"({"type":"object","minProperties":2})", "minProperties 2 beside properties that are not named"},
      {R"({"a":1,"a":2})", "has the member \"a\" twice"},
      {R"({"type":"object","properties":{"a":{"$ref":"#"}},"required":["a"]})", "matches no text"},
      {R"({"type":"object","properties":{"a":{"$id":"x"}}})", "#/properties/a/$id"},
  };
  for (const auto& [schema, message] : cases)
    EXPECT_THAT(complaint(GrammarKind::json_schema, schema), HasSubstr(message)) << schema;
}

TEST(JsonSchema, AttacksAreGrammarsOrErrors) {
  EXPECT_THAT(complaint(GrammarKind::json_schema, std::string(1000000, '[')),
              HasSubstr("nested more than 100 deep"));
  std::string deep;
  for (int i = 0; i < 3000; ++i) deep += R"({"items":)";
  EXPECT_THAT(complaint(GrammarKind::json_schema, deep), HasSubstr("nested more than 100 deep"));
  // 2^30 combinations.
  std::string any = R"({"allOf":[)";
  for (int i = 0; i < 30; ++i)
    any += (i ? "," : "") + std::string(R"({"anyOf":[{"type":"integer"},{"minimum":0}]})");
  EXPECT_THAT(complaint(GrammarKind::json_schema, any + "]}"), HasSubstr("too large"));
  std::string wide = R"({"type":"object","properties":{)";
  for (int i = 0; i < 2000; ++i)
    wide += fmt::format("{}\"property_{}\":{{\"type\":\"string\"}}", i ? "," : "", i);
  complaint(GrammarKind::json_schema, wide + "}}");
  EXPECT_THAT(complaint(GrammarKind::json_schema, R"({"type":"string","pattern":"((a+)+)+{100}"})"),
              testing::Eq(""));
  EXPECT_THAT(complaint(GrammarKind::json_schema,
                        R"({"type":"string","pattern":")" + std::string(60000, '(') + "\"}"),
              HasSubstr("never closed"));
  EXPECT_THAT(complaint(GrammarKind::json_schema, R"({"type":"string","pattern":"^.{1,100000}$"})"),
              HasSubstr("#/pattern"));
  EXPECT_EQ(complaint(GrammarKind::json_schema, R"({"type":"string","maxLength":100000000})"), "");
  EXPECT_EQ(
      complaint(GrammarKind::json_schema, R"({"type":"array","minItems":100000000,"maxItems":999999999})"),
      "");
}

}  // namespace
}  // namespace hearth
