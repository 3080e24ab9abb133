#include "server/fields.h"

#include <algorithm>
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

Fields::Fields(const ChatJson& object, const FieldTable& table, std::optional<Problem>& problem,
               std::string path)
    : object_(&object), table_(&table), problem_(&problem), path_(std::move(path)) {
  if (!object.is_object()) expected("", object, "an object");
}

const FieldRow& Fields::row_of(std::string_view name) const {
  static const FieldRow kNone;
  const FieldRow* row = table_->find(name);
  if (!row && !failed())
    *problem_ = Problem{500, fmt::format("{} has no row for {}", table_->name(), name), path_of(name)};
  return row ? *row : kNone;
}

const ChatJson* Fields::find(std::string_view name) const {
  const FieldRow& row = row_of(name);
  if (failed()) return nullptr;
  auto at = object_->find(name);
  if (at != object_->end() && !at->is_null()) return &*at;
  if (row.required) refuse(name, "is missing; it is " + row.kind.expected());
  return nullptr;
}

std::string Fields::path_of(std::string_view name) const {
  if (name.empty()) return path_;
  return path_.empty() ? std::string(name) : fmt::format("{}.{}", path_, name);
}

void Fields::refuse(std::string_view name, std::string message) const {
  if (failed()) return;
  std::string path = path_of(name);
  *problem_ = Problem{400, path.empty() ? message : fmt::format("{}: {}", path, message), path};
}

void Fields::expected(std::string_view name, const ChatJson& found, std::string_view what) const {
  refuse(name, fmt::format("is {}, expected {}", shown(found), what));
}

std::optional<std::string> Fields::text(std::string_view name) const {
  const ChatJson* found = find(name);
  if (!found) return std::nullopt;
  const FieldRow& row = row_of(name);
  const auto& choices = row.kind.choices;
  if (found->is_string()) {
    auto text = found->get<std::string>();
    if (choices.empty() || std::find(choices.begin(), choices.end(), text) != choices.end()) return text;
  }
  expected(row, *found);
  return std::nullopt;
}

std::string Fields::required_text(std::string_view name) const {
  auto found = text(name);
  if (!found) refuse(name, "is missing; it is " + row_of(name).kind.expected());
  return found.value_or("");
}

std::optional<double> Fields::number(std::string_view name) const {
  const ChatJson* found = find(name);
  if (!found) return std::nullopt;
  const FieldRow& row = row_of(name);
  if (found->is_number()) {
    double value = found->get<double>();
    if (value >= row.kind.least_number && value <= row.kind.most_number) return value;
  }
  expected(row, *found);
  return std::nullopt;
}

std::optional<int64_t> Fields::integer(std::string_view name) const {
  const ChatJson* found = find(name);
  if (!found) return std::nullopt;
  const FieldRow& row = row_of(name);
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
  if (value && *value >= row.kind.least && *value <= row.kind.most) return value;
  expected(row, *found);
  return std::nullopt;
}

bool Fields::flag(std::string_view name, bool otherwise) const {
  const ChatJson* found = find(name);
  if (!found) return otherwise;
  if (found->is_boolean()) return found->get<bool>();
  expected(row_of(name), *found);
  return otherwise;
}

std::vector<std::string> Fields::texts(std::string_view name) const {
  const ChatJson* found = find(name);
  if (!found) return {};
  if (found->is_string()) return {found->get<std::string>()};
  const FieldRow& row = row_of(name);
  std::vector<std::string> all;
  bool fits = found->is_array() && found->size() <= static_cast<size_t>(row.kind.most);
  for (size_t i = 0; fits && i < found->size(); ++i) {
    fits = (*found)[i].is_string();
    if (fits) all.push_back((*found)[i].get<std::string>());
  }
  if (!fits) expected(row, *found);
  return all;
}

const ChatJson* Fields::array(std::string_view name) const {
  const ChatJson* found = find(name);
  if (!found) return nullptr;
  const Kind& kind = row_of(name).kind;
  if (found->is_array() && found->size() >= static_cast<size_t>(kind.least)) return found;
  expected(name, *found, kind.type == Kind::Type::list ? kind.expected() : "an array");
  return nullptr;
}

const ChatJson* Fields::object(std::string_view name) const {
  const ChatJson* found = find(name);
  if (!found || found->is_object()) return found;
  expected(name, *found, "an object");
  return nullptr;
}

Fields Fields::inside(std::string_view name, const ChatJson& object) const {
  const FieldRow& row = row_of(name.substr(0, name.find('[')));
  return Fields(object, row.kind.inside ? row.kind.inside() : *table_, *problem_, path_of(name));
}

void Fields::only(std::string_view name) const {
  const ChatJson* found = find(name);
  if (!found) return;
  const ChatJson& harmless = row_of(name).kind.json_value;
  if (*found == harmless || (found->empty() && (found->is_object() || found->is_array()))) return;
  if (failed()) return;
  std::string rather = harmless.is_null() ? "" : ", only " + json_text(harmless);
  refuse(name, fmt::format("is {}; this server does not do that{}", shown(*found), rather));
  (*problem_)->code = "unsupported_value";
}

}  // namespace hearth
