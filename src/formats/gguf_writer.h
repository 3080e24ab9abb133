// Writes GGUF 3: first what the file will hold, then the tensors' data as a stream, so that a model of any
// size passes through little memory.
#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "formats/gguf_rules.h"
#include "formats/gguf_value.h"
#include "formats/stored_tensor.h"
#include "formats/tensor_set_writer.h"

namespace hearth {

// The metadata and tensors of a file to be written. Whatever is accepted here, GgufFile reads back.
class GgufContents {
 public:
  // Adds a key, or replaces its value where it stands. The value is copied.
  // The keys of split sets ("split.no" and its like) are the writer's own: those given are left out.
  Status set(std::string_view key, const GgufValue& value);

  // The shape is outermost first, as in StoredTensor.
  Status add_tensor(std::string_view name, Type type, std::span<const uint64_t> shape);

  // What files with so many of the tensors each will take together.
  uint64_t file_bytes(std::span<const uint64_t> tensors_of_file) const;

 private:
  friend class GgufWriter;
  struct Entry {
    std::string key;
    std::string encoded;  // as the file has it: key, type, value
  };
  struct Tensor {
    std::string name;
    std::string encoded;  // as the file has it, but for the offset
    uint64_t bytes;
  };
  struct Keys {
    std::string encoded;
    uint64_t count = 0;
    void add(std::string_view entry) {
      encoded += entry;
      ++count;
    }
  };
  std::vector<TensorToStore> rows() const;
  Keys keys_of_file(uint64_t number, uint64_t files) const;
  std::string header(const Keys& keys, std::span<const Tensor> tensors) const;

  std::vector<Entry> entries_;
  std::vector<Tensor> tensors_;
  std::map<std::string, size_t, std::less<>> entry_of_;
  std::set<std::string, std::less<>> tensor_names_;
  uint64_t alignment_ = kGgufDefaultAlignment;
  uint64_t total_bytes_ = 0;  // of the tensors, at the largest alignment
};

class GgufWriter {
 public:
  // Writes `path`, or if the limits ask for more than one file, PATH-00001-of-00002.gguf and so on, where
  // PATH is `path` without its ".gguf".
  static Result<GgufWriter> create(const std::filesystem::path& path, const GgufContents& contents,
                                   SplitLimits limits = {});
  // Files with so many of the tensors each, which must be all of them.
  static Result<GgufWriter> create(const std::filesystem::path& path, const GgufContents& contents,
                                   std::span<const uint64_t> tensors_of_file);

  // The next bytes of a tensor; tensors come in the order in which they were added.
  Status write(std::string_view tensor, std::span<const std::byte> bytes) {
    return stream_.write(tensor, bytes);
  }

  // Nothing is in place before this succeeds.
  Status commit() { return stream_.commit(); }

  std::span<const std::filesystem::path> paths() const { return paths_; }

 private:
  GgufWriter(std::vector<std::filesystem::path> paths, TensorSetWriter stream)
      : paths_(std::move(paths)), stream_(std::move(stream)) {}
  std::vector<std::filesystem::path> paths_;
  TensorSetWriter stream_;
};

}  // namespace hearth
