// What strangers send, against the real server. The rows are known weaknesses of servers of this kind: each was a
// crash, a hang or a hole somewhere. Wanted is an answer that says what is wrong, or a right one, and that the server
// goes on as before. What stands elsewhere:
//   bytes and deadlines of connections: src/server/listener_test.cc; pages of others, keys: serve_test.cc
//   every field with every kind of value: serve_schema_test.cc; files named by clients: serve_llama_test.cc
//   tenants that share nothing: src/engine/core_test.cc; templates: src/chat/jinja; grammars: src/sample/grammar
//   many, slow and leaving clients, signals: serve_scale_test.cc; hubs and registries: src/hub
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <regex>

#include "served.h"

namespace hearth {
namespace {

using testing::HasSubstr;

class Hostile : public ServedSuite<Hostile> {
 public:
  static std::vector<std::string> arguments() { return {"--ctx", "512", "--max-body", "2000000"}; }

 protected:
  void TearDown() override {
    OrderedJson ask = {{"prompt", "Once upon a time"}, {"max_tokens", 4}};
    EXPECT_EQ(served_->post("/v1/completions", ask).status, 200) << "afterwards";
  }
};

const std::string kHost = "Host: localhost\r\n";
const std::string kSmuggled = "GET /livez HTTP/1.1\r\n" + kHost + "\r\n";

// What two readers could understand differently is refused, and nothing behind it is read.
TEST_F(Hostile, NoRequestHidesInAnother) {
  const std::string post = "POST /tokenize HTTP/1.1\r\n" + kHost;
  const std::string body = R"({"content":"a"})";
  const std::string length = fmt::format("Content-Length: {}\r\n", body.size());
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  const struct {
    const char* name;
    std::string text;
  } rows[] = {
      {"CL.TE", post + "Content-Length: 5\r\n" + chunked + "\r\n0\r\n\r\n" + kSmuggled},
      {"TE.CL", post + chunked + "Content-Length: 4\r\n\r\n0\r\n\r\n" + kSmuggled},
      {"TE.TE", post + chunked + chunked + "\r\n0\r\n\r\n" + kSmuggled},
      {"xchunked", post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + kSmuggled},
      {"chunked, identity", post + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + kSmuggled},
      {"two lengths, the same", post + length + length + "\r\n" + body + kSmuggled},
      {"two lengths", post + length + "Content-Length: 3\r\n\r\n" + body + kSmuggled},
      {"two lengths in one", post + "Content-Length: 3, 3\r\n\r\n" + body + kSmuggled},
      {"+5", post + "Content-Length: +5\r\n\r\nabcde" + kSmuggled},
      {"0x5", post + "Content-Length: 0x5\r\n\r\nabcde" + kSmuggled},
      {"2^64", post + "Content-Length: 18446744073709551616\r\n\r\n" + body + kSmuggled},
      {"-1", post + "Content-Length: -1\r\n\r\n" + body + kSmuggled},
      {"bare LF", "GET /livez HTTP/1.1\nHost: localhost\n\n" + kSmuggled},
      {"folded", "GET /livez HTTP/1.1\r\n" + kHost + "X: a\r\n b\nY: c\r\n\r\n" + kSmuggled},
      {"space before the colon", post + "Content-Length : 5\r\n\r\nabcde" + kSmuggled},
      {"NUL", post + std::string("X: a\0b\r\n\r\n", 10) + kSmuggled},
      {"no host", "GET /livez HTTP/1.1\r\n\r\n" + kSmuggled},
      {"two hosts", "GET /livez HTTP/1.1\r\n" + kHost + "Host: other\r\n\r\n" + kSmuggled},
      {"chunk of 2^68", post + chunked + "\r\nFFFFFFFFFFFFFFFFF\r\na\r\n0\r\n\r\n" + kSmuggled},
      {"chunk that is no number", post + chunked + "\r\n-1\r\na\r\n0\r\n\r\n" + kSmuggled},
      {"bare LF after a chunk", post + chunked + "\r\n1\na\n0\n\n" + kSmuggled},
      {"preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + kSmuggled},
      {"the target of another server", "GET http://other/livez HTTP/1.1\r\n" + kHost + "\r\n" + kSmuggled},
      {"encoded body", post + "Content-Encoding: gzip\r\n" + length + "\r\n" + body + kSmuggled},
      {"garbage", std::string("\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", 11) + kSmuggled},
  };
  for (const auto& [name, text] : rows) {
    SCOPED_TRACE(name);
    TestClient client(served_->port());
    client.send(text);
    TestAnswer answer = client.answer();
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.header("connection"), "close");
    EXPECT_TRUE(client.ends());
  }
}

TEST_F(Hostile, WhatIsTooMuchIsNotReadToItsEnd) {
  const struct {
    const char* name;
    std::string text;
    int status;
  } rows[] = {
      {"a header", "GET /livez HTTP/1.1\r\n" + kHost + "X: " + std::string(1 << 20, 'x'), 431},
      {"a target", "GET /" + std::string(1 << 20, 'a'), 431},
      {"a length", "POST /tokenize HTTP/1.1\r\n" + kHost + "Content-Length: 20000000000\r\n\r\n", 413},
      {"a chunk's extension",
       "POST /tokenize HTTP/1.1\r\n" + kHost + "Transfer-Encoding: chunked\r\n\r\n1;" +
           std::string(100'000, 'x'),
       400},
  };
  for (const auto& [name, text, status] : rows) {
    SCOPED_TRACE(name);
    TestClient client(served_->port());
    client.send(text);
    TestAnswer answer = client.answer();
    // A server that reads no more may be gone before its answer is read.
    EXPECT_TRUE(answer.status == status || answer.status == 0) << answer.status;
    EXPECT_TRUE(client.ends());
  }
  std::string headers;
  for (int i = 0; i < 10'000; ++i) headers += fmt::format("X-{}: a\r\n", i);
  TestAnswer many = served_->get("/livez", headers);
  EXPECT_TRUE(many.status == 431 || many.status == 0) << many.status;
}

TEST_F(Hostile, OddRequestsThatAreNoneTheLess) {
  TestClient client(served_->port());
  // The body of a GET is read and dropped, and what follows it is the next request.
  client.send("GET /livez HTTP/1.1\r\n" + kHost + "Content-Length: 5\r\n\r\nabcde" + kSmuggled);
  EXPECT_EQ(client.answer().status, 200);
  EXPECT_EQ(client.answer().status, 200);
  EXPECT_EQ(served_->get("/v1/" + std::string(7000, 'a')).status, 404);
  TestAnswer reflected =
      served_->get("/livez", "X-Request-Id: a%0d%0aSet-Cookie: b\r\nTraceparent: \x7f\r\n");
  EXPECT_THAT(reflected.head, testing::Not(HasSubstr("set-cookie")));
  std::string part = "--b\r\nContent-Disposition: form-data; name=a; filename*=UTF-8''" +
                     std::string(100'000, '%') + "\r\n\r\n\r\n--b--\r\n";
  EXPECT_EQ(
      served_->post("/v1/chat/completions", part, "Content-Type: multipart/form-data; boundary=b\r\n").status,
      400);
}

std::string nested(size_t depth, const char* open, const char* close) {
  std::string text;
  for (size_t i = 0; i < depth; ++i) text += open;
  for (size_t i = 0; i < depth; ++i) text += close;
  return text;
}

OrderedJson chat(const std::string& field, const OrderedJson& value) {
  OrderedJson body = {{"messages", {{{"role", "user"}, {"content", "Hi"}}}}, {"max_tokens", 8}};
  body[field] = value;
  return body;
}

OrderedJson held(const OrderedJson& schema) {
  return chat("response_format", {{"type", "json_schema"}, {"json_schema", {{"schema", schema}}}});
}

// 0: an answer or a refusal, as long as it is soon one of them.
TEST_F(Hostile, ValuesThatBroughtOthersDown) {
  std::string chain;
  for (int i = 0; i < 5000; ++i) chain += fmt::format("r{} ::= r{}\n", i, i + 1);
  chain = "root ::= r0\n" + chain + "r5000 ::= \"a\"\n";
  OrderedJson wide = {{"type", "object"}};
  for (int i = 0; i < 300; ++i) wide["properties"][fmt::format("p{}", i)] = {{"type", "integer"}};
  OrderedJson lookbehind = {{"type", "string"}, {"pattern", "(?<=x)*"}};
  OrderedJson parentheses = {{"type", "string"}, {"pattern", nested(20'000, "(", ")")}};
  OrderedJson self = {{"$ref", "#"}};
  OrderedJson loop = {{"$defs", {{"a", {{"$ref", "#/$defs/b"}}}, {"b", {{"$ref", "#/$defs/a"}}}}},
                      {"$ref", "#/$defs/a"}};
  OrderedJson outside = {{"$ref", "file:///etc/passwd"}};
  OrderedJson many = {{"type", "string"}, {"minLength", 1'000'000'000}};
  OrderedJson items = {{"type", "array"}, {"minItems", 2'000'000'000}, {"items", {{"type", "null"}}}};
  OrderedJson tool = {{"type", "function"},
                      {"function", {{"name", "f"}, {"parameters", {{"type", "unknown"}, {"pattern", "("}}}}}};
  const struct {
    const char* name;
    OrderedJson body;
    int status;
  } rows[] = {
      {"n_discard", chat("n_discard", -1), 0},
      {"temperature", chat("temperature", 999'999), 400},
      {"repeat_penalty", chat("repeat_penalty", 0), 400},
      {"n", chat("n", 1'000'000'000), 400},
      {"marks of pictures",
       chat("messages", {{{"role", "user"}, {"content", "<|vision_start|><|image_pad|>"}}}), 200},
      {"a picture",
       chat("messages",
            {{{"role", "user"},
              {"content", {{{"type", "image_url"}, {"image_url", {{"url", "http://169.254.169.254/"}}}}}}}}),
       400},
      {"a salt", chat("cache_salt", "\x01\xc3\x28/../"), 0},
      {"a parser's graph", chat("chat_parser", {{"children", {0}}}), 0},
      {"a template", chat("chat_template", "{% for i in range(1000000000) %}{% endfor %}"), 0},
      {"tokenize", chat("chat_template_kwargs", {{"tokenize", true}, {"messages", 5}, {"tools", 5}}), 200},
      {"llguidance", chat("grammar", "%llguidance {}\nstart: \"a\""), 400},
      {"parentheses", chat("grammar", "root ::= " + nested(60'000, "(", ")")), 0},
      {"a chain of rules", chat("grammar", chain), 0},
      {"a loop of nothing", chat("grammar", "root ::= ( [x]* )*"), 0},
      {"repetitions of repetitions", chat("grammar", "root ::= (([^x]*){0,99}){0,99}"), 0},
      {"a huge repetition", chat("grammar", "root ::= [a]{0,2000000000}"), 0},
      {"left recursion", chat("grammar", "root ::= root \"a\" | \"b\""), 0},
      {"no end", chat("grammar", "root ::= root"), 0},
      {"look-behind", held(lookbehind), 400},
      {"parentheses in a pattern", held(parentheses), 0},
      {"nested quantifiers", chat("guided_regex", "((a+)+)+{100}"), 0},
      {"a wide regex", chat("guided_regex", "(a{0,1000}){0,1000}"), 0},
      {"unicode classes", chat("guided_regex", "(\\p{L}{0,500}){0,100}"), 0},
      {"an unknown type", held({{"type", "unknown"}}), 400},
      {"itself", held(self), 0},
      {"a loop of references", held(loop), 0},
      {"a file", held(outside), 400},
      {"a long text", held(many), 0},
      {"a long list", held(items), 0},
      {"many properties in any order", held(wide), 0},
      {"a tool", chat("tools", OrderedJson::array({tool})), 400},
      {"many stops", chat("stop", OrderedJson(std::vector<std::string>(17, "x"))), 400},
      {"an empty stop", chat("stop", ""), 0},
      {"a long choice", chat("guided_choice", std::vector<std::string>(20'000, "abc")), 0},
      {"a bias", chat("logit_bias", {{"-1", 1}}), 400},
      {"biases of all", chat("logit_bias", {{"5", 1e308}, {"6", -1e308}}), 0},
  };
  const std::regex address("0x[0-9a-f]{6,}");
  for (const auto& [name, body, status] : rows) {
    SCOPED_TRACE(name);
    TestAnswer answer = served_->post("/v1/chat/completions",
                                      body.dump(-1, ' ', false, OrderedJson::error_handler_t::replace));
    EXPECT_TRUE(status == 0 || answer.status == status) << answer.status << answer.body.substr(0, 500);
    EXPECT_TRUE(answer.status == 200 || answer.status == 400) << answer.status << answer.body.substr(0, 500);
    EXPECT_FALSE(std::regex_search(answer.body.substr(0, 10'000), address));
  }
}

TEST_F(Hostile, DepthIsBounded) {
  const std::string before = R"({"messages":[{"role":"user","content":"Hi"}],"max_tokens":1,"x":)";
  const struct {
    std::string body;
    int status;
  } rows[] = {
      {before + nested(50, "[", "]") + "}", 200},
      {before + nested(65, "[", "]") + "}", 400},
      {before + nested(3000, R"({"a":)", "}") + "}", 400},
      {std::string(1'000'000, '['), 400},
      {std::string(300'000, '{'), 400},
      {R"({"tools":)" + nested(3000, "[", "]") + "}", 400},
      {R"({"a":1,"a":2})", 400},
      {"", 400},
      {std::string("{\"a\0\":1}", 8), 400},
      {"\xef\xbb\xbf{}", 400},
      {"[]", 400},
      {"5", 400},
      {R"({"messages":1e999})", 400},
  };
  for (const auto& [body, status] : rows) {
    SCOPED_TRACE(body.substr(0, 100));
    EXPECT_EQ(served_->post("/v1/chat/completions", body).status, status);
  }
}

// One grammar each that no other request has: what is kept of them is bounded.
TEST_F(Hostile, WhatIsMadeForOneRequestIsNotKeptForEver) {
  const char* asked = std::getenv("HEARTH_SCHEMAS");
  const int count = asked ? std::atoi(asked) : 300;
  int64_t warm = 0;
  for (int i = 0; i < count; ++i) {
    if (i == count / 4) warm = served_->resident_kilobytes();
    OrderedJson body = held({{"type", "object"},
                             {"properties", {{fmt::format("name{}", i), {{"type", "integer"}}}}},
                             {"required", {fmt::format("name{}", i)}}});
    body["max_tokens"] = 1;
    ASSERT_EQ(served_->post("/v1/chat/completions", body).status, 200);
  }
  EXPECT_LT(served_->resident_kilobytes() - warm, 64 << 10);
}

// A model that is asked for, let go of and asked for again, by several at once.
TEST_F(Hostile, AModelMayLeaveWhileItIsUsed) {
  std::atomic<bool> over{false};
  std::thread unloader([&] {
    while (!over) served_->post("/models/unload", {{"model", "hearth-tiny"}});
  });
  for (int i = 0; i < 60; ++i) {
    TestAnswer tokens = served_->post("/tokenize", {{"content", "Once upon a time"}});
    EXPECT_TRUE(tokens.status == 200 || tokens.status == 503) << tokens.body;
    if (i % 10 > 0) continue;
    TestAnswer text = served_->post("/v1/completions", {{"prompt", "Once"}, {"max_tokens", 4}});
    EXPECT_TRUE(text.status == 200 || text.status == 503) << text.body;
  }
  over = true;
  unloader.join();
}

// Bytes of a good request, changed anywhere.
TEST_F(Hostile, BytesThatWereChangedOnTheWay) {
  const char* asked = std::getenv("HEARTH_BROKEN_REQUESTS");
  const int count = asked ? std::atoi(asked) : 500;
  const std::string body = chat("temperature", 0.5).dump();
  const std::string good =
      "POST /v1/chat/completions HTTP/1.1\r\n" + kHost +
      fmt::format("Content-Type: application/json\r\nContent-Length: {}\r\n\r\n", body.size()) + body;
  std::mt19937_64 random(7);
  for (int i = 0; i < count; ++i) {
    std::string text = good;
    for (uint64_t changes = 1 + random() % 4; changes > 0; --changes) {
      size_t at = random() % text.size();
      switch (random() % 4) {
        case 0: text[at] = static_cast<char>(random()); break;
        case 1: text.erase(at, 1 + random() % 8); break;
        case 2: text.insert(at, text.substr(random() % text.size(), random() % 30)); break;
        default: text[at] = static_cast<char>(text[at] ^ 1 << random() % 8); break;
      }
    }
    SCOPED_TRACE(fmt::format("change {}", i));
    TestClient client(served_->port());
    ASSERT_TRUE(client.connected());
    client.send(text);
    client.end_sending();  // lest both wait for the other
    int status = client.answer().status;
    EXPECT_TRUE(status == 0 || (status >= 200 && status < 500)) << status;
  }
}

}  // namespace
}  // namespace hearth
