#include "hub/digest.h"

#include <openssl/evp.h>

#include "base/file.h"
#include "base/pages.h"
#include "base/text.h"

namespace hearth {

struct Hasher::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~State() { EVP_MD_CTX_free(context); }
};

namespace {

size_t digits_of(HashKind kind) { return kind == HashKind::sha256 ? 64 : 40; }

}  // namespace

Result<Digest> Digest::parse(HashKind kind, std::string_view hex) {
  if (hex.size() != digits_of(kind) || hex.find_first_not_of("0123456789abcdef") != hex.npos)
    return fail("the hash is {}, expected {} hexadecimal digits", quote(hex), digits_of(kind));
  return Digest{kind, std::string(hex)};
}

Result<Digest> Digest::parse_prefixed(std::string_view text) {
  constexpr std::string_view kPrefix = "sha256:";
  if (!text.starts_with(kPrefix)) return fail("the digest is {}, expected sha256:...", quote(text));
  return parse(HashKind::sha256, text.substr(kPrefix.size()));
}

Hasher::Hasher(HashKind kind, uint64_t size) : kind_(kind), state_(std::make_unique<State>()) {
  EVP_DigestInit_ex(state_->context, kind == HashKind::sha256 ? EVP_sha256() : EVP_sha1(), nullptr);
  if (kind == HashKind::git_blob) {
    std::string head = fmt::format("blob {}", size);
    EVP_DigestUpdate(state_->context, head.c_str(), head.size() + 1);
  }
}

Hasher::~Hasher() = default;

void Hasher::update(std::span<const std::byte> bytes) {
  EVP_DigestUpdate(state_->context, bytes.data(), bytes.size());
}

Digest Hasher::finish() {
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned count = 0;
  EVP_DigestFinal_ex(state_->context, bytes, &count);
  Digest digest{kind_, {}};
  for (unsigned i = 0; i < count; ++i) digest.hex += fmt::format("{:02x}", bytes[i]);
  return digest;
}

Digest digest_of(std::string_view text) {
  Hasher hasher(HashKind::sha256, text.size());
  hasher.update(std::as_bytes(std::span(text)));
  return hasher.finish();
}

Result<Digest> digest_of_file(const std::filesystem::path& path, HashKind kind, const Progress& progress,
                              std::string_view what) {
  constexpr size_t kPiece = 4 << 20;
  TRY(MappedFile file, MappedFile::open(path));
  std::span<const std::byte> bytes = file.bytes();
  Hasher hasher(kind, bytes.size());
  for (size_t at = 0; at < bytes.size(); at += kPiece) {
    auto piece = bytes.subspan(at, std::min(kPiece, bytes.size() - at));
    hasher.update(piece);
    drop_file_pages(piece);
    if (!report(progress, what, at + piece.size(), bytes.size())) return fail("{}: stopped", path.string());
  }
  return hasher.finish();
}

}  // namespace hearth
