// Reads the fields of a request, each with what it must be. A reader is written straight down: the first thing that
// is wrong is kept, everything after it reads as absent, and who reads looks once, at the end. A field that is null is
// absent. Fields that nobody asks for are not looked at.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "chat/template.h"
#include "server/problem.h"

namespace hearth {

class Fields {
 public:
  // Both outlive it. `path` is how messages call the object; empty: the body.
  Fields(const ChatJson& object, std::optional<Problem>& problem, std::string path = {});

  // Null: absent.
  const ChatJson* find(std::string_view name) const;
  bool has(std::string_view name) const { return find(name) != nullptr; }

  std::optional<std::string> text(std::string_view name) const;
  std::string required_text(std::string_view name) const;
  std::optional<double> number(std::string_view name, double least, double most) const;
  std::optional<int64_t> integer(std::string_view name, int64_t least, int64_t most) const;
  bool flag(std::string_view name, bool otherwise) const;
  // A string, or an array of at most so many.
  std::vector<std::string> texts(std::string_view name, size_t most) const;
  const ChatJson* array(std::string_view name) const;
  const ChatJson* object(std::string_view name) const;
  Fields inside(std::string_view name, const ChatJson& object) const;

  // What we do not do: with any other value than `harmless` the answer would not be what was asked for.
  void only(std::string_view name, const ChatJson& harmless) const;

  void refuse(std::string_view name, std::string message, int status = 400) const;
  std::string path_of(std::string_view name) const;
  bool failed() const { return problem_->has_value(); }
  std::optional<Problem>& problem() const { return *problem_; }

 private:
  void expected(std::string_view name, const ChatJson& found, std::string_view what) const;

  const ChatJson* object_;
  std::optional<Problem>* problem_;
  std::string path_;
};

// For a message: what a value is, and the value if it is short.
std::string shown(const ChatJson& value);

// Text of JSON, whatever bytes its strings have.
std::string json_text(const ChatJson& value);

}  // namespace hearth
