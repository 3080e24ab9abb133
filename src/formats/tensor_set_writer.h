// What the writers of both formats share: tensors streamed into one file or several, each of which appears
// only when all are whole.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/result.h"

namespace hearth {

// Bounds of each file of a set; 0: none.
struct SplitLimits {
  uint64_t bytes = 0;
  uint64_t tensors = 0;
};

struct TensorToStore {
  std::string name;
  uint64_t bytes;  // of the data
  uint64_t cost;   // what the file grows by: data, padding, its row of the header
};

// Fills files in order; gives the number of tensors of each. `header` is what a file has before its first
// tensor: of the first file, and of each other. An error if a tensor alone is too large for a file.
Result<std::vector<uint64_t>> assign_to_files(std::span<const TensorToStore> tensors, uint64_t first_header,
                                              uint64_t other_header, SplitLimits limits);

// Takes the tensors' data in the given order, in pieces of any size, and pads after each.
class TensorSetWriter {
 public:
  struct File {
    std::filesystem::path path;
    std::string header;
    uint64_t tensors;
  };

  static Result<TensorSetWriter> create(std::vector<File> files, std::vector<TensorToStore> tensors,
                                        uint64_t alignment);

  // The next bytes of `tensor`, which must be the one whose turn it is.
  Status write(std::string_view tensor, std::span<const std::byte> bytes);

  // Puts every file in its place, the first last: it is the one that is opened. An error if data is missing.
  Status commit();

 private:
  TensorSetWriter() = default;
  Status advance();

  std::vector<File> files_;
  std::vector<AtomicFile> open_;
  std::vector<TensorToStore> tensors_;
  uint64_t alignment_ = 1;
  size_t tensor_ = 0;     // whose turn it is
  uint64_t done_ = 0;     // of its bytes
  size_t file_ = 0;       // that it goes into
  uint64_t in_file_ = 0;  // tensors finished in that file
};

}  // namespace hearth
