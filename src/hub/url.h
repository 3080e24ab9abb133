// Addresses on the web, as one parser understands them: what is checked is what is connected to.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace hearth {

struct Url {
  bool secure = true;  // https
  std::string host;    // in lower case; an IPv6 address without its brackets
  uint16_t port = 443;
  std::string target = "/";  // path and query
  std::string fragment;      // what stood behind #, which is never sent

  // http and https alone, in printable ASCII; no name or password in it.
  static Result<Url> parse(std::string_view text);
  // What a page at this address means by `location`.
  Result<Url> resolve(std::string_view location) const;

  std::string_view path() const { return std::string_view(target).substr(0, target.find('?')); }
  std::string authority() const;  // "host" or "host:port", as a Host header has it
  std::string text() const;       // without the fragment
  bool same_origin(const Url& other) const {
    return secure == other.secure && host == other.host && port == other.port;
  }
};

// A part of a path: what is no letter, digit or one of "-._~" is escaped, but for `kept`.
std::string percent_encode(std::string_view text, std::string_view kept = {});

}  // namespace hearth
