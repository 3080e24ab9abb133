#include "tensor/type.h"

namespace hearth {

namespace {
constexpr TypeInfo kTypes[] = {
#define X(enumerator, name, id, block, bytes) {Type::enumerator, name, id, block, bytes},
    HEARTH_TENSOR_TYPES(X)
#undef X
};
}  // namespace

const TypeInfo& info(Type type) { return kTypes[static_cast<size_t>(type)]; }

std::optional<Type> type_named(std::string_view name) {
  for (const TypeInfo& row : kTypes) {
    if (row.name == name) return row.type;
  }
  return std::nullopt;
}

std::optional<Type> type_of_gguf(uint32_t id) {
  for (const TypeInfo& row : kTypes) {
    if (row.gguf_id >= 0 && static_cast<uint32_t>(row.gguf_id) == id) return row.type;
  }
  return std::nullopt;
}

std::optional<uint64_t> row_bytes(Type type, uint64_t columns) {
  const TypeInfo& row = info(type);
  if (columns % row.block != 0) return std::nullopt;
  return checked_mul<uint64_t>(columns / row.block, row.bytes);
}

}  // namespace hearth
