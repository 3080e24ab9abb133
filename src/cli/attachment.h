// A file whose text goes into a message.
#pragma once

#include <string>

#include "base/result.h"

namespace hearth {

struct Attachment {
  std::string name, text;  // the file's

  // As the message has it: named, and in a fence that nothing in it ends.
  std::string fenced() const;
};

// Of a file with text in UTF-8. ~/ is the user's home.
Result<Attachment> read_attachment(const std::string& path);

}  // namespace hearth
