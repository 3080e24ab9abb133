// The client that fetches models, against the server: secure connections, and certificates that are not to be
// trusted.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "base/error_of.h"
#include "base/own_folder_testing.h"
#include "files.h"
#include "hub/web_client.h"
#include "server/certificate_testing.h"

namespace hearth {
namespace {

using testing::HasSubstr;

class SecureClients : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}) ::unsetenv(name);
  }
  void TearDown() override { ::unsetenv("SSL_CERT_FILE"); }

  // What the server says, or what is wrong.
  static std::string ask(const ListenOptions& options, const std::string& host, const std::string& trusted,
                         const std::string& path = "/x") {
    auto listener =
        HttpListener::listen(options, [](HttpRequest request, std::shared_ptr<Exchange> exchange) {
          if (request.path == "/plain")
            return exchange->respond({302, "", "text/plain", {{"Location", "http://localhost:1/"}}});
          exchange->respond({200, "this is " + request.path, "text/plain", {}});
        });
    if (!listener.ok()) return listener.error().message;
    ::setenv("SSL_CERT_FILE", trusted.c_str(), 1);
    auto web = WebClient::create();
    auto url = Url::parse(fmt::format("https://{}:{}{}", host, (*listener)->port(), path));
    auto answer = web->fetch_text({*url, "*/*", {}, {}, {}}, 100);
    return answer.ok() ? answer->second : answer.error().message;
  }

  const OwnFolder own_;
  const std::filesystem::path& folder_ = own_.path();
};

TEST_F(SecureClients, ReachWhomTheyTrust) {
  ListenOptions options = listen_with_certificate(folder_);
  EXPECT_EQ(ask(options, "localhost", options.certificate), "this is /x");
}

TEST_F(SecureClients, AreNotLedToWhereEverybodyListens) {
  ListenOptions options = listen_with_certificate(folder_);
  EXPECT_THAT(ask(options, "localhost", options.certificate, "/plain"), HasSubstr("which is not secure"));
}

TEST_F(SecureClients, TrustNobodyElse) {
  ListenOptions options = listen_with_certificate(folder_);
  EXPECT_THAT(ask(options, "127.0.0.1", options.certificate), HasSubstr("certificate verify failed"));
  EXPECT_THAT(ask(options, "localhost", folder_ / "none.pem"), HasSubstr("certificate verify failed"));
  ListenOptions old = listen_with_certificate(folder_, -3600);
  EXPECT_THAT(ask(old, "localhost", old.certificate), HasSubstr("certificate verify failed"));
  ListenOptions plain;
  plain.port = 0;
  EXPECT_THAT(ask(plain, "localhost", options.certificate), HasSubstr("no secure connection"));
}

}  // namespace
}  // namespace hearth
