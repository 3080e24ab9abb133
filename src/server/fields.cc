#include "server/fields.h"

#include <cmath>

#include "base/text.h"

namespace hearth {

std::string json_text(const ChatJson& value) {
  return value.dump(-1, ' ', false, ChatJson::error_handler_t::replace);
}

std::string shown(const ChatJson& value) {
  if (value.is_object()) return "an object";
  if (value.is_array()) return fmt::format("an array of {}", value.size());
  if (value.is_string()) return quote(value.get_ref<const std::string&>(), 40);
  return json_text(value);
}

Fields::Fields(const ChatJson& object, std::optional<Problem>& problem, std::string path)
    : object_(&object), problem_(&problem), path_(std::move(path)) {
  if (!object.is_object()) expected("", object, "an object");
}

const ChatJson* Fields::find(std::string_view name) const {
  if (failed()) return nullptr;
  auto at = object_->find(name);
  return at == object_->end() || at->is_null() ? nullptr : &*at;
}

std::string Fields::path_of(std::string_view name) const {
  if (name.empty()) return path_;
  return path_.empty() ? std::string(name) : fmt::format("{}.{}", path_, name);
}

void Fields::refuse(std::string_view name, std::string message, int status) const {
  if (failed()) return;
  std::string path = path_of(name);
  *problem_ = Problem{status, path.empty() ? message : fmt::format("{}: {}", path, message), path};
}

void Fields::expected(std::string_view name, const ChatJson& found, std::string_view what) const {
  refuse(name, fmt::format("is {}, expected {}", shown(found), what));
}

std::optional<std::string> Fields::text(std::string_view name) const {
  const ChatJson* found = find(name);
  if (!found) return std::nullopt;
  if (found->is_string()) return found->get<std::string>();
  expected(name, *found, "a string");
  return std::nullopt;
}

std::string Fields::required_text(std::string_view name) const {
  auto found = text(name);
  if (!found) refuse(name, "is missing; it is a string");
  return found.value_or("");
}

std::optional<double> Fields::number(std::string_view name, double least, double most) const {
  const ChatJson* found = find(name);
  if (!found) return std::nullopt;
  if (found->is_number()) {
    double value = found->get<double>();
    if (value >= least && value <= most) return value;
  }
  expected(name, *found, fmt::format("a number from {} to {}", least, most));
  return std::nullopt;
}

std::optional<int64_t> Fields::integer(std::string_view name, int64_t least, int64_t most) const {
  const ChatJson* found = find(name);
  if (!found) return std::nullopt;
  std::optional<int64_t> value;
  if (found->is_number_unsigned()) {
    if (uint64_t given = found->get<uint64_t>(); given <= static_cast<uint64_t>(INT64_MAX))
      value = static_cast<int64_t>(given);
  } else if (found->is_number_integer()) {
    value = found->get<int64_t>();
  } else if (found->is_number_float()) {
    // Some clients write 16.0.
    if (double given = found->get<double>(); given == std::floor(given) && std::abs(given) <= 0x1p53)
      value = static_cast<int64_t>(given);
  }
  if (value && *value >= least && *value <= most) return value;
  expected(name, *found,
           most == INT64_MAX ? fmt::format("an integer from {} on", least)
                             : fmt::format("an integer from {} to {}", least, most));
  return std::nullopt;
}

bool Fields::flag(std::string_view name, bool otherwise) const {
  const ChatJson* found = find(name);
  if (!found) return otherwise;
  if (found->is_boolean()) return found->get<bool>();
  expected(name, *found, "true or false");
  return otherwise;
}

std::vector<std::string> Fields::texts(std::string_view name, size_t most) const {
  const ChatJson* found = find(name);
  if (!found) return {};
  if (found->is_string()) return {found->get<std::string>()};
  std::vector<std::string> all;
  bool fits = found->is_array() && found->size() <= most;
  for (size_t i = 0; fits && i < found->size(); ++i) {
    fits = (*found)[i].is_string();
    if (fits) all.push_back((*found)[i].get<std::string>());
  }
  if (!fits) expected(name, *found, fmt::format("a string, or an array of at most {} strings", most));
  return all;
}

const ChatJson* Fields::array(std::string_view name) const {
  const ChatJson* found = find(name);
  if (!found || found->is_array()) return found;
  expected(name, *found, "an array");
  return nullptr;
}

const ChatJson* Fields::object(std::string_view name) const {
  const ChatJson* found = find(name);
  if (!found || found->is_object()) return found;
  expected(name, *found, "an object");
  return nullptr;
}

Fields Fields::inside(std::string_view name, const ChatJson& object) const {
  return Fields(object, *problem_, path_of(name));
}

void Fields::only(std::string_view name, const ChatJson& harmless) const {
  const ChatJson* found = find(name);
  if (!found || *found == harmless || (found->empty() && (found->is_object() || found->is_array()))) return;
  refuse(name,
         fmt::format("is {}; this server does not do that, only {}", shown(*found), json_text(harmless)),
         501);
}

}  // namespace hearth
