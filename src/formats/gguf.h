// Reads GGUF, versions 2 and 3, little endian: metadata and tensors as views into the mapped file, or files
// of a split set. Everything is checked when it is opened: counts and lengths against the bytes that remain
// before anything is allocated, names for duplicates, tensors for lying aligned, apart, and inside the file.
#pragma once

#include <deque>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "formats/gguf_rules.h"
#include "formats/gguf_value.h"
#include "formats/name_index.h"
#include "formats/stored_tensor.h"

namespace hearth {

// Keys and values in the order of the file. See gguf_as for the types T and what converts to them.
class GgufMetadata {
 public:
  struct Entry {
    std::string_view key;
    GgufValue value;
  };

  GgufMetadata() = default;

  // `source` begins every message. Refuses a key that occurs twice.
  static Result<GgufMetadata> make(std::string source, std::vector<Entry> entries);

  std::string_view source() const { return source_; }
  std::span<const Entry> entries() const { return entries_; }
  const GgufValue* find(std::string_view key) const;

  // The value of a key that must be there.
  template <class T>
  Result<T> get(std::string_view key) const {
    TRY(auto value, get_if<T>(key));
    if (!value) return missing(key, gguf_expected<T>());
    return *std::move(value);
  }

  // Nothing if the key is absent; still an error if it is something else than a T.
  template <class T>
  Result<std::optional<T>> get_if(std::string_view key) const {
    const GgufValue* value = find(key);
    if (!value) return std::optional<T>();
    auto held = gguf_as<T>(*value);
    if (!held) return mismatch(key, *value, gguf_expected<T>());
    return held;
  }

  template <class T>
  Result<T> get_or(std::string_view key, T fallback) const {
    TRY(auto value, get_if<T>(key));
    return value ? *std::move(value) : std::move(fallback);
  }

 private:
  Error missing(std::string_view key, std::string_view expected) const;
  Error mismatch(std::string_view key, const GgufValue& value, std::string_view expected) const;

  std::string source_;
  std::vector<Entry> entries_;
  NameIndex index_;
};

class GgufFile {
 public:
  // A file, or the first of a split set: NAME-00001-of-00003.gguf opens all three. The metadata are the first
  // file's, the tensors those of all.
  static Result<GgufFile> open(const std::filesystem::path& path);

  // From memory, which must outlive what is made from it. `name` begins every message.
  static Result<GgufFile> parse(std::span<const std::byte> bytes, std::string_view name);

  uint32_t version() const { return parts_.front().version; }
  const GgufMetadata& metadata() const { return metadata_; }
  std::span<const StoredTensor> tensors() const { return tensors_; }
  const StoredTensor* find_tensor(std::string_view name) const;

  // The files that it was read from.
  struct Part {
    std::string name;
    uint32_t version;
    uint64_t bytes;
    uint64_t alignment;
    uint64_t data_offset;  // where the tensors' data begins, in bytes from the file's beginning
  };
  std::span<const Part> parts() const { return parts_; }

 private:
  Status join_parts(const std::filesystem::path& first, uint64_t count);
  Status index_tensors();

  std::vector<MappedFile> files_;
  std::deque<std::vector<std::string_view>> strings_;  // of the metadata's arrays
  std::vector<Part> parts_;
  GgufMetadata metadata_;
  std::vector<StoredTensor> tensors_;
  NameIndex tensor_index_;
};

}  // namespace hearth
