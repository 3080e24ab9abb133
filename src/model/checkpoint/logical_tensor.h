// Tensors of a checkpoint as the unquantized checkpoint would have them, whatever is stored: recognised by the
// suffixes beside a name, decoded when they are read (section 5.5 of the language).
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/stored_tensor.h"
#include "model/checkpoint/array.h"

namespace hearth {

// What `quantization_config` says, as far as the tensors themselves do not.
struct Quantization {
  std::string method;                         // empty: none
  int64_t bits = 4;                           // gptq, awq
  int64_t group_size = 0;                     // gptq without g_idx
  bool zero_is_one_less = true;               // gptq stores its zero points less one, gptq_v2 as they are
  int64_t block_rows = 0, block_columns = 0;  // fp8 in blocks
};

struct LogicalTensor {
  enum class Kind : uint8_t { plain, scaled, mxfp4, packed, gptq, awq };
  Kind kind = Kind::plain;
  Dims shape;
  Type type = Type::f32;  // that holds its numbers exactly
  bool turned = false;    // see Array
  int64_t bits = 0;       // of a packed number
  // What it is stored as; which is which depends on the kind. The last may be missing.
  std::array<const StoredTensor*, 4> parts{};
  std::vector<std::string> names;  // of all that belongs to it, as rows write them

  // The part of it that `count` places of the first dimension from `first` on are.
  Result<Array> load(const Quantization& quantization, int64_t first, int64_t count) const;
  Result<Array> load(const Quantization& quantization) const {
    return load(quantization, 0, shape.empty() ? 1 : shape[0]);
  }
};

// By name as rows write it; null if there is none.
using FindStored = std::function<const StoredTensor*(std::string_view name)>;

// The tensor that a row calls `name`. Nothing if there is none; an error if what is stored contradicts itself.
Result<std::optional<LogicalTensor>> recognise(const FindStored& find, std::string_view name,
                                               const Quantization& quantization);

// A tensor as it is stored.
LogicalTensor plain_tensor(const StoredTensor& stored, std::string name);

}  // namespace hearth
