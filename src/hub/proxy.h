// The proxy that the environment names for an address, as other programs read it.
#pragma once

#include <optional>
#include <string>

#include "hub/url.h"

namespace hearth {

struct Proxy {
  std::optional<Url> url;     // nothing: connect to the server itself
  std::string authorization;  // "Basic ..."
};

// https_proxy, http_proxy, all_proxy and no_proxy, in either case (but HTTP_PROXY, which servers set from a
// header).
Result<Proxy> proxy_for(const Url& url);

}  // namespace hearth
