#include "hub/url.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace hearth {

namespace {

constexpr size_t kMostUrlBytes = 8192;

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

Status parse_port(std::string_view digits, uint16_t& port) {
  auto [end, error] = std::from_chars(digits.begin(), digits.end(), port);
  if (error != std::errc() || end != digits.end() || port == 0)
    return fail("the port is {}, expected 1 to 65535", quote(digits));
  return {};
}

Status parse_authority(std::string_view text, Url& url) {
  if (text.find('@') != text.npos) return fail("names or passwords in an address are not sent");
  size_t end = text.find(':');
  if (text.starts_with('[')) {
    size_t close = text.find(']');
    if (close == text.npos) return fail("an IPv6 address ends with ]");
    url.host = text.substr(1, close - 1);
    if (url.host.find_first_not_of("0123456789abcdefABCDEF:.") != url.host.npos || url.host.size() < 2)
      return fail("{} is no IPv6 address", quote(text));
    end = close + 1 < text.size() ? close + 1 : text.npos;
    if (end != text.npos && text[end] != ':') return fail("{} is no host", quote(text));
  } else {
    url.host = text.substr(0, end);
  }
  for (char& c : url.host) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (url.host.empty()) return fail("has no host");
  if (!text.starts_with('[') && !std::ranges::all_of(url.host, is_host_character))
    return fail("{} is no host", quote(url.host));
  return end == text.npos ? Status() : parse_port(text.substr(end + 1), url.port);
}

}  // namespace

Result<Url> Url::parse(std::string_view text) {
  auto wrong = [&](Error error) { return within(quote(text, 200), std::move(error)); };
  if (text.size() > kMostUrlBytes) return wrong(fail("an address has at most {} bytes", kMostUrlBytes));
  for (char c : text) {
    if (c <= ' ' || c >= 127 || c == '\\' || c == '"' || c == '<' || c == '>')
      return wrong(fail("an address has no {}", quote(std::string_view(&c, 1))));
  }
  Url url;
  if (text.starts_with("https://")) {
    text.remove_prefix(8);
  } else if (text.starts_with("http://")) {
    text.remove_prefix(7);
    url.secure = false;
    url.port = 80;
  } else {
    return wrong(fail("only http:// and https:// are read"));
  }
  size_t mark = text.find('#');
  if (mark != text.npos) url.fragment = text.substr(mark + 1);
  text = text.substr(0, mark);
  size_t path = text.find_first_of("/?");
  if (Status status = parse_authority(text.substr(0, path), url); !status.ok())
    return wrong(std::move(status).error());
  if (path != text.npos) url.target = (text[path] == '?' ? "/" : "") + std::string(text.substr(path));
  return url;
}

Result<Url> Url::resolve(std::string_view location) const {
  size_t colon = location.find(':');
  if (colon != location.npos && colon < location.find_first_of("/?#")) return parse(location);
  std::string scheme = secure ? "https:" : "http:";
  if (location.starts_with("//")) return parse(scheme + std::string(location));
  std::string base = scheme + "//" + authority();
  if (location.starts_with('/')) return parse(base + std::string(location));
  std::string folder(path().substr(0, path().rfind('/') + 1));
  return parse(base + folder + std::string(location));
}

std::string Url::authority() const {
  std::string name = host.find(':') == host.npos ? host : "[" + host + "]";
  return port == (secure ? 443 : 80) ? name : fmt::format("{}:{}", name, port);
}

std::string Url::text() const {
  return fmt::format("{}://{}{}", secure ? "https" : "http", authority(), target);
}

std::string percent_encode(std::string_view text, std::string_view kept) {
  std::string out;
  for (char c : text) {
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                 c == '.' || c == '_' || c == '~' || kept.find(c) != kept.npos;
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

}  // namespace hearth
