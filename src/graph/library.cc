#include "graph/library.h"

#include <algorithm>

namespace hearth::arch {

const ArchFile* library_file(std::string_view name) {
  const ArchFile* end = kArchFiles + kArchFileCount;
  const ArchFile* found =
      std::find_if(kArchFiles, end, [&](const ArchFile& file) { return file.name == name; });
  return found == end ? nullptr : found;
}

Loader library_loader() {
  return [](std::string_view name) -> Result<std::string> {
    if (const ArchFile* file = library_file(name)) return std::string(file->text);
    return fail("there is no architecture called `{}`; see hearth arch list", name);
  };
}

}  // namespace hearth::arch
