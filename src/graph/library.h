// The architectures that the program carries.
#pragma once

#include <cstddef>
#include <string_view>

#include "graph/expand.h"

namespace hearth {

struct ArchFile {
  const char* name;
  const char* text;
};

// architectures/*.arch, by name; generated.
extern const ArchFile kArchFiles[];
extern const size_t kArchFileCount;

namespace arch {

const ArchFile* library_file(std::string_view name);
Loader library_loader();

}  // namespace arch
}  // namespace hearth
