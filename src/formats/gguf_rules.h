// What a GGUF file may say: the same rules for reading one and for writing one.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"
#include "formats/gguf_value.h"
#include "formats/stored_tensor.h"

namespace hearth {

// The limits on numbers of things bound the memory that a hostile file may claim.
inline constexpr uint64_t kGgufMaxKeys = 1 << 20;
inline constexpr uint64_t kGgufMaxKeyBytes = 65535;      // as the format's specification says
inline constexpr uint64_t kGgufMaxStrings = 1 << 24;     // in one array: each takes 16 bytes of memory
inline constexpr uint64_t kGgufMaxTensors = 1 << 16;     // in one file
inline constexpr uint64_t kGgufMaxTensorNameBytes = 63;  // longer names load nowhere else
inline constexpr uint32_t kGgufMaxDims = 4;
inline constexpr uint64_t kGgufMaxAlignment = 1 << 20;
inline constexpr uint64_t kGgufDefaultAlignment = 32;
inline constexpr uint32_t kGgufQuantizationVersion = 2;  // of the quantized blocks' layouts
inline constexpr std::string_view kGgufExtension = ".gguf";

Status check_gguf_key(std::string_view key);
Status check_gguf_tensor_name(std::string_view name);

// The value of "general.alignment": a u32, a power of two.
Result<uint64_t> gguf_alignment(const GgufValue& value);

// The shape is outermost first. No dimension may be 0: nothing could use such a tensor, and programs that
// divide by it exist.
Result<TensorSize> gguf_tensor_size(Type type, std::span<const uint64_t> shape);

}  // namespace hearth
