// An architecture may come from a stranger, inside a model's file: whatever its text, reading it ends in an error
// or in trees that can be checked, printed, and read again to the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "graph/check.h"
#include "graph/library.h"
#include "graph/parse.h"
#include "graph/print.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hearth;
  using namespace hearth::arch;
  auto document = parse("fuzz.arch", std::string(reinterpret_cast<const char*>(data), size));
  if (!document.ok()) return 0;
  auto architecture = expand(*std::move(document), library_loader());
  if (!architecture.ok()) return 0;
  for (const Finding& finding : check(*architecture)) (void)finding.to_string();
  const std::string text = print(flatten(*architecture));
  auto again = parse("again.arch", text);
  if (!again.ok()) {
    // Columns may make a line longer than is read; nothing else may be wrong with it.
    if (again.error().message.find("a line of more than") == std::string::npos) std::abort();
    return 0;
  }
  auto same = expand(*std::move(again), library_loader());
  if (!same.ok() || print(flatten(*same)).size() != text.size()) std::abort();
  return 0;
}
