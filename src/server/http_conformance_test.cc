// What RFC 9110 and 9112 ask of a server, and what smuggles requests past those who stand in front of one. A row for
// each case that the prober Http11Probe has and calls a MUST, by its name there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/client_testing.h"
#include "server/listener.h"
#include "server/router.h"

namespace hearth {
namespace {

enum class Outcome : uint8_t {
  refused,  // with 400, and the connection ends: nothing that follows is read
  echoed,   // 200, with the body that was sent, and the connection goes on
  once,     // 200, and the connection ends
  empty,    // 204 without a length
};

struct HttpCase {
  const char* name;
  Outcome outcome;
  std::string request;
  std::string body = "";  // that comes back
};

void PrintTo(const HttpCase& one, std::ostream* out) { *out << one.name; }

const std::string kHost = "Host: localhost\r\n";
const std::string kSmuggled = "GET /smuggled HTTP/1.1\r\n" + kHost + "\r\n";

std::string get(const std::string& headers) { return "GET / HTTP/1.1\r\n" + headers + "\r\n"; }
std::string post(const std::string& headers, const std::string& body = "hello") {
  return "POST / HTTP/1.1\r\n" + kHost + headers + "\r\n" + body;
}
std::string chunked(const std::string& body) { return post("Transfer-Encoding: chunked\r\n", body); }
std::string line(const std::string& request_line) { return request_line + "\r\n" + kHost + "\r\n"; }
std::string bytes(std::string_view text) { return std::string(text); }

using enum Outcome;
using namespace std::string_view_literals;

// clang-format off
const HttpCase kHttpCases[] = {
    // Two lengths, or none that is one.
    {"SMUG-DUPLICATE-CL", refused, post("Content-Length: 5\r\nContent-Length: 10\r\n", "helloworld")},
    {"SMUG-CL-NEGATIVE", refused, post("Content-Length: -1\r\n", "")},
    {"SMUG-CL-NEGATIVE-ZERO", refused, post("Content-Length: -0\r\n", "")},
    {"SMUG-CL-COMMA-DIFFERENT", refused, post("Content-Length: 5, 10\r\n")},
    {"SMUG-CL-COMMA-SAME", refused, post("Content-Length: 5, 5\r\n")},
    {"SMUG-CL-COMMA-TRIPLE", refused, post("Content-Length: 5, 5, 5\r\n")},
    {"SMUG-CL-OCTAL", refused, post("Content-Length: 0o5\r\n")},
    {"SMUG-CL-HEX-PREFIX", refused, post("Content-Length: 0x5\r\n")},
    {"SMUG-CL-INTERNAL-SPACE", refused, post("Content-Length: 1 0\r\n", "hello12345")},
    {"SMUG-CL-UNDERSCORE", refused, post("Content-Length: 1_0\r\n", "helloworld")},
    {"SMUG-DUPLICATE-CL-SMUGGLED-GET", refused, post("Content-Length: 4\r\nContent-Length: 99\r\n", "PING" + kSmuggled)},
    {"RFC9112-6.1-CL-NON-NUMERIC", refused, post("Content-Length: abc\r\n", "")},
    {"RFC9112-6.1-CL-PLUS-SIGN", refused, post("Content-Length: +5\r\n")},
    {"MAL-CL-OVERFLOW", refused, post("Content-Length: 99999999999999999999\r\n", "")},
    {"MAL-CL-EMPTY", refused, post("Content-Length: \r\n", "")},
    {"NORM-SP-BEFORE-COLON-CL", refused, post("Content-Length: 11\r\nContent-Length : 5\r\n", "hello world")},
    {"NORM-TAB-IN-NAME", refused, post("Content-Length: 11\r\nContent\tLength: 99\r\n", "hello world")},
    // Encodings that are not chunked, or not alone.
    {"SMUG-TE-XCHUNKED", refused, post("Transfer-Encoding: xchunked\r\nContent-Length: 5\r\n")},
    {"SMUG-TE-TRAILING-SPACE", refused, post("Transfer-Encoding: chunked \r\nContent-Length: 5\r\n")},
    {"SMUG-TE-SP-BEFORE-COLON", refused, post("Transfer-Encoding : chunked\r\nContent-Length: 5\r\n")},
    {"SMUG-TE-NOT-FINAL-CHUNKED", refused, post("Transfer-Encoding: chunked, gzip\r\n", "0\r\n\r\n")},
    {"SMUG-TE-HTTP10", refused, "POST / HTTP/1.0\r\n" + kHost + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\nhello"},
    {"SMUG-TE-EMPTY-VALUE", refused, post("Transfer-Encoding: \r\nContent-Length: 5\r\n")},
    {"SMUG-TE-DUPLICATE-HEADERS", refused, post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\nContent-Length: 5\r\n")},
    {"SMUG-TE-VTAB", refused, post("Transfer-Encoding: \vchunked\r\nContent-Length: 5\r\n")},
    {"SMUG-TE-FORMFEED", refused, post("Transfer-Encoding: \fchunked\r\nContent-Length: 5\r\n")},
    {"SMUG-TE-NULL", refused, post("Transfer-Encoding: chunked" + bytes("\0"sv) + "\r\nContent-Length: 5\r\n")},
    {"SMUG-TE-IDENTITY", refused, post("Transfer-Encoding: identity\r\nContent-Length: 5\r\n")},
    {"SMUG-TE-OBS-FOLD", refused, post("Transfer-Encoding:\r\n chunked\r\nContent-Length: 5\r\n")},
    {"SMUG-TE-TAB-BEFORE-VALUE", refused, post("Transfer-Encoding:\tchunked\r\nContent-Length: 5\r\n")},
    {"SMUG-CHUNKED-WITH-PARAMS", refused, post("Transfer-Encoding: chunked;ext=val\r\nContent-Length: 5\r\n")},
    {"COMP-UNKNOWN-TE-501", refused, post("Transfer-Encoding: gzip\r\n", "")},
    // An underscore is another name, which frames nothing.
    {"SMUG-TRANSFER_ENCODING", echoed, post("Transfer_Encoding: chunked\r\nContent-Length: 5\r\n"), "hello"},
    // Both a length and an encoding, and something behind either.
    {"SMUG-CLTE-CONN-CLOSE", refused, post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n" + kSmuggled)},
    {"SMUG-TECL-CONN-CLOSE", refused, post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n" + kSmuggled)},
    {"SMUG-CLTE-DESYNC", refused, post("Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\nX" + kSmuggled)},
    {"SMUG-TECL-DESYNC", refused, post("Transfer-Encoding: chunked\r\nContent-Length: 30\r\n", "0\r\n\r\nX" + kSmuggled)},
    {"SMUG-CLTE-SMUGGLED-GET", refused, post("Content-Length: 60\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n" + kSmuggled)},
    {"SMUG-CLTE-SMUGGLED-GET-CL-PLUS", refused, post("Content-Length: +60\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n" + kSmuggled)},
    {"SMUG-CLTE-SMUGGLED-GET-CL-NON-NUMERIC", refused, post("Content-Length: 60x\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n" + kSmuggled)},
    {"SMUG-CLTE-SMUGGLED-GET-TE-OBS-FOLD", refused, post("Transfer-Encoding:\r\n chunked\r\nContent-Length: 60\r\n", "0\r\n\r\n" + kSmuggled)},
    {"SMUG-CLTE-SMUGGLED-HEAD", refused, post("Content-Length: 60\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\nHEAD / HTTP/1.1\r\n" + kHost + "\r\n")},
    {"SMUG-CLTE-SMUGGLED-GET-TE-TRAILING-SPACE", refused, post("Content-Length: 60\r\nTransfer-Encoding: chunked \r\n", "0\r\n\r\n" + kSmuggled)},
    {"SMUG-CLTE-SMUGGLED-GET-TE-LEADING-COMMA", refused, post("Content-Length: 60\r\nTransfer-Encoding: , chunked\r\n", "0\r\n\r\n" + kSmuggled)},
    {"SMUG-CLTE-SMUGGLED-GET-TE-CASE-MISMATCH", refused, post("Content-Length: 60\r\nTransfer-Encoding: Chunked\r\n", "0\r\n\r\n" + kSmuggled)},
    {"SMUG-TE-DUPLICATE-HEADERS-SMUGGLED-GET", refused, post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\nContent-Length: 60\r\n", "0\r\n\r\n" + kSmuggled)},
    {"SMUG-TECL-SMUGGLED-GET", refused, post("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", "2d\r\n" + kSmuggled + "\r\n0\r\n\r\n")},
    {"SMUG-OPTIONS-TE-OBS-FOLD", refused, "OPTIONS / HTTP/1.1\r\n" + kHost + "Transfer-Encoding:\r\n chunked\r\nContent-Length: 5\r\n\r\nhello" + kSmuggled},
    // Chunks whose frame is none.
    {"SMUG-CHUNK-BARE-SEMICOLON", refused, chunked("5;\r\nhello\r\n0\r\n\r\n")},
    {"SMUG-CHUNK-EXT-INVALID-TOKEN", refused, chunked("5;bad[=x\r\nhello\r\n0\r\n\r\n")},
    {"SMUG-CHUNK-UNDERSCORE", refused, chunked("1_0\r\nhello world!!!!!\r\n0\r\n\r\n")},
    {"SMUG-CHUNK-HEX-PREFIX", refused, chunked("0x5\r\nhello\r\n0\r\n\r\n")},
    {"SMUG-CHUNK-SIZE-PLUS", refused, chunked("+5\r\nhello\r\n0\r\n\r\n")},
    {"SMUG-CHUNK-SIZE-TRAILING-OWS", refused, chunked("5 \r\nhello\r\n0\r\n\r\n")},
    {"SMUG-CHUNK-LEADING-SP", refused, chunked(" 5\r\nhello\r\n0\r\n\r\n")},
    {"SMUG-CHUNK-MISSING-TRAILING-CRLF", refused, chunked("5\r\nhello0\r\n\r\n")},
    {"SMUG-CHUNK-SPILL", refused, chunked("5\r\nhello!!\r\n0\r\n\r\n")},
    {"SMUG-CHUNK-EXT-CTRL", refused, chunked("5;" + bytes("\0"sv) + "ext\r\nhello\r\n0\r\n\r\n")},
    {"SMUG-CHUNK-EXT-CR", refused, chunked("5;a\rX\r\nhello\r\n0\r\n\r\n")},
    {"SMUG-CHUNK-NEGATIVE", refused, chunked("-1\r\nhello\r\n0\r\n\r\n")},
    {"SMUG-CHUNK-BARE-CR-TERM", refused, chunked("5\rhello\r\n0\r\n\r\n")},
    {"SMUG-CHUNK-INVALID-SIZE-DESYNC", refused, chunked("+0\r\n\r\nX" + kSmuggled)},
    {"MAL-CHUNK-SIZE-OVERFLOW", refused, chunked("FFFFFFFFFFFFFFFF0\r\nhello\r\n0\r\n\r\n")},
    // What follows a chunked body changes nothing.
    {"SMUG-TRAILER-CL", refused, chunked("5\r\nhello\r\n0\r\nContent-Length: 50\r\n\r\n")},
    {"SMUG-TRAILER-TE", refused, chunked("5\r\nhello\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n")},
    {"SMUG-TRAILER-HOST", echoed, chunked("5\r\nhello\r\n0\r\nHost: evil.example.com\r\n\r\n"), "hello"},
    {"SMUG-TRAILER-AUTH", echoed, chunked("5\r\nhello\r\n0\r\nAuthorization: Bearer evil\r\n\r\n"), "hello"},
    {"SMUG-TRAILER-CONTENT-TYPE", echoed, chunked("5\r\nhello\r\n0\r\nContent-Type: text/evil\r\n\r\n"), "hello"},
    // Heads.
    {"SMUG-BARE-CR-HEADER-VALUE", refused, get(kHost + "X-Test: a\rb\r\n")},
    {"SMUG-ABSOLUTE-URI-HOST-MISMATCH", refused, line("GET http://other.example.com/ HTTP/1.1")},
    {"SMUG-MULTIPLE-HOST-COMMA", refused, get("Host: localhost, other.example.com\r\n")},
    {"MAL-NUL-IN-URL", refused, line(bytes("GET /\0test HTTP/1.1"sv))},
    {"MAL-CONTROL-CHARS-HEADER", refused, get(kHost + "X-Test: a\x01\x02\x03" "b\r\n")},
    {"MAL-NON-ASCII-HEADER-NAME", refused, get(kHost + "X-T\xc3\xabst: value\r\n")},
    {"MAL-NON-ASCII-URL", refused, line("GET /caf\xc3\xa9 HTTP/1.1")},
    {"MAL-NUL-IN-HEADER-VALUE", refused, get(kHost + bytes("X-Test: a\0b\r\n"sv))},
    {"MAL-URL-OVERLONG-UTF8", refused, line("GET /\xc0\xaf HTTP/1.1")},
    {"RFC9112-5.1-OBS-FOLD", refused, get(kHost + "X-Test: value\r\n continued\r\n")},
    {"RFC9110-5.6.2-SP-BEFORE-COLON", refused, get(kHost + "X-Test : value\r\n")},
    {"RFC9112-7.1-MISSING-HOST", refused, get("")},
    {"RFC9112-5-EMPTY-HEADER-NAME", refused, get(kHost + ": empty-name\r\n")},
    {"RFC9112-3-CR-ONLY-LINE-ENDING", refused, "GET / HTTP/1.1\rHost: localhost\r\n\r\n"},
    {"RFC9112-3-MISSING-TARGET", refused, line("GET HTTP/1.1")},
    {"RFC9112-5-INVALID-HEADER-NAME", refused, get(kHost + "Bad[Name: value\r\n")},
    {"RFC9112-5-HEADER-NO-COLON", refused, get(kHost + "NoColonHere\r\n")},
    {"RFC9110-5.4-DUPLICATE-HOST", refused, get(kHost + "Host: other.example.com\r\n")},
    {"COMP-WHITESPACE-BEFORE-HEADERS", refused, "GET / HTTP/1.1\r\n \r\n" + kHost + "\r\n"},
    {"COMP-DUPLICATE-HOST-SAME", refused, get(kHost + kHost)},
    {"COMP-HOST-WITH-USERINFO", refused, get("Host: user@localhost\r\n")},
    {"COMP-HOST-WITH-PATH", refused, get("Host: localhost/path\r\n")},
    {"COMP-HOST-EMPTY-VALUE", refused, get("Host: \r\n")},
    {"COMP-ASTERISK-WITH-GET", refused, line("GET * HTTP/1.1")},
    {"COMP-VERSION-MISSING-MINOR", refused, line("GET / HTTP/1")},
    {"COMP-VERSION-LEADING-ZEROS", refused, line("GET / HTTP/01.01")},
    {"COMP-VERSION-WHITESPACE", refused, line("GET / HTTP/ 1.1")},
    {"COMP-VERSION-CASE", refused, line("GET / http/1.1")},
    {"COMP-SPACE-IN-TARGET", refused, line("GET /pa th HTTP/1.1")},
    // What has to be taken.
    {"COMP-ABSOLUTE-FORM", echoed, line("GET http://localhost/ HTTP/1.1")},
    {"COMP-POST-CL-BODY", echoed, post("Content-Length: 5\r\n"), "hello"},
    {"COMP-POST-CL-ZERO", echoed, post("Content-Length: 0\r\n", "")},
    {"COMP-POST-NO-CL-NO-TE", echoed, post("", "")},
    {"COMP-CHUNKED-BODY", echoed, chunked("5\r\nhello\r\n0\r\n\r\n"), "hello"},
    {"COMP-CHUNKED-MULTI", echoed, chunked("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"), "hello world"},
    {"COMP-CHUNKED-EMPTY", echoed, chunked("0\r\n\r\n")},
    {"COMP-CHUNKED-EXTENSION", echoed, chunked("5;ext=value\r\nhello\r\n0\r\n\r\n"), "hello"},
    {"COMP-CHUNKED-TRAILER-VALID", echoed, chunked("5\r\nhello\r\n0\r\nX-Checksum: abc\r\n\r\n"), "hello"},
    {"COMP-CHUNKED-HEX-UPPERCASE", echoed, chunked("A\r\nhelloworld\r\n0\r\n\r\n"), "helloworld"},
    {"COMP-RANGE-POST", echoed, post("Content-Length: 5\r\nRange: bytes=0-10\r\n"), "hello"},
    {"SMUG-EXPECT-100-CL", echoed, post("Content-Length: 5\r\nExpect: 100-continue\r\n"), "hello"},
    {"SMUG-OPTIONS-CL-BODY", empty, "OPTIONS / HTTP/1.1\r\n" + kHost + "Content-Length: 5\r\n\r\nhello"},
    {"COMP-OPTIONS-STAR", empty, line("OPTIONS * HTTP/1.1")},
    {"COMP-NO-CL-IN-204", empty, line("OPTIONS / HTTP/1.1")},
    {"COMP-CONNECTION-CLOSE", once, get(kHost + "Connection: close\r\n")},
    {"COMP-NO-1XX-HTTP10", once, "POST / HTTP/1.0\r\n" + kHost + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello", "hello"},
    // Nothing is spoken here but HTTP.
    {"COMP-UPGRADE-POST", echoed, post("Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n", "")},
    {"COMP-UPGRADE-MISSING-CONN", echoed, get(kHost + "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n")},
    {"COMP-UPGRADE-UNKNOWN", echoed, get(kHost + "Connection: Upgrade\r\nUpgrade: totally-made-up/1.0\r\n")},
    {"COMP-UPGRADE-INVALID-VER", echoed, get(kHost + "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 99\r\n")},
    {"COMP-UPGRADE-HTTP10", once, "GET / HTTP/1.0\r\n" + kHost + "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n"},
};
// clang-format on

class HttpProbe : public testing::Test {
 protected:
  HttpProbe() {
    for (const char* method : {"GET", "POST"}) {
      router_.add({method, "/", "", [](HttpRequest request, const std::shared_ptr<Exchange>& exchange) {
                     const bool trusted = request.header("authorization").empty() &&
                                          request.header("host") != "evil.example.com" &&
                                          request.header("content-type").empty();
                     exchange->respond({trusted ? 200 : 500, std::move(request.body), "text/plain", {}});
                   }});
    }
    ListenOptions options;
    options.port = 0;
    listener_ =
        *HttpListener::listen(options, [this](HttpRequest request, std::shared_ptr<Exchange> exchange) {
          router_.handle(std::move(request), exchange);
        });
  }

  Router router_;
  std::unique_ptr<HttpListener> listener_;
};

class HttpConformance : public HttpProbe, public testing::WithParamInterface<HttpCase> {};

TEST_P(HttpConformance, IsAsAsked) {
  const HttpCase& one = GetParam();
  TestClient client(listener_->port());
  ASSERT_TRUE(client.send(one.request));
  TestAnswer answer = client.answer(one.outcome != empty);
  if (answer.status == 100) answer = client.answer();
  EXPECT_THAT(answer.header("date"), testing::MatchesRegex("[A-Z][a-z][a-z], [0-9]+ [A-Z][a-z]+ .* GMT"));
  switch (one.outcome) {
    case refused: EXPECT_EQ(answer.status, 400) << answer.body; break;
    case empty:
      EXPECT_EQ(answer.status, 204);
      EXPECT_EQ(answer.header("content-length"), "");
      EXPECT_THAT(answer.header("allow"), testing::HasSubstr("GET"));
      break;
    default: EXPECT_EQ(answer.status, 200) << answer.body; EXPECT_EQ(answer.body, one.body);
  }
  if (one.outcome == refused || one.outcome == once) {
    EXPECT_EQ(answer.header("connection"), "close");
    EXPECT_TRUE(client.ends());
    return;
  }
  client.send(post("Content-Length: 5\r\n", "after"));
  EXPECT_EQ(client.answer().body, "after");
}

INSTANTIATE_TEST_SUITE_P(Probes, HttpConformance, testing::ValuesIn(kHttpCases), [](const auto& row) {
  std::string name = row.param.name;
  for (char& c : name) {
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  }
  return name;
});

// Those that a row cannot say.

TEST_F(HttpProbe, AnswersToHeadHaveNoBody) {  // COMP-HEAD-NO-BODY, SMUG-HEAD-CL-BODY
  TestClient client(listener_->port());
  client.send("HEAD / HTTP/1.1\r\n" + kHost + "Content-Length: 5\r\n\r\nhello");
  EXPECT_EQ(client.answer(false).status, 200);
  client.send(post("Content-Length: 5\r\n", "after"));
  EXPECT_EQ(client.answer().body, "after");
}

TEST_F(HttpProbe, WhatIsNotAllowedSaysWhatIs) {  // COMP-405-ALLOW
  TestClient client(listener_->port());
  client.send(line("DELETE / HTTP/1.1"));
  TestAnswer answer = client.answer();
  EXPECT_EQ(answer.status, 405);
  EXPECT_EQ(answer.header("allow"), "GET, POST");
}

// COMP-POST-CL-UNDERSEND, COMP-CHUNKED-NO-FINAL: nothing is answered before all of it is there, nor when that never
// comes.
TEST_F(HttpProbe, HalfOfARequestIsNone) {
  for (const std::string& half : {post("Content-Length: 10\r\n"), chunked("5\r\nhello\r\n")}) {
    TestClient client(listener_->port());
    client.send(half);
    client.end_sending();
    EXPECT_TRUE(client.ends());
  }
}

TEST_F(HttpProbe, ALengthAloneTakesNoMemory) {  // MAL-POST-CL-HUGE-NO-BODY
  TestClient client(listener_->port());
  client.send(post("Content-Length: 999999999\r\n", ""));
  EXPECT_EQ(client.answer().status, 413);
}

}  // namespace
}  // namespace hearth
