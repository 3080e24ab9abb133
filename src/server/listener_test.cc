// HTTP over sockets: what clients do, and what they do wrong.
#include "server/listener.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <future>
#include <mutex>

#include "server/client_testing.h"

namespace hearth {
namespace {

using testing::HasSubstr;

// Paths say what is to happen; /hold keeps the answer for the test to give.
class Sockets : public testing::Test {
 protected:
  void listen(ListenOptions options = {}) {
    options.port = 0;
    auto made =
        HttpListener::listen(options, [this](HttpRequest request, std::shared_ptr<Exchange> exchange) {
          handle(std::move(request), exchange);
        });
    ASSERT_TRUE(made.ok()) << made.error().message;
    listener_ = *std::move(made);
  }
  ~Sockets() override {
    if (listener_) listener_->stop();
    held_.clear();
  }

  void handle(HttpRequest request, const std::shared_ptr<Exchange>& exchange) {
    if (request.path == "/stream") {
      HttpResponse head;
      head.content_type = "text/event-stream";
      head.body = "data: 0\n\n";
      exchange->begin(std::move(head));
      for (int i = 1; i < 5; ++i) exchange->write(fmt::format("data: {}\n\n", i));
      return exchange->end();
    }
    if (request.path == "/hold") {
      exchange->on_gone([this] { gone_.set_value(); });
      std::lock_guard lock(mutex_);
      held_.push_back(exchange);
      changed_.notify_all();
      return;
    }
    HttpResponse response;
    response.body = fmt::format("{} {} {}", request.method, request.path, request.body);
    response.content_type = "text/plain";
    response.headers.emplace_back("X-Echo", std::string(request.header("x-echo")));
    exchange->respond(std::move(response));
  }
  std::shared_ptr<Exchange> held(size_t index = 0) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return held_.size() > index; });
    return held_[index];
  }
  TestClient client() { return TestClient(listener_->port()); }

  std::unique_ptr<HttpListener> listener_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::shared_ptr<Exchange>> held_;
  std::promise<void> gone_;
};

TEST_F(Sockets, ThisMachineByNameIsWhereClientsLookFirst) {
  ListenOptions options;
  options.host = "localhost";
  listen(options);
  TestClient one = client();  // of 127.0.0.1
  ASSERT_TRUE(one.get("/a"));
  EXPECT_EQ(one.answer().status, 200);
}

