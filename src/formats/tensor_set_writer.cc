#include "formats/tensor_set_writer.h"

#include "base/checked.h"
#include "base/text.h"

namespace hearth {

Result<std::vector<uint64_t>> assign_to_files(std::span<const TensorToStore> tensors, uint64_t first_header,
                                              uint64_t other_header, SplitLimits limits) {
  std::vector<uint64_t> counts = {0};
  uint64_t size = first_header;
  for (const TensorToStore& tensor : tensors) {
    auto fits = [&] { return limits.bytes == 0 || size + tensor.cost <= limits.bytes; };
    bool full = limits.tensors != 0 && counts.back() == limits.tensors;
    if (full || !fits()) {
      if (counts.back() > 0 || counts.size() == 1) {
        counts.push_back(0);
        size = other_header;
      }
      if (!fits()) {
        return fail("tensor {} takes {} bytes, which no file of at most {} bytes can hold",
                    quote(tensor.name), tensor.cost, limits.bytes);
      }
    }
    size += tensor.cost;
    ++counts.back();
  }
  return counts;
}

Result<TensorSetWriter> TensorSetWriter::create(std::vector<File> files, std::vector<TensorToStore> tensors,
                                                uint64_t alignment) {
  TensorSetWriter writer;
  for (const File& file : files) {
    TRY(AtomicFile open, AtomicFile::create(file.path));
    TRY_STATUS(open.write(file.header));
    writer.open_.push_back(std::move(open));
  }
  writer.files_ = std::move(files);
  writer.tensors_ = std::move(tensors);
  writer.alignment_ = alignment;
  TRY_STATUS(writer.advance());
  return writer;
}

// Closes the tensors that have all their bytes (those without any, at once), and moves on.
Status TensorSetWriter::advance() {
  while (tensor_ < tensors_.size()) {
    while (in_file_ == files_[file_].tensors) {
      ++file_;
      in_file_ = 0;
    }
    if (done_ < tensors_[tensor_].bytes) return {};
    TRY_STATUS(open_[file_].write_zeros(align_up(done_, alignment_) - done_));
    ++tensor_;
    ++in_file_;
    done_ = 0;
  }
  return {};
}

Status TensorSetWriter::write(std::string_view tensor, std::span<const std::byte> bytes) {
  if (bytes.empty()) return {};
  if (tensor_ == tensors_.size()) {
    return fail("data of tensor {} after the last tensor is complete", quote(tensor));
  }
  const TensorToStore& current = tensors_[tensor_];
  if (tensor != current.name) {
    return fail("data of tensor {}, expected {} at byte {} of {}", quote(tensor), quote(current.name), done_,
                current.bytes);
  }
  if (bytes.size() > current.bytes - done_) {
    return fail("tensor {}: more data than its {} bytes", quote(tensor), current.bytes);
  }
  TRY_STATUS(open_[file_].write(bytes));
  done_ += bytes.size();
  return advance();
}

Status TensorSetWriter::commit() {
  if (tensor_ < tensors_.size()) {
    return fail("tensor {} has {} of its {} bytes", quote(tensors_[tensor_].name), done_,
                tensors_[tensor_].bytes);
  }
  for (size_t i = open_.size(); i-- > 0;) TRY_STATUS(open_[i].commit());
  return {};
}

}  // namespace hearth
