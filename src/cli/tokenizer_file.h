// The tokenizer of what a user calls MODEL.
#pragma once

#include <filesystem>
#include <memory>

#include "model/vocabulary.h"

namespace hearth {

// An error where the file has none.
Result<std::shared_ptr<const Tokenizer>> open_tokenizer(const std::string& given);

}  // namespace hearth
