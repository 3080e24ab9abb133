// Reads safetensors: one file, or the shards of a checkpoint with their index. The header is checked before it is
// believed, and the tensors must fill the file exactly: no holes, no overlap, nothing after them.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "formats/name_index.h"
#include "formats/stored_tensor.h"

namespace hearth {

inline constexpr uint64_t kSafetensorsMaxHeader = 100'000'000;  // bytes; the format's own limit
inline constexpr uint64_t kSafetensorsMaxTensors = 1 << 20;     // in one file
inline constexpr size_t kSafetensorsMaxDims = 16;
inline constexpr std::string_view kSafetensorsExtension = ".safetensors";
inline constexpr std::string_view kSafetensorsIndexExtension = ".safetensors.index.json";

// X(the format's name, Type)
#define HEARTH_SAFETENSORS_TYPES(X) \
  X("BOOL", boolean)                \
  X("U8", u8)                       \
  X("I8", i8)                       \
  X("F8_E4M3", f8_e4m3)             \
  X("F8_E5M2", f8_e5m2)             \
  X("F8_E8M0", f8_e8m0)             \
  X("I16", i16)                     \
  X("U16", u16)                     \
  X("F16", f16)                     \
  X("BF16", bf16)                   \
  X("I32", i32)                     \
  X("U32", u32)                     \
  X("F32", f32)                     \
  X("I64", i64)                     \
  X("U64", u64)                     \
  X("F64", f64)

class SafetensorsFile {
 public:
  // A .safetensors file; an index, NAME.safetensors.index.json; or the folder of a checkpoint, which holds
  // model.safetensors.index.json, or else exactly one .safetensors file.
  static Result<SafetensorsFile> open(const std::filesystem::path& path);

  // One file from memory, which must outlive what is made from it. `name` begins every message.
  static Result<SafetensorsFile> parse(std::span<const std::byte> bytes, std::string_view name);

  // The texts under "__metadata__", of a set those of the first shard.
  std::span<const std::pair<std::string, std::string>> metadata() const { return metadata_; }

  // Shard by shard, in the order of their data. A tensor may have no elements; its data may be aligned to nothing.
  std::span<const StoredTensor> tensors() const { return tensors_; }
  const StoredTensor* find_tensor(std::string_view name) const;

  // The files that it was read from, in the order of their names.
  struct Part {
    std::string name;
    uint64_t bytes;
    uint64_t data_offset;  // where the tensors' data begins, in bytes from the file's beginning
  };
  std::span<const Part> parts() const { return parts_; }

 private:
  static Result<SafetensorsFile> open_file(const std::filesystem::path& path);
  static Result<SafetensorsFile> open_index(const std::filesystem::path& path);
  static Result<SafetensorsFile> open_folder(const std::filesystem::path& path);
  void append(SafetensorsFile shard);
  void index_tensors();

  std::vector<MappedFile> files_;
  std::vector<Part> parts_;
  std::vector<std::pair<std::string, std::string>> metadata_;
  std::vector<std::vector<std::string>> names_;  // of the tensors, shard by shard
  std::vector<StoredTensor> tensors_;
  NameIndex tensor_index_;
};

}  // namespace hearth
