#include "sample/grammar/json_formats.h"

#include <utility>

namespace hearth::grammar {

namespace {

struct Format {
  std::string_view name, regex;
};

// {name} in a row stands for an earlier row. Those in capitals are parts, no formats.
constexpr Format kFormats[] = {
    // The 29th of February in every fourth year but the hundredth, and in every four hundredth.
    {"LEAP", "[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00"},
    {"date",
     "[0-9]{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|"
     "02-(?:0[1-9]|1[0-9]|2[0-8]))|{LEAP}-02-29"},
    {"time",
     "(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\\.[0-9]{1,9})?(?:Z|[+\\-](?:[01][0-9]|2[0-3]):[0-5][0-9]"
     ")"},
    {"date-time", "{date}T{time}"},
    {"TIME-SPAN", "T(?:[0-9]+H(?:[0-9]+M(?:[0-9]+S)?)?|[0-9]+M(?:[0-9]+S)?|[0-9]+S)"},
    {"duration",
     "P(?:[0-9]+W|{TIME-SPAN}|(?:[0-9]+Y(?:[0-9]+M(?:[0-9]+D)?)?|[0-9]+M(?:[0-9]+D)?|[0-9]+D){TIME-SPAN}?)"},
    {"uuid", "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"},
    {"OCTET", "25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9]"},
    {"ipv4", "{OCTET}(?:\\.{OCTET}){3}"},
    {"H16", "[0-9a-fA-F]{1,4}"},
    {"LS32", "{H16}:{H16}|{ipv4}"},
    {"ipv6",
     "(?:{H16}:){6}{LS32}|::(?:{H16}:){5}{LS32}|{H16}?::(?:{H16}:){4}{LS32}|"
     "(?:(?:{H16}:){0,1}{H16})?::(?:{H16}:){3}{LS32}|(?:(?:{H16}:){0,2}{H16})?::(?:{H16}:){2}{LS32}|"
     "(?:(?:{H16}:){0,3}{H16})?::{H16}:{LS32}|(?:(?:{H16}:){0,4}{H16})?::{LS32}|"
     "(?:(?:{H16}:){0,5}{H16})?::{H16}|(?:(?:{H16}:){0,6}{H16})?::"},
    {"LABEL", "[A-Za-z0-9](?:[A-Za-z0-9\\-]{0,61}[A-Za-z0-9])?"},
    {"hostname", "{LABEL}(?:\\.{LABEL})*"},
    {"ATOM", "[A-Za-z0-9!#$%&'*+/=?^_`{|}~\\-]+"},
    {"email", "{ATOM}(?:\\.{ATOM})*@{hostname}"},
    // Addresses, as RFC 3986 has them.
    {"PLAIN", "[A-Za-z0-9._~!$&'()*+,;=\\-]|%[0-9A-Fa-f]{2}"},
    {"PCHAR", "{PLAIN}|[:@]"},
    {"HOST", "\\[{ipv6}\\]|{PLAIN}*"},
    {"AUTHORITY", "(?:(?:{PLAIN}|:)*@)?{HOST}(?::[0-9]*)?"},
    {"TAIL", "(?:\\?(?:{PCHAR}|[/?])*)?(?:#(?:{PCHAR}|[/?])*)?"},
    {"ABSOLUTE", "/(?:{PCHAR}+(?:/{PCHAR}*)*)?"},
    {"uri",
     "[A-Za-z][A-Za-z0-9+.\\-]*:(?://{AUTHORITY}(?:/{PCHAR}*)*|{ABSOLUTE}|{PCHAR}+(?:/{PCHAR}*)*|){TAIL}"},
    {"RELATIVE", "(?://{AUTHORITY}(?:/{PCHAR}*)*|{ABSOLUTE}|(?:{PLAIN}|@)+(?:/{PCHAR}*)*|){TAIL}"},
    {"uri-reference", "{uri}|{RELATIVE}"},
    {"json-pointer", "(?:/(?:[^~/]|~[01])*)*"},
    {"relative-json-pointer", "(?:0|[1-9][0-9]*)(?:#|{json-pointer})"},
};

bool is_part(std::string_view name) { return 'A' <= name[0] && name[0] <= 'Z'; }

const Format* find(std::string_view name) {
  for (const Format& format : kFormats) {
    if (format.name == name) return &format;
  }
  return nullptr;
}

// Rows name earlier rows only, so this comes to an end.
std::string expand(std::string_view regex) {
  std::string result;
  for (size_t at = 0; at < regex.size();) {
    size_t end = regex[at] == '{' ? regex.find('}', at) : std::string_view::npos;
    const Format* named = end == std::string_view::npos ? nullptr : find(regex.substr(at + 1, end - at - 1));
    if (named) {
      result += "(?:" + expand(named->regex) + ")";
      at = end + 1;
    } else {
      result += regex[at++];
    }
  }
  return result;
}

}  // namespace

std::optional<std::string> format_regex(std::string_view name) {
  const Format* format = name.empty() || is_part(name) ? nullptr : find(name);
  if (!format) return std::nullopt;
  return expand(format->regex);
}

std::string format_names() {
  std::string result;
  for (const Format& format : kFormats) {
    if (!is_part(format.name)) result += (result.empty() ? "" : ", ") + std::string(format.name);
  }
  return result;
}

}  // namespace hearth::grammar
