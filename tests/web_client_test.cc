// The client that fetches models, against the server: secure connections, and certificates that are not to be
// trusted.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdlib>
#include <filesystem>

#include "base/error_of.h"
#include "files.h"
#include "hub/web_client.h"
#include "server/listener.h"

namespace hearth {
namespace {

using testing::HasSubstr;

class SecureClients : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = temporary("hearth_secure_XXXXXX");
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    for (const char* name : {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}) ::unsetenv(name);
  }
  void TearDown() override {
    ::unsetenv("SSL_CERT_FILE");
    std::filesystem::remove_all(folder_);
  }

  // For "localhost", signed by itself, valid for so many seconds from now.
  ListenOptions certificate(long seconds) {
    ListenOptions options;
    options.port = 0;
    options.certificate = folder_ / "certificate.pem";
    options.key = folder_ / "key.pem";
    EVP_PKEY* key = EVP_EC_gen("P-256");
    X509* certificate = X509_new();
    X509_set_version(certificate, 2);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -7200);
    X509_gmtime_adj(X509_getm_notAfter(certificate), seconds);
    X509_NAME* name = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("localhost"),
                               -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    X509_EXTENSION* names = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "DNS:localhost");
    X509_add_ext(certificate, names, -1);
    X509_EXTENSION_free(names);
    X509_set_pubkey(certificate, key);
    X509_sign(certificate, key, EVP_sha256());
    FILE* file = std::fopen(options.certificate.c_str(), "w");
    PEM_write_X509(file, certificate);
    std::fclose(file);
    file = std::fopen(options.key.c_str(), "w");
    PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(file);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return options;
  }

  // What the server says, or what is wrong.
  static std::string ask(const ListenOptions& options, const std::string& host, const std::string& trusted) {
    auto listener =
        HttpListener::listen(options, [](HttpRequest request, std::shared_ptr<Exchange> exchange) {
          exchange->respond({200, "this is " + request.path, "text/plain", {}});
        });
    if (!listener.ok()) return listener.error().message;
    ::setenv("SSL_CERT_FILE", trusted.c_str(), 1);
    auto web = WebClient::create();
    auto url = Url::parse(fmt::format("https://{}:{}/x", host, (*listener)->port()));
    auto answer = web->fetch_text({*url, "*/*", {}, {}, {}}, 100);
    return answer.ok() ? answer->second : answer.error().message;
  }

  std::filesystem::path folder_;
};

TEST_F(SecureClients, ReachWhomTheyTrust) {
  ListenOptions options = certificate(3600);
  EXPECT_EQ(ask(options, "localhost", options.certificate), "this is /x");
}

TEST_F(SecureClients, TrustNobodyElse) {
  ListenOptions options = certificate(3600);
  EXPECT_THAT(ask(options, "127.0.0.1", options.certificate), HasSubstr("certificate verify failed"));
  EXPECT_THAT(ask(options, "localhost", folder_ / "none.pem"), HasSubstr("certificate verify failed"));
  ListenOptions old = certificate(-3600);
  EXPECT_THAT(ask(old, "localhost", old.certificate), HasSubstr("certificate verify failed"));
  ListenOptions plain;
  plain.port = 0;
  EXPECT_THAT(ask(plain, "localhost", options.certificate), HasSubstr("no secure connection"));
}

}  // namespace
}  // namespace hearth
