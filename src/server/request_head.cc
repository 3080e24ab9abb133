#include "server/request_head.h"

#include <algorithm>
#include <boost/beast/core/string.hpp>

namespace hearth {

namespace {

namespace beast = boost::beast;
namespace http = beast::http;

bool is_visible(char c) { return c > 32 && c < 127; }

bool is_token(char c) {
  return is_visible(c) && std::string_view("\"(),/:;<=>?@[\\]{}").find(c) == std::string_view::npos;
}

// METHOD target HTTP/1.1, with one space between them.
bool is_request_line(std::string_view line) {
  const size_t first = line.find(' '), second = line.find(' ', first == line.npos ? first : first + 1);
  if (second == line.npos || first == 0) return false;
  const std::string_view target = line.substr(first + 1, second - first - 1);
  return !target.empty() && std::all_of(target.begin(), target.end(), is_visible) &&
         line.find(' ', second + 1) == line.npos;
}

bool is_host(std::string_view host) {
  return !host.empty() && std::all_of(host.begin(), host.end(), is_visible) &&
         host.find_first_of("\"#,/<>?@\\^`{|}") == host.npos;
}

std::string_view take_token(std::string_view& text) {
  const auto* end = std::find_if_not(text.begin(), text.end(), is_token);
  const std::string_view token = text.substr(0, static_cast<size_t>(end - text.begin()));
  text.remove_prefix(token.size());
  return token;
}

// Behind its first quotation mark. False: it does not end, or has what cannot be in it.
bool take_quoted(std::string_view& text) {
  while (!text.empty()) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c == '"') return true;
    if (c == '\\') {
      if (text.empty()) return false;
      text.remove_prefix(1);
    }
    if ((c < 32 && c != '\t') || c == 127) return false;
  }
  return false;
}

}  // namespace

std::string_view ambiguity_of_bytes(std::string_view head) {
  for (size_t at = head.find_first_of("\r\n"); at != head.npos; at = head.find_first_of("\r\n", at)) {
    if (head.substr(at, 2) != "\r\n") return "lines end with CR and LF, and have neither in them";
    at += 2;
    if (at < head.size() && (head[at] == ' ' || head[at] == '\t'))
      return "a line of the head does not go on in the next";
  }
  if (!is_request_line(head.substr(0, head.find('\r'))))
    return "a request begins with METHOD /target HTTP/1.1, with one space between them";
  return {};
}

std::string_view ambiguity_of_fields(const http::request<http::string_body>& head) {
  using enum http::field;
  if (head.version() / 10 != 1) return "HTTP/1.1 is spoken here";
  const bool old = head.version() == 10;
  if (!old && head.count(host) != 1) return "a request has one Host header";
  if (head.count(host) > 1 || (head.count(host) == 1 && !is_host(head[host])))
    return "a Host header has one host, and a port maybe";
  if (head.count(content_length) > 1) return "there are several Content-Length headers";
  const auto length = head[content_length];
  if (head.count(content_length) > 0 && length.empty()) return "a Content-Length is one number";
  if (length.find_first_not_of("0123456789") != length.npos) return "a Content-Length is one number";
  const size_t encodings = head.count(transfer_encoding);
  if (encodings > 1 || (encodings == 1 && !beast::iequals(head[transfer_encoding], "chunked")))
    return "the only Transfer-Encoding is chunked";
  if (encodings == 1 && head.count(content_length) > 0)
    return "a request has a Content-Length or a Transfer-Encoding, not both";
  if (encodings == 1 && old) return "HTTP/1.0 knows no Transfer-Encoding";
  if (head.count(content_encoding) > 0) return "bodies are read as they are: Content-Encoding is not";
  return {};
}

bool are_chunk_extensions(std::string_view text) {
  while (!text.empty()) {
    if (text.front() != ';') return false;
    text.remove_prefix(1);
    if (take_token(text).empty()) return false;
    if (!text.starts_with('=')) continue;
    text.remove_prefix(1);
    if (text.starts_with('"')) {
      text.remove_prefix(1);
      if (!take_quoted(text)) return false;
    } else if (take_token(text).empty()) {
      return false;
    }
  }
  return true;
}

std::string_view local_target(std::string_view target, std::string_view method, std::string_view host) {
  if (target == "*") return method == "OPTIONS" ? target : std::string_view();
  for (std::string_view scheme : {"http://", "https://"}) {
    if (!beast::iequals(target.substr(0, scheme.size()), scheme)) continue;
    target.remove_prefix(scheme.size());
    const std::string_view authority = target.substr(0, target.find_first_of("/?"));
    if (host.empty() || !beast::iequals(authority, host)) return {};
    target.remove_prefix(authority.size());
    return target.empty() ? std::string_view("/") : target;
  }
  return target;
}

}  // namespace hearth
