#include "model/tokenizer_part.h"

#include "base/text.h"

namespace hearth {

namespace {

// An expression that matches this text alone.
std::string escaped(std::string_view literal) {
  std::string result;
  for (char c : literal) {
    bool plain = static_cast<uint8_t>(c) >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                 (c >= 'A' && c <= 'Z') || static_cast<uint8_t>(c) <= ' ';
    if (!plain) result += '\\';
    result += c;
  }
  return result;
}

}  // namespace

Result<std::string> TokenizerPart::type() const {
  if (!json_.is_object()) return fail("{}: expected a component", where_);
  return text("type");
}

const TokenizerPart::Json* TokenizerPart::find(std::string_view key) const {
  if (!json_.is_object()) return nullptr;
  auto found = json_.find(std::string(key));
  return found == json_.end() || found->is_null() ? nullptr : &*found;
}

Result<std::string> TokenizerPart::text(std::string_view key) const {
  const Json* value = find(key);
  if (!value || !value->is_string()) return wrong(key, "a string");
  return value->get<std::string>();
}

Result<std::string> TokenizerPart::text(std::string_view key, std::string_view otherwise) const {
  if (!find(key)) return std::string(otherwise);
  return text(key);
}

Result<bool> TokenizerPart::flag(std::string_view key, bool otherwise) const {
  const Json* value = find(key);
  if (!value) return otherwise;
  if (!value->is_boolean()) return wrong(key, "true or false");
  return value->get<bool>();
}

Result<size_t> TokenizerPart::number(std::string_view key) const {
  const Json* value = find(key);
  if (!value || !value->is_number_unsigned()) return wrong(key, "a number");
  return value->get<size_t>();
}

Result<std::vector<TokenizerPart>> TokenizerPart::parts(std::string_view key) const {
  const Json* value = find(key);
  if (!value || !value->is_array()) return wrong(key, "an array");
  std::vector<TokenizerPart> result;
  for (size_t i = 0; i < value->size(); ++i)
    result.emplace_back((*value)[i], fmt::format("{}.{}[{}]", where_, key, i));
  return result;
}

Result<TokenizerPart::Pattern> TokenizerPart::pattern() const {
  const Json* value = find("pattern");
  if (value && value->is_object() && value->size() == 1 && value->front().is_string()) {
    std::string kind = value->begin().key();
    if (kind == "String" || kind == "Regex")
      return Pattern{value->front().get<std::string>(), kind == "String"};
  }
  return wrong("pattern", "a String or a Regex");
}

Result<Regex> TokenizerPart::compile(const Pattern& pattern) const {
  auto regex = Regex::compile(pattern.literal ? escaped(pattern.text) : pattern.text);
  if (!regex.ok()) return within(regex.error());
  return regex;
}

Error TokenizerPart::wrong(std::string_view key, std::string_view expected) const {
  return fail("{}.{}: expected {}", where_, key, expected);
}

Error TokenizerPart::unknown_type() const {
  return fail("{}: the component {} is not known here", where_, quote(text("type", "").value()));
}

Error TokenizerPart::within(const Error& error) const { return fail("{}: {}", where_, error.message); }

}  // namespace hearth
