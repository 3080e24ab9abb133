#include "cli/attachment.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "base/file.h"
#include "base/text.h"

namespace hearth {

namespace {

constexpr uint64_t kMostBytes = 64 << 20;  // far more than any context holds

size_t longest_run(std::string_view text, char c) {
  size_t longest = 0, run = 0;
  for (char each : text) {
    run = each == c ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest;
}

// Nothing but characters, and none that only a program could mean.
bool is_text(std::string_view text) {
  constexpr std::string_view kControls = "\t\n\r\f\033";
  while (!text.empty()) {
    uint32_t code = 0;
    size_t size = utf8_character(text, code);
    if (size == 0 || (code < 0x20 && kControls.find(text.front()) == kControls.npos)) return false;
    text.remove_prefix(size);
  }
  return true;
}

}  // namespace

std::string Attachment::fenced() const {
  std::string fence(std::max<size_t>(3, longest_run(text, '`') + 1), '`');
  std::string extension = std::filesystem::path(name).extension();
  if (!extension.empty()) extension.erase(0, 1);
  return fmt::format("{}:\n{}{}\n{}{}{}\n", name, fence, extension, text, text.ends_with('\n') ? "" : "\n",
                     fence);
}

Result<Attachment> read_attachment(const std::string& path) {
  std::string where = path;
  const char* home = std::getenv("HOME");
  if (where.starts_with("~/") && home) where.replace(0, 1, home);
  Attachment attachment;
  TRY(attachment.text, read_file(where, kMostBytes));
  attachment.name = std::filesystem::path(where).filename();
  if (attachment.text.empty()) return fail("{}: is empty", where);
  if (!is_text(attachment.text)) return fail("{}: is not text (in UTF-8); only text can be attached", where);
  return attachment;
}

}  // namespace hearth
