// A first .arch file for a checkpoint that no architecture of the library describes: the nearest that is known, and
// what of it has other names here.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"

namespace hearth {

struct Draft {
  std::string name;                  // of the architecture
  std::string parent;                // the nearest that is known
  std::string text;                  // of the file
  std::vector<std::string> changed;  // what the text says otherwise than its parent
  std::vector<std::string> open;     // what still does not fit; empty: the checkpoint can be loaded with it
  bool known = false;                // the parent describes the checkpoint as it is, and no file is needed
};

Result<Draft> draft_architecture(const std::filesystem::path& folder);

}  // namespace hearth
