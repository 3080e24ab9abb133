// A conversation in a file: its tokens, a text that whoever saves it adds (the messages, say), and what was computed of
// it. The file may come from anywhere, so everything in it is checked before it is used: sizes against the file's, sums
// against the bytes, and the model against the one that is to go on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "base/file.h"
#include "engine/page_record.h"

namespace hearth {

struct SessionHead {
  std::vector<TokenId> tokens;  // of the conversation
  std::string text;
  uint64_t salt = 0;   // whose it is
  uint32_t pages = 0;  // of its beginning, which follow as records
};

class SessionWriter {
 public:
  static Result<SessionWriter> create(const std::filesystem::path& path, const PageShape& shape,
                                      const SessionHead& head);
  Status add(const PageRecord& page);
  // All pages are added; the file appears. How long it is.
  Result<uint64_t> finish();

 private:
  SessionWriter(AtomicFile file, const PageShape& shape) : file_(std::move(file)), shape_(shape) {}
  AtomicFile file_;
  PageShape shape_;
};

class SessionReader {
 public:
  // `bytes` outlive it. Tokens are below `vocabulary`.
  static Result<SessionReader> open(std::span<const std::byte> bytes, const PageShape& shape,
                                    int64_t vocabulary);
  const SessionHead& head() const { return head_; }
  // The next one, head().pages in all. Its tokens are the conversation's.
  Result<PageRecord> next();

 private:
  explicit SessionReader(const PageShape& shape) : shape_(shape) {}
  PageShape shape_;
  SessionHead head_;
  std::span<const std::byte> rest_;
  uint32_t read_ = 0;
};

}  // namespace hearth
