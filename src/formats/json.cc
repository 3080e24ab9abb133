#include "formats/json.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <tuple>

#include "base/text.h"

namespace hearth {

using Json = nlohmann::ordered_json;

Result<Json> parse_json(std::string_view text) {
  JsonReader reader(text);
  TRY(Json document, reader.value());
  TRY_STATUS(reader.finish());
  return document;
}

JsonReader::JsonReader(std::string_view text) : text_(text) {
  take("\xef\xbb\xbf");  // a byte order mark
  skip_blanks();
}

Error JsonReader::error_at(size_t position, std::string_view message) const {
  std::string_view before = text_.substr(0, position);
  size_t line = 1 + static_cast<size_t>(std::count(before.begin(), before.end(), '\n'));
  size_t column = position - (before.rfind('\n') + 1) + 1;  // without a newline, rfind() + 1 is 0
  return fail("line {}, column {}: {}", line, column, message);
}

Error JsonReader::error(std::string_view message) const { return error_at(begin_, message); }

Error JsonReader::expected(std::string_view what) const {
  std::string_view rest = text_.substr(position_);
  size_t length = std::min(rest.find_first_of(",:]}\n"), size_t{24});
  std::string found =
      rest.empty() ? "the text ends" : "found " + quote(rest.substr(0, std::max(length, size_t{1})));
  return error_at(position_, fmt::format("expected {}, but {}", what, found));
}

void JsonReader::skip_blanks() {
  position_ = std::min(text_.find_first_not_of(" \t\r\n", position_), text_.size());
}

bool JsonReader::take(std::string_view word) {
  if (text_.substr(position_, word.size()) != word) return false;
  position_ += word.size();
  return true;
}

// Like every reader below: begins at the value, ends past the blanks that follow it.
Status JsonReader::open(char bracket, std::string_view what) {
  begin_ = position_;
  if (peek() != bracket) return expected(what);
  if (depth_ == kJsonMaxDepth) return error(fmt::format("nested more than {} deep", kJsonMaxDepth));
  ++depth_;
  ++position_;
  skip_blanks();
  return {};
}

// Whether a member or element follows; past the comma before it, or past the closing bracket.
Result<bool> JsonReader::next(char bracket, bool first) {
  bool ends = peek() == bracket;
  if (ends) --depth_;
  if (!ends && first) return true;
  if (!ends && peek() != ',') return expected(fmt::format("',' or '{}'", bracket));
  ++position_;
  skip_blanks();
  return !ends;
}

Status JsonReader::colon() {
  if (peek() != ':') return expected("':'");
  ++position_;
  skip_blanks();
  return {};
}

Status JsonReader::check_unique(std::vector<Key> keys) const {
  auto order = [](const Key& a, const Key& b) {
    return std::tie(a.text, a.position) < std::tie(b.text, b.position);
  };
  std::sort(keys.begin(), keys.end(), order);
  auto same = std::adjacent_find(keys.begin(), keys.end(),
                                 [](const Key& a, const Key& b) { return a.text == b.text; });
  if (same == keys.end()) return {};
  return error_at(std::next(same)->position, fmt::format("the key {} occurs twice", quote(same->text)));
}

Result<std::string> JsonReader::string() {
  begin_ = position_;
  if (peek() != '"') return expected("a string");
  ++position_;
  std::string out;
  while (true) {
    size_t end = position_;
    while (end < text_.size() && text_[end] != '"' && text_[end] != '\\' &&
           static_cast<uint8_t>(text_[end]) >= 0x20) {
      uint32_t code;
      size_t length = utf8_character(text_.substr(end), code);
      if (length == 0) return error_at(end, "a byte that is not UTF-8");
      end += length;
    }
    out += text_.substr(position_, end - position_);
    position_ = end;
    if (take("\"")) break;
    if (peek() != '\\') return expected("the end of a string");
    TRY_STATUS(escape_sequence(out));
  }
  skip_blanks();
  return out;
}

Status JsonReader::escape_sequence(std::string& out) {
  constexpr std::string_view kLetters = "\"\\/bfnrt", kMeanings = "\"\\/\b\f\n\r\t";
  ++position_;
  if (size_t letter = kLetters.find(peek()); letter != std::string_view::npos) {
    ++position_;
    out += kMeanings[letter];
    return {};
  }
  if (!take("u")) return expected("an escape: one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX");
  size_t at = position_;
  TRY(uint32_t code, hex_digits());
  if (code >= 0xdc00 && code < 0xe000)
    return error_at(at, "the second half of a surrogate pair stands alone");
  if (code >= 0xd800 && code < 0xdc00) {
    uint32_t low = 0;
    if (take("\\u")) { TRY(low, hex_digits()); }
    if (low < 0xdc00 || low >= 0xe000) return error_at(at, "the first half of a surrogate pair stands alone");
    code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
  }
  append_utf8(out, code);
  return {};
}

Result<uint32_t> JsonReader::hex_digits() {
  std::string_view digits = text_.substr(position_, 4);
  uint32_t code = 0;
  auto read = std::from_chars(digits.begin(), digits.end(), code, 16);
  if (digits.size() < 4 || read.ptr != digits.end()) return expected("four hexadecimal digits");
  position_ += 4;
  return code;
}

void JsonReader::skip_digits() {
  position_ = std::min(text_.find_first_not_of("0123456789", position_), text_.size());
}

Result<Json> JsonReader::number() {
  begin_ = position_;
  bool negative = take("-"), whole = true;
  auto digits = [&]() -> Status {
    size_t first = position_;
    skip_digits();
    if (position_ == first) return expected("a digit");
    return {};
  };
  if (!take("0")) TRY_STATUS(digits());
  if (take(".")) {
    whole = false;
    TRY_STATUS(digits());
  }
  if (take("e") || take("E")) {
    whole = false;
    if (!take("+")) take("-");
    TRY_STATUS(digits());
  }
  std::string_view text = text_.substr(begin_, position_ - begin_);
  auto parse = [&]<class T>(T number) -> std::optional<Json> {
    if (std::from_chars(text.begin(), text.end(), number).ec != std::errc()) return std::nullopt;
    return Json(number);
  };
  std::optional<Json> result;
  if (whole) result = negative ? parse(int64_t{}) : parse(uint64_t{});
  if (!result) result = parse(double{});  // an integer of more than 64 bits, too
  if (!result) return error(fmt::format("the number {} is too large or too small", quote(text, 32)));
  skip_blanks();
  return *std::move(result);
}

Result<uint64_t> JsonReader::unsigned_integer() {
  bool begins = peek() >= '0' && peek() <= '9';
  if (begins) {
    TRY(Json number, this->number());
    if (number.is_number_unsigned()) return number.get<uint64_t>();
  }
  return begins ? error("expected an integer from 0 to 18446744073709551615")
                : expected("an integer from 0 to 18446744073709551615");
}

Result<Json> JsonReader::value() {
  switch (peek()) {
    case '{': {
      Json::object_t members;
      TRY_STATUS(object([&](std::string&& key) -> Status {
        TRY(Json member, value());
        members.push_back({std::move(key), std::move(member)});  // not operator[], which searches
        return {};
      }));
      return Json(std::move(members));
    }
    case '[': {
      Json::array_t elements;
      TRY_STATUS(array([&]() -> Status {
        TRY(Json element, value());
        elements.push_back(std::move(element));
        return {};
      }));
      return Json(std::move(elements));
    }
    case '"': {
      TRY(std::string text, string());
      return Json(std::move(text));
    }
    default: break;
  }
  struct Word {
    std::string_view text;
    Json value;
  };
  static const Word kWords[] = {{"true", true},
                                {"false", false},
                                {"null", nullptr},
                                {"NaN", std::numeric_limits<double>::quiet_NaN()},
                                {"Infinity", std::numeric_limits<double>::infinity()},
                                {"-Infinity", -std::numeric_limits<double>::infinity()}};
  begin_ = position_;
  for (const Word& word : kWords) {
    if (!take(word.text)) continue;
    skip_blanks();
    return word.value;
  }
  bool numeric = peek() == '-' || (peek() >= '0' && peek() <= '9');
  if (!numeric) return expected("a value");
  return number();
}

Status JsonReader::finish() {
  if (position_ < text_.size()) return expected("the end");
  return {};
}

}  // namespace hearth
