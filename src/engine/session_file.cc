#include "engine/session_file.h"

#include <algorithm>
#include <cstring>

#include "base/hash.h"

namespace hearth {

namespace {

struct FileHead {
  char magic[8];
  uint32_t version, page_tokens;
  uint64_t fingerprint, salt;
  uint64_t tokens, text_bytes;
  uint32_t pages, kinds;
  uint64_t checksum;  // of the head, as if this were 0, and of tokens and text
};
static_assert(sizeof(FileHead) == 64);

constexpr char kSessionMagic[8] = {'H', 'E', 'A', 'R', 'T', 'H', 'S', 'S'};
constexpr uint32_t kSessionVersion = 1;

uint64_t checksum_of(FileHead head, std::span<const std::byte> tokens, std::span<const std::byte> text) {
  head.checksum = 0;
  return hash64(text, hash64(tokens, hash64(std::as_bytes(std::span(&head, 1)))));
}

}  // namespace

Result<SessionWriter> SessionWriter::create(const std::filesystem::path& path, const PageShape& shape,
                                            const SessionHead& head) {
  TRY(AtomicFile file, AtomicFile::create(path));
  FileHead first{};
  std::memcpy(first.magic, kSessionMagic, sizeof(kSessionMagic));
  first.version = kSessionVersion;
  first.page_tokens = static_cast<uint32_t>(shape.page_tokens);
  first.fingerprint = shape.fingerprint;
  first.salt = head.salt;
  first.tokens = head.tokens.size();
  first.text_bytes = head.text.size();
  first.pages = head.pages;
  first.kinds = static_cast<uint32_t>(shape.place_bytes.size());
  auto tokens = std::as_bytes(std::span(head.tokens));
  first.checksum = checksum_of(first, tokens, std::as_bytes(std::span(head.text)));
  TRY_STATUS(file.write(std::as_bytes(std::span(&first, 1))));
  TRY_STATUS(file.write(tokens));
  TRY_STATUS(file.write(head.text));
  return SessionWriter(std::move(file), shape);
}

Status SessionWriter::add(const PageRecord& page) { return file_.write(encode(shape_, page)); }

Result<uint64_t> SessionWriter::finish() {
  uint64_t written = file_.written();
  TRY_STATUS(file_.commit());
  return written;
}

Result<SessionReader> SessionReader::open(std::span<const std::byte> bytes, const PageShape& shape,
                                          int64_t vocabulary) {
  FileHead first;
  if (bytes.size() < sizeof(first) || std::memcmp(bytes.data(), kSessionMagic, sizeof(kSessionMagic)) != 0)
    return fail("is not a session that hearth saved");
  std::memcpy(&first, bytes.data(), sizeof(first));
  if (first.version != kSessionVersion)
    return fail("is a session of version {}; this build reads version {}", first.version, kSessionVersion);
  if (first.fingerprint != shape.fingerprint) {
    return fail(
        "was saved with another model, or with keys and values of other types: those of now cannot go on "
        "from it");
  }
  std::span<const std::byte> rest = bytes.subspan(sizeof(first));
  if (first.page_tokens != static_cast<uint32_t>(shape.page_tokens) ||
      first.kinds != shape.place_bytes.size() || first.tokens > rest.size() / sizeof(TokenId) ||
      first.text_bytes > rest.size() - first.tokens * sizeof(TokenId) ||
      first.pages > first.tokens / static_cast<uint64_t>(shape.page_tokens))
    return fail("is damaged: its head does not fit the file");
  auto tokens = rest.first(first.tokens * sizeof(TokenId));
  auto text = rest.subspan(tokens.size(), first.text_bytes);
  if (checksum_of(first, tokens, text) != first.checksum) return fail("is damaged: a checksum is wrong");
  SessionReader reader(shape);
  reader.head_.tokens.resize(first.tokens);
  if (!tokens.empty()) std::memcpy(reader.head_.tokens.data(), tokens.data(), tokens.size());
  auto strange = std::find_if(reader.head_.tokens.begin(), reader.head_.tokens.end(),
                              [&](TokenId token) { return token < 0 || token >= vocabulary; });
  if (strange != reader.head_.tokens.end())
    return fail("has token {}, which there is not; the model has {}", *strange, vocabulary);
  reader.head_.text.assign(reinterpret_cast<const char*>(text.data()), text.size());
  reader.head_.salt = first.salt;
  reader.head_.pages = first.pages;
  reader.rest_ = rest.subspan(tokens.size() + text.size());
  return reader;
}

Result<PageRecord> SessionReader::next() {
  TRY(PageRecord page, decode_page(shape_, rest_));
  auto expected = std::span(head_.tokens).subspan(read_ * page.tokens.size());
  if (expected.size() < page.tokens.size() ||
      !std::equal(page.tokens.begin(), page.tokens.end(), expected.begin()))
    return fail("has a page of other tokens than the conversation's");
  ++read_;
  return page;
}

}  // namespace hearth
