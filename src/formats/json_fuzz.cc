// Our reader and the library's parser must agree on every text, but for what we mean to do otherwise.
#include <cstdlib>

#include "formats/json.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

bool is_ours(std::string_view message) {
  for (std::string_view ours : {"nested more than", "occurs twice", "is too large or too small"}) {
    if (message.find(ours) != std::string_view::npos) return true;
  }
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using Json = nlohmann::ordered_json;
  std::vector<char> block(data, data + size);
  std::string_view text(block.data(), block.size());
  if (text.find('\0') != std::string_view::npos) return 0;  // which ends the text, to the library
  bool accepted = Json::accept(text);
  auto document = hearth::parse_json(text);
  if (!document.ok()) {
    const std::string& message = document.error().message;
    for (char c : message) require(static_cast<uint8_t>(c) >= 0x20);
    require(!accepted || is_ours(message));
    return 0;
  }
  if (accepted) {
    require(*document == Json::parse(text));
  } else {  // for a reason that is ours
    require(text.find("NaN") != std::string_view::npos || text.find("Infinity") != std::string_view::npos);
  }
  return 0;
}
