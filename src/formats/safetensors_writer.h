// Writes safetensors: first what the file will hold, then the tensors' data as a stream.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "formats/safetensors.h"
#include "formats/tensor_set_writer.h"

namespace hearth {

// What a file, or a set, is to hold. Whatever is accepted here, SafetensorsFile reads back.
class SafetensorsContents {
 public:
  // Adds a text to "__metadata__", or replaces it.
  Status set(std::string_view key, std::string_view text);

  // The shape is outermost first.
  Status add_tensor(std::string_view name, Type type, std::span<const uint64_t> shape);

 private:
  friend class SafetensorsWriter;
  struct Tensor {
    std::string name;
    std::string row;  // of the header, up to its offsets
    uint64_t element_bytes;
    uint64_t bytes;
  };
  std::string header(std::span<const Tensor> tensors) const;

  std::map<std::string, std::string, std::less<>> metadata_;
  std::vector<Tensor> tensors_;
  std::set<std::string, std::less<>> names_;
  uint64_t total_bytes_ = 0;
};

class SafetensorsWriter {
 public:
  // Writes `path`, or if the limits ask for more than one file, PATH-00001-of-00002.safetensors and so on with
  // PATH.safetensors.index.json, where PATH is `path` without its ".safetensors".
  static Result<SafetensorsWriter> create(const std::filesystem::path& path, SafetensorsContents contents,
                                          SplitLimits limits = {});

  // The order in which the data is to come: tensors of wide elements first, so that without any padding, which the
  // format forbids, each is aligned to its elements.
  std::span<const std::string> order() const { return order_; }

  // The next bytes of a tensor.
  Status write(std::string_view tensor, std::span<const std::byte> bytes) {
    return stream_.write(tensor, bytes);
  }

  // Nothing is in place before this succeeds.
  Status commit();

 private:
  SafetensorsWriter(std::vector<std::string> order, TensorSetWriter stream, std::optional<AtomicFile> index)
      : order_(std::move(order)), stream_(std::move(stream)), index_(std::move(index)) {}
  std::vector<std::string> order_;
  TensorSetWriter stream_;
  std::optional<AtomicFile> index_;
};

}  // namespace hearth
