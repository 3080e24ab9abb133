#include "hub/proxy.h"

#include <openssl/evp.h>

#include <cstdlib>

namespace hearth {

namespace {

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

std::string_view first_of(std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (auto value = environment(name); !value.empty()) return value;
  }
  return {};
}

// A list of names, each of which stands for itself and what ends in it.
bool is_excepted(std::string_view list, std::string_view host) {
  while (!list.empty()) {
    std::string_view name = list.substr(0, list.find(','));
    list.remove_prefix(std::min(list.size(), name.size() + 1));
    while (name.starts_with(' ') || name.starts_with('.')) name.remove_prefix(1);
    while (name.ends_with(' ')) name.remove_suffix(1);
    if (name == "*" || name == host) return true;
    if (!name.empty() && host.ends_with(name) && host[host.size() - name.size() - 1] == '.') return true;
  }
  return false;
}

std::string base64(std::string_view text) {
  std::string out((text.size() + 2) / 3 * 4, '\0');
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                  reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  return out;
}

}  // namespace

Result<Proxy> proxy_for(const Url& url) {
  std::string_view given = url.secure ? first_of({"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"})
                                      : first_of({"http_proxy", "all_proxy", "ALL_PROXY"});
  if (given.empty() || is_excepted(first_of({"no_proxy", "NO_PROXY"}), url.host)) return Proxy{};
  std::string text(given);
  if (text.find("://") == text.npos) text.insert(0, "http://");
  Proxy proxy;
  size_t begin = text.find("://") + 3, at = text.find('@');
  if (at != text.npos && at < text.find('/', begin)) {
    std::string_view secret = std::string_view(text).substr(begin, at - begin);
    proxy.authorization = "Basic " + base64(secret);
    text.erase(begin, at + 1 - begin);
  }
  auto parsed = Url::parse(text);
  if (!parsed.ok()) return within("the proxy of the environment", std::move(parsed).error());
  if (parsed->secure)
    return fail("the proxy {}: only proxies with http:// addresses are used", parsed->text());
  proxy.url = *std::move(parsed);
  return proxy;
}

}  // namespace hearth
