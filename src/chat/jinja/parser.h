// From a template's text to its tree.
#pragma once

#include <memory>
#include <string_view>

#include "base/result.h"
#include "chat/jinja/ast.h"

namespace hearth::jinja {

struct ParseOptions {
  // Whether `{% generation %}` is a block. It marks what the model wrote, and otherwise shows its contents.
  bool generation_blocks = true;
};

// An error begins with LINE:COLUMN.
Result<std::unique_ptr<const Program>> parse(std::string_view source, const ParseOptions& options);

}  // namespace hearth::jinja
