// What an object of a request may have: a row for each field. Readers (Fields) hold requests to the rows, and
// /openapi.json shows them; neither says anything of a field that has no row.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "chat/template.h"

namespace hearth {

class FieldTable;
using TableOf = const FieldTable& (*)();

// What a field must be.
struct Kind {
  enum class Type : uint8_t { json, text, number, integer, flag, texts, object, list, only };

  static Kind text() { return {.type = Type::text}; }
  static Kind one_of(std::vector<std::string> choices) { return {Type::text, std::move(choices)}; }
  static Kind number(double least, double most) {
    return {.type = Type::number, .least_number = least, .most_number = most};
  }
  static Kind integer(int64_t least, int64_t most = INT64_MAX) {
    return {.type = Type::integer, .least = least, .most = most};
  }
  static Kind flag() { return {.type = Type::flag}; }
  // A string, or an array of at most so many.
  static Kind texts(int64_t most) { return {.type = Type::texts, .most = most}; }
  static Kind object(TableOf inside = nullptr) { return {.type = Type::object, .inside = inside}; }
  // Of objects, at least so many.
  static Kind list(TableOf inside, int64_t least = 0) {
    return {.type = Type::list, .inside = inside, .least = least};
  }
  // What we do not do: with any other value than this one, or an empty one, the answer would not be what was asked for.
  static Kind only(ChatJson value) { return {.type = Type::only, .json_value = std::move(value)}; }
  // Something that takes a reader of its own: a JSON schema, for those who want to know.
  static Kind json(std::string_view schema, TableOf inside = nullptr);

  // A string may stand for it, too.
  Kind or_text() && {
    takes_text = true;
    return std::move(*this);
  }

  // "an integer from 1 on"
  std::string expected() const;
  ChatJson schema() const;

  Type type = Type::json;
  std::vector<std::string> choices{};
  TableOf inside = nullptr;
  int64_t least = 0, most = INT64_MAX;
  double least_number = 0, most_number = 0;
  ChatJson json_value{};
  bool takes_text = false;
};

struct FieldRow {
  std::string name;
  Kind kind;
  std::string what;  // for a person
  bool required = false;
};

class FieldTable {
 public:
  // With all that `parts` have, but for what stands in `rows` otherwise.
  FieldTable(std::string name, std::vector<FieldRow> rows, const std::vector<TableOf>& parts = {});

  const std::string& name() const { return name_; }
  // Null: there is no such field.
  const FieldRow* find(std::string_view name) const;

  // A schema of an object; tables inside are named: #/components/schemas/NAME.
  ChatJson schema() const;
  // Adds this one and those inside to what is at #/components/schemas.
  void describe(ChatJson& components) const;

 private:
  std::string name_;
  std::map<std::string, FieldRow, std::less<>> rows_;
};

// Of routes that take a model.
const FieldTable& model_fields();
// {"type": "text", "text": "..."}: a part of what may also be a string.
const FieldTable& text_part_fields();

}  // namespace hearth
