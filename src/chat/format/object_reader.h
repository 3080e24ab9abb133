// Reads a JSON object that is a call: finds the name, the id and the arguments in it, and gives the arguments as they
// come.
#pragma once

#include <optional>
#include <string>

#include "chat/format/format.h"
#include "chat/format/json_scanner.h"

namespace hearth {

class ObjectReader {
 public:
  explicit ObjectReader(const CallObject& object) : object_(object) {}

  JsonScanner::Step push(char c);

  bool has_name() const { return named_; }
  bool has_arguments() const { return arguments_begun_; }
  const std::string& name() const { return name_; }
  const std::string& id() const { return id_; }
  // JSON of the arguments that is known and was not taken yet.
  std::string take_arguments() { return std::move(arguments_); }

 private:
  enum class Part : uint8_t { none, name, id, arguments };

  Part part_here() const;
  bool at(const CallObject::Path& path) const;
  void end_part();

  const CallObject& object_;
  JsonScanner scanner_;
  CallObject::Path path_;  // of the value that comes; lists have no names
  std::string key_;        // being read, in quotes
  std::string arguments_, name_, id_;
  bool named_ = false, arguments_begun_ = false;
  Part part_ = Part::none;
  std::optional<JsonScanner> inner_;  // of the part
  std::string raw_;                   // the part, where it is not given as it comes
  bool quoted_ = false;               // the arguments are JSON in a text
};

}  // namespace hearth