TEST_F(Sockets, AConnectionServesManyRequests) {
  listen();
  TestClient one = client();
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(one.post("/a", std::string(static_cast<size_t>(i) * 100'000, 'x')));
    TestAnswer answer = one.answer();
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "POST /a " + std::string(static_cast<size_t>(i) * 100'000, 'x'));
  }
}

TEST_F(Sockets, RequestsMaySendAheadAndAreAnsweredInOrder) {
  listen();
  TestClient one = client();
  std::string many;
  for (int i = 0; i < 20; ++i) many += fmt::format("GET /{} HTTP/1.1\r\nHost: localhost\r\n\r\n", i);
  ASSERT_TRUE(one.send(many));
  for (int i = 0; i < 20; ++i) EXPECT_EQ(one.answer().body, fmt::format("GET /{} ", i));
}

TEST_F(Sockets, ARequestThatComesDuringAnAnswerWaits) {
  listen();
  TestClient one = client();
  one.get("/hold");
  auto first = held();
  one.get("/after");
  first->respond({200, "held", "text/plain", {}});
  EXPECT_EQ(one.answer().body, "held");
  EXPECT_EQ(one.answer().body, "GET /after ");
}

TEST_F(Sockets, StreamsComeInChunks) {
  listen();
  TestClient one = client();
  one.get("/stream");
  TestAnswer answer = one.answer();
  EXPECT_EQ(answer.header("transfer-encoding"), "chunked");
  EXPECT_EQ(answer.body, "data: 0\n\ndata: 1\n\ndata: 2\n\ndata: 3\n\ndata: 4\n\n");
  one.get("/again");
  EXPECT_EQ(one.answer().body, "GET /again ");
}

TEST_F(Sockets, HeadHasNoBodyAndOldClientsGetNoChunks) {
  listen();
  TestClient one = client();
  one.send("HEAD /x HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(one.answer(false).header("content-length"), "8");
  one.get("/after");
  EXPECT_EQ(one.answer().body, "GET /after ");
  TestClient old = client();
  old.send("GET /stream HTTP/1.0\r\n\r\n");
  TestAnswer answer = old.answer();
  EXPECT_EQ(answer.header("connection"), "close");
  EXPECT_EQ(answer.body, "data: 0\n\ndata: 1\n\ndata: 2\n\ndata: 3\n\ndata: 4\n\n");
}

TEST_F(Sockets, BodiesMayComeInChunksOrAfterWord) {
  listen();
  TestClient one = client();
  one.send(
      "POST /c HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n "
      "world\r\n0\r\n\r\n");
  EXPECT_EQ(one.answer().body, "POST /c hello world");
  one.send("POST /e HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(one.answer().status, 100);
  one.send("abc");
  EXPECT_EQ(one.answer().body, "POST /e abc");
}

TEST_F(Sockets, NothingOfARequestBecomesAHeader) {
  listen();
  TestClient one = client();
  one.get("/", "X-Echo: a\tb\r\n");
  TestAnswer answer = one.answer();
  EXPECT_EQ(answer.header("x-echo"), "ab");
}

// Each is refused, and nothing that follows it is read.
TEST_F(Sockets, WhatIsAmbiguousIsRefused) {
  ListenOptions options;
  options.body_bytes = 1000;
  options.header_bytes = 2000;
  listen(options);
  const std::string host = "Host: localhost\r\n", post = "POST / HTTP/1.1\r\n" + host,
                    tail = "\r\n\r\nGET /smuggled HTTP/1.1\r\n" + host + "\r\n";
  const struct {
    std::string text;
    int status;
  } wrong[] = {
      {"garbage\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\n" + host + host + "\r\n", 400},
      {"GET / HTTP/3.0\r\n" + host + "\r\n", 400},
      {"GET http://elsewhere/ HTTP/1.1\r\n" + host + "\r\n", 400},
      {post + "Content-Length: 5\r\nContent-Length: 6" + tail, 400},
      {post + "Content-Length: 5\r\nContent-Length: 5" + tail, 400},
      {post + "Content-Length: +5" + tail, 400},
      {post + "Content-Length: 0x5" + tail, 400},
      {post + "Content-Length: -1" + tail, 400},
      {post + "Content-Length: 18446744073709551616" + tail, 400},
      {post + "Content-Length: 5\r\nTransfer-Encoding: chunked" + tail, 400},
      {post + "Transfer-Encoding: chunked\r\nContent-Length: 5" + tail, 400},
      {post + "Transfer-Encoding: xchunked" + tail, 400},
      {post + "Transfer-Encoding: chunked, identity" + tail, 400},
      {post + "Transfer-Encoding: gzip, chunked" + tail, 400},
      {post + "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n", 400},
      {post + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
      {post + "Content-Encoding: gzip\r\nContent-Length: 5" + tail, 400},
      {post + "Content-Length : 5" + tail, 400},
      {post + std::string("X: a\0b", 6) + tail, 400},
      {post + "Expect: miracles" + tail, 417},
      {post + "Content-Length: 1001" + tail, 413},
      {post + "X: " + std::string(4000, 'x') + tail, 431},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},
  };
  for (const auto& each : wrong) {
    SCOPED_TRACE(each.text.substr(0, 200));
    TestClient one = client();
    one.send(each.text);
    TestAnswer answer = one.answer();
    EXPECT_EQ(answer.status, each.status);
    EXPECT_EQ(answer.header("connection"), "close");
    EXPECT_FALSE(answer.json()["error"]["message"].get<std::string>().empty());
    EXPECT_TRUE(one.ends());
  }
  TestClient after = client();
  after.get("/fine");
  EXPECT_EQ(after.answer().status, 200);
}

TEST_F(Sockets, AChunkedBodyThatIsTooLongIsRefused) {
  ListenOptions options;
  options.body_bytes = 1000;
  listen(options);
  TestClient one = client();
  one.send("POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1000\r\n" +
           std::string(4096, 'x') + "\r\n0\r\n\r\n");
  EXPECT_EQ(one.answer().status, 413);
}

TEST_F(Sockets, WhoLeavesIsNoticedWhileTheAnswerIsMade) {
  listen();
  TestClient one = client();
  one.get("/hold");
  auto exchange = held();
  one.close();
  gone_.get_future().wait();
  exchange->respond({});  // nobody is there: dropped
  TestClient other = client();
  other.get("/fine");
  EXPECT_EQ(other.answer().status, 200);
}

TEST_F(Sockets, WhoDoesNotReadIsLetGo) {
  ListenOptions options;
  options.most_unsent = 1 << 20;
  listen(options);
  TestClient one = client();
  one.get("/hold");
  auto exchange = held();
  HttpResponse head;
  head.content_type = "text/plain";
  exchange->begin(head);
  auto gone = gone_.get_future();
  // More than the sockets' buffers hold, and the limit.
  for (int i = 0; i < 10'000 && gone.wait_for(std::chrono::seconds(0)) != std::future_status::ready; ++i)
    exchange->write(std::string(65536, 'x'));
  gone.wait();
}

// An answer that is longer than sockets' buffers, to one who takes it byte by byte: it stays whole, and holds nobody up.
TEST_F(Sockets, WhoReadsSlowlyGetsAllOfIt) {
  listen();
  TestClient slow = client();
  slow.get("/hold");
  HttpResponse response;
  response.content_type = "text/plain";
  while (response.body.size() < (12 << 20))
    response.body += fmt::format("{} bottles\n", response.body.size());
  std::string expected = response.body;
  held()->respond(std::move(response));
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(slow.read_byte());
    if (i % 20 != 0) continue;
    TestClient other = client();
    other.get("/fine");
    EXPECT_EQ(other.answer().status, 200);
  }
  EXPECT_TRUE(slow.answer().body == expected);
  // The connection goes on.
  slow.get("/after");
  EXPECT_THAT(slow.answer().body, HasSubstr("/after"));
}

TEST_F(Sockets, WhoIsSlowToAskIsLetGo) {
  ListenOptions options;
  options.header_seconds = 0.05;
  options.body_seconds = 0.05;
  listen(options);
  TestClient silent = client(), half = client(), body = client();
  half.send("GET / HTTP/1.1\r\nHos");
  body.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nab");
  for (TestClient* each : {&silent, &half, &body}) EXPECT_TRUE(each->ends());
}

TEST_F(Sockets, AConnectionRestsForAWhileOnly) {
  ListenOptions options;
  options.idle_seconds = 0.05;
  listen(options);
  TestClient idle = client();
  idle.get("/");
  EXPECT_EQ(idle.answer().status, 200);
  EXPECT_TRUE(idle.ends());
}

TEST_F(Sockets, ADrainedListenerEndsWhatRestsAndCompletesWhatRuns) {
  listen();
  TestClient resting = client(), busy = client();
  resting.get("/");
  resting.answer();
  busy.get("/hold");
  auto exchange = held();
  listener_->drain();
  EXPECT_TRUE(resting.ends());
  exchange->respond({200, "complete", "text/plain", {}});
  EXPECT_EQ(busy.answer().body, "complete");
  EXPECT_TRUE(busy.ends());
  while (client().connected()) {}  // until nobody listens
}

TEST_F(Sockets, SilentStreamsSayThatTheyLive) {
  ListenOptions options;
  options.heartbeat_seconds = 0.02;
  listen(options);
  TestClient one = client();
  one.get("/hold");
  auto exchange = held();
  exchange->begin({200, "", "text/event-stream", {}});
  EXPECT_TRUE(one.wait_for(": still here\n\n"));
  exchange->end();
}

TEST_F(Sockets, APlaceThatIsTakenIsAnError) {
  listen();
  ListenOptions options;
  options.port = listener_->port();
  auto second = HttpListener::listen(options, [](HttpRequest, std::shared_ptr<Exchange>) {});
  ASSERT_FALSE(second.ok());
  EXPECT_THAT(second.error().message, HasSubstr("cannot listen there"));
  options.certificate = "a.pem";
  EXPECT_THAT(HttpListener::listen(options, nullptr).error().message,
              HasSubstr("both a certificate and a key"));
}

}  // namespace
}  // namespace hearth
