// Memory that a mapped file takes while it is read once from its beginning to its end.
#pragma once

#include <cstddef>
#include <span>

namespace hearth {

// Gives back the pages that lie wholly within these bytes of a MappedFile; a later read brings them back from the
// file. Nothing happens to memory that is not a file's, which would be lost.
void drop_file_pages(std::span<const std::byte> bytes);

// MappedFile says here what is a file's, and when it is no more.
void note_file_pages(std::span<const std::byte> bytes);
void forget_file_pages(std::span<const std::byte> bytes);

}  // namespace hearth
