// A JSON text as a flat table of its values. Unlike most representations this keeps numbers as they are written and
// members in their order, refuses a name that comes twice, and is read and let go without recursion.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace hearth::grammar {

enum class JsonKind : uint8_t { null, boolean, number, string, array, object };

class JsonText {
 public:
  // At most 100 deep.
  static Result<JsonText> parse(std::string_view text);

  struct Value {
    JsonKind kind;
    bool truth = false;
    std::string name;  // in the object that it is a member of
    std::string text;  // of a string; a number as it is written
    uint32_t parent = 0, size = 0;
    uint32_t end = 0;  // children follow their parent, up to here
  };
  const Value& root() const { return values_[0]; }
  const Value& at(uint32_t value) const { return values_[value]; }
  size_t values() const { return values_.size(); }
  std::vector<uint32_t> children(uint32_t value) const;
  std::optional<uint32_t> member(uint32_t object, std::string_view name) const;

  // Where a value is, as a JSON pointer: "#/properties/a".
  std::string pointer(uint32_t value) const;
  std::optional<uint32_t> find(std::string_view pointer) const;

  // As compact JSON.
  std::string print(uint32_t value) const;
  bool equal(uint32_t a, uint32_t b) const { return print(a) == print(b); }

 private:
  friend class JsonReceiver;
  std::vector<Value> values_;
};

// In double quotes, escaped where JSON asks for it and nowhere else.
std::string json_quote(std::string_view text);

}  // namespace hearth::grammar
