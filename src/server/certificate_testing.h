// For tests: a certificate for "localhost" that signs itself, and its key.
#pragma once

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <filesystem>

#include "server/listener.h"

namespace hearth {

// Valid until so many seconds from now; before now if they are negative. Two files in `folder`, for a listener on any
// port.
inline ListenOptions listen_with_certificate(const std::filesystem::path& folder, long seconds = 3600) {
  ListenOptions options;
  options.port = 0;
  options.certificate = folder / "certificate.pem";
  options.key = folder / "key.pem";
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

}  // namespace hearth
