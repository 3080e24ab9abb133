// Memory that a mapped file takes while it is read once from its beginning to its end.
#pragma once

#include <cstddef>
#include <span>

namespace hearth {

// Gives back the pages that lie wholly within these bytes of a MappedFile; a later read brings them back from the
// file. Of memory that is not a file's, it would be lost.
void drop_file_pages(std::span<const std::byte> bytes);

}  // namespace hearth
