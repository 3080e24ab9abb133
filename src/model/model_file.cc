#include "model/model_file.h"

#include <cstring>

#include "model/checkpoint/checkpoint.h"
#include "model/checkpoint/type_rule.h"

namespace hearth {

namespace {

constexpr size_t kAlignment = 64;

// Bytes at an address that suits vectors.
struct Buffer {
  explicit Buffer(uint64_t bytes) : storage(bytes + kAlignment) {
    auto address = reinterpret_cast<uintptr_t>(storage.data());
    begin = storage.data() + (align_up(address, kAlignment) - address);
  }
  std::vector<std::byte> storage;
  std::byte* begin;
};

// A checkpoint, and what was made of it.
struct MadeTensors {
  std::unique_ptr<Checkpoint> checkpoint;
  std::vector<Buffer> buffers;
  std::vector<StoredTensor> tensors;
};

Status make(MadeTensors& made, const Checkpoint::Tensor& tensor, Type type, ThreadPool& threads) {
  TRY(TensorSize size, tensor_size(type, tensor.shape));
  StoredTensor stored{tensor.name, type, tensor.shape, size.elements, 0, 0, {}};
  if (auto bytes = made.checkpoint->in_place(tensor, type)) {
    stored.data = *bytes;
  } else {
    std::byte* to = made.buffers.emplace_back(size.bytes).begin;
    uint64_t done = 0;
    TRY_STATUS(made.checkpoint->write(tensor, type, threads, [&](std::span<const std::byte> piece) -> Status {
      if (piece.size() > size.bytes - done) return fail("more than {} bytes", size.bytes);
      std::memcpy(to + done, piece.data(), piece.size());
      done += piece.size();
      return {};
    }));
    if (done != size.bytes) return fail("{}: {} bytes of {}", tensor.name, done, size.bytes);
    stored.data = {to, size.bytes};
  }
  made.tensors.push_back(std::move(stored));
  return {};
}

}  // namespace

ModelFile::ModelFile(GgufFile gguf) {
  auto file = std::make_shared<const GgufFile>(std::move(gguf));
  metadata_ = file->metadata();
  tensors_ = file->tensors();
  index_ = NameIndex(tensors_, [](const StoredTensor& tensor) { return tensor.name; });
  owner_ = std::move(file);
}

ModelFile::ModelFile(std::shared_ptr<const void> owner, GgufMetadata metadata,
                     std::span<const StoredTensor> tensors)
    : owner_(std::move(owner)),
      metadata_(std::move(metadata)),
      tensors_(tensors),
      index_(tensors_, [](const StoredTensor& tensor) { return tensor.name; }) {}

Result<ModelFile::OfCheckpoint> ModelFile::open_checkpoint(
    const std::filesystem::path& folder, const std::optional<std::filesystem::path>& arch_file,
    std::string_view type) {
  auto made = std::make_shared<MadeTensors>();
  TRY(made->checkpoint, Checkpoint::open(folder, arch_file));
  const Checkpoint& checkpoint = *made->checkpoint;
  TRY(NamedRule types, type_rule(type, checkpoint));
  ThreadPool threads;
  for (const Checkpoint::Tensor& tensor : checkpoint.tensors()) {
    Status status = make(*made, tensor, types.rule(tensor), threads);
    if (!status.ok()) return within(folder.string(), std::move(status).error());
  }
  return OfCheckpoint{ModelFile(made, checkpoint.metadata(), made->tensors), checkpoint.architecture()};
}

const StoredTensor* ModelFile::find_tensor(std::string_view name) const {
  auto at = index_.find(name);
  return at ? &tensors_[*at] : nullptr;
}

}  // namespace hearth
