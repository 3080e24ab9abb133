// `like`: a file and its ancestors into the architecture they mean together.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "graph/ast.h"

namespace hearth::arch {

// Where parents come from: the text of NAME.arch.
using Loader = std::function<Result<std::string>(std::string_view name)>;

constexpr int kMostParents = 2;  // a parent may have a parent

Result<Architecture> expand(Document document, const Loader& loader);

// Loads, parses and expands NAME, whose text must be of that name.
Result<Architecture> load(std::string_view name, const Loader& loader);

}  // namespace hearth::arch
