// A JSON schema as it stands: read and checked, and asked what its parts say together of one value.
#pragma once

#include <initializer_list>
#include <set>
#include <string_view>
#include <vector>

#include "sample/grammar/budget.h"
#include "sample/grammar/expression.h"
#include "sample/grammar/json_text.h"

namespace hearth::grammar {

// A value is described by several schemas at once, all of which must hold; sorted, by their place in the text.
// None: any value.
using Schemas = std::vector<uint32_t>;

void add_to(Schemas& schemas, uint32_t schema);

enum JsonType : uint8_t {
  kNullType = 1,
  kBooleanType = 2,
  kObjectType = 4,
  kArrayType = 8,
  kStringType = 16,
  kIntegerType = 32,
  kFractionType = 64
};
inline constexpr uint8_t kNumberType = kIntegerType | kFractionType, kAnyType = 127;

class SchemaDocument {
 public:
  // Every value that is a schema has only keywords that can be enforced, and none stands in place of itself.
  static Result<SchemaDocument> parse(std::string_view text);

  const JsonText& text() const { return text_; }

  // Begin with the place.
  Error error(uint32_t value, std::string_view message) const;
  Error within_schema(uint32_t value, const Error& error) const { return this->error(value, error.message); }

  // Without in-place schemas: what to choose from, where each is all that must hold together.
  Result<std::vector<Schemas>> alternatives_of(const Schemas& schemas, Budget& budget) const;

  template <class Visit>  // visit(member) -> Status
  Status for_each(const Schemas& schemas, std::string_view keyword, const Visit& visit) const {
    for (uint32_t schema : schemas) {
      if (auto member = text_.member(schema, keyword)) TRY_STATUS(visit(*member));
    }
    return {};
  }
  bool any_has(const Schemas& schemas, std::initializer_list<std::string_view> keywords) const;
  bool allows_nothing(const Schemas& schemas) const;

  // The greatest of the lower bounds, the least of the upper ones.
  struct Counts {
    uint32_t least = 0, most = kUnbounded;
  };
  Result<Counts> counts_of(const Schemas& schemas, std::string_view least, std::string_view most) const;
  Result<uint8_t> types_of(const Schemas& schemas) const;

 private:
  explicit SchemaDocument(JsonText text) : text_(std::move(text)) {}

  Status check_all() const;
  Status check(uint32_t schema) const;
  Status check_cycles(const std::set<uint32_t>& schemas) const;
  std::vector<uint32_t> inner_schemas(uint32_t schema) const;
  Result<std::vector<uint32_t>> in_place(uint32_t schema) const;
  Result<std::vector<uint32_t>> schemas_in(uint32_t schema, std::string_view name) const;
  Result<uint32_t> resolve(uint32_t ref) const;
  Result<uint32_t> count_at(uint32_t value) const;

  JsonText text_;
};

}  // namespace hearth::grammar
