// What readers of GGUF expect of keys and tensors, where the value or the shape alone does not tell.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace hearth {

// Whether a number under this key is a float: an epsilon, a base, a factor. Others are whole.
bool gguf_is_float(std::string_view key);

// The number that files have for a word under this key; nothing if words are written as they are.
std::optional<uint32_t> gguf_number(std::string_view key, std::string_view word);

// The shape, outermost first, in which readers want a tensor that an architecture declares more finely.
std::vector<uint64_t> gguf_written_shape(std::string_view tensor, std::vector<uint64_t> declared);

}  // namespace hearth
