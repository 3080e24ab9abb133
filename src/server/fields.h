// Reads the fields of a request and holds them to the rows of its table. A reader is written straight down: the first
// thing that is wrong is kept, everything after it reads as absent, and who reads looks once, at the end. A field that
// is null is absent. Fields that nobody asks for are not looked at.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "chat/template.h"
#include "server/field_table.h"
#include "server/problem.h"

namespace hearth {

class Fields {
 public:
  // All outlive it. `path` is how messages call the object; empty: the body.
  Fields(const ChatJson& object, const FieldTable& table, std::optional<Problem>& problem,
         std::string path = {});

  // Null: absent.
  const ChatJson* find(std::string_view name) const;
  bool has(std::string_view name) const { return find(name) != nullptr; }

  std::optional<std::string> text(std::string_view name) const;
  std::string required_text(std::string_view name) const;
  std::optional<double> number(std::string_view name) const;
  std::optional<int64_t> integer(std::string_view name) const;
  bool flag(std::string_view name, bool otherwise) const;
  std::vector<std::string> texts(std::string_view name) const;
  const ChatJson* array(std::string_view name) const;
  const ChatJson* object(std::string_view name) const;
  // `name` may be an element of a list: messages[0].
  Fields inside(std::string_view name, const ChatJson& object) const;
  // Of Kind::only.
  void only(std::string_view name) const;

  // Of a field whose row does not say all.
  void expected(std::string_view name, const ChatJson& found, std::string_view what) const;
  void refuse(std::string_view name, std::string message) const;
  std::string path_of(std::string_view name) const;
  bool failed() const { return problem_->has_value(); }
  std::optional<Problem>& problem() const { return *problem_; }

 private:
  // A reader that asks for what has no row is wrong itself; it is the first to hear of it.
  const FieldRow& row_of(std::string_view name) const;
  void expected(const FieldRow& row, const ChatJson& found) const {
    expected(row.name, found, row.kind.expected());
  }

  const ChatJson* object_;
  const FieldTable* table_;
  std::optional<Problem>* problem_;
  std::string path_;
};

// For a message: what a value is, and the value if it is short.
std::string shown(const ChatJson& value);

// Text of JSON, whatever bytes its strings have.
std::string json_text(const ChatJson& value);

}  // namespace hearth
