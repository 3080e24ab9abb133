// TLS and Unix sockets: the same answers over other transports.
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <sys/un.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include "base/own_folder_testing.h"
#include "server/certificate_testing.h"
#include "server/client_testing.h"
#include "server/listener.h"

namespace hearth {
namespace {

class Transports : public testing::Test {
 protected:
  Result<std::unique_ptr<HttpListener>> listen(const ListenOptions& options) {
    return HttpListener::listen(options, [](HttpRequest request, std::shared_ptr<Exchange> exchange) {
      HttpResponse head;
      head.content_type = "text/plain";
      exchange->begin(head);
      for (int i = 0; i < 100; ++i) exchange->write(request.path);
      exchange->end();
    });
  }
  static std::string expected(const std::string& path) {
    std::string text;
    for (int i = 0; i < 100; ++i) text += path;
    return text;
  }

  const OwnFolder own_;
  const std::filesystem::path& folder_ = own_.path();
};

TEST_F(Transports, TlsCarriesTheSame) {
  auto listener = listen(listen_with_certificate(folder_));
  ASSERT_TRUE(listener.ok()) << listener.error().message;
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  BIO* wire = BIO_new_ssl_connect(context);
  BIO_set_conn_hostname(wire, fmt::format("127.0.0.1:{}", (*listener)->port()).c_str());
  for (const char* path : {"/first", "/second"}) {
    std::string ask = fmt::format("GET {} HTTP/1.1\r\nHost: localhost\r\n\r\n", path), found;
    ASSERT_EQ(BIO_write(wire, ask.data(), static_cast<int>(ask.size())), static_cast<int>(ask.size()));
    char chunk[4096];
    while (!found.ends_with("\r\n0\r\n\r\n")) {
      int count = BIO_read(wire, chunk, sizeof chunk);
      ASSERT_GT(count, 0);
      found.append(chunk, static_cast<size_t>(count));
    }
    size_t pieces = 0;
    for (size_t at = 0; (at = found.find(path, at)) != found.npos; ++at) ++pieces;
    EXPECT_EQ(pieces, 100u);
  }
  BIO_free_all(wire);
  SSL_CTX_free(context);
  // Who speaks plainly is let go.
  TestClient plain((*listener)->port());
  plain.get("/");
  EXPECT_EQ(plain.answer().status, 0);
}

// More handshakes at once than may be computed at once, behind clients that say nothing, too little or something else.
TEST_F(Transports, ManyHandshakesAtOnceAreAllMade) {
  auto listener = listen(listen_with_certificate(folder_));
  ASSERT_TRUE(listener.ok()) << listener.error().message;
  std::vector<TestClient> odd;
  for (int i = 0; i < 24; ++i) {
    odd.emplace_back((*listener)->port());
    if (i % 3 == 1) odd.back().send("\x16\x03");
    if (i % 3 == 2) odd.back().send("GET / HTTP/1.1\r\n\r\n");
  }
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  std::atomic<int> answered{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < 24; ++i) {
    clients.emplace_back([&] {
      BIO* wire = BIO_new_ssl_connect(context);
      BIO_set_conn_hostname(wire, fmt::format("127.0.0.1:{}", (*listener)->port()).c_str());
      std::string ask = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", found(9, ' ');
      if (BIO_write(wire, ask.data(), static_cast<int>(ask.size())) > 0 &&
          BIO_read(wire, found.data(), 9) > 0 && found == "HTTP/1.1 ")
        ++answered;
      BIO_free_all(wire);
    });
  }
  for (std::thread& client : clients) client.join();
  SSL_CTX_free(context);
  EXPECT_EQ(answered, 24);
}

TEST_F(Transports, FilesThatAreNoCertificatesAreErrors) {
  ListenOptions options = listen_with_certificate(folder_);
  std::swap(options.key, options.certificate);
  auto listener = listen(options);
  ASSERT_FALSE(listener.ok());
  EXPECT_NE(listener.error().message.find("not a certificate chain in PEM"), std::string::npos);
}

TEST_F(Transports, UnixSocketsCarryTheSameAndAreTidiedUp) {
  ListenOptions options;
  options.host = folder_ / "hearth.sock";
  {
    auto listener = listen(options);
    ASSERT_TRUE(listener.ok()) << listener.error().message;
    EXPECT_FALSE(listen(options).ok());  // somebody listens there
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, options.host.c_str(), sizeof address.sun_path - 1);
    int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
    ASSERT_EQ(::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    TestClient client = TestClient::over(socket);
    client.get("/path");
    EXPECT_EQ(client.answer().body, expected("/path"));
  }
  EXPECT_FALSE(std::filesystem::exists(options.host));
  std::ofstream(options.host) << "a file";
  EXPECT_FALSE(listen(options).ok());
  EXPECT_TRUE(std::filesystem::exists(options.host));
}

}  // namespace
}  // namespace hearth
