// Content by its hash.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/progress.h"
#include "base/result.h"

namespace hearth {

// git_blob: SHA-1 over "blob SIZE\0" and the content, which is how a hub names what is not in large-file storage.
enum class HashKind { sha256, git_blob };

struct Digest {
  HashKind kind = HashKind::sha256;
  std::string hex;  // in lower case, of the right length

  // Nothing but so many hexadecimal digits in lower case: a digest becomes part of a path.
  static Result<Digest> parse(HashKind kind, std::string_view hex);
  // "sha256:HEX", as registries write it.
  static Result<Digest> parse_prefixed(std::string_view text);
  bool operator==(const Digest&) const = default;
};

class Hasher {
 public:
  // `size`: of the whole content; git_blob begins with it.
  Hasher(HashKind kind, uint64_t size);
  ~Hasher();
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;
  void update(std::span<const std::byte> bytes);
  Digest finish();

 private:
  struct State;
  HashKind kind_;
  std::unique_ptr<State> state_;
};

Digest digest_of(std::string_view text);
// Reads the file once, without keeping its pages in memory's way.
Result<Digest> digest_of_file(const std::filesystem::path& path, HashKind kind, const Progress& progress = {},
                              std::string_view what = {});

}  // namespace hearth
