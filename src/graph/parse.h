// Text into a Document: one file as written, `like` not yet followed.
#pragma once

#include <string>

#include "base/result.h"
#include "graph/ast.h"

namespace hearth::arch {

// `name` is what messages call the text: "llama.arch". Text may come from a stranger.
Result<Document> parse(std::string name, std::string text);

}  // namespace hearth::arch
