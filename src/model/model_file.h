// What a model is made of, whichever way it is written down: the metadata and the tensors of a GGUF file. A
// checkpoint's folder is read as the file that it would be.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "formats/gguf.h"
#include "formats/name_index.h"
#include "graph/ast.h"

namespace hearth {

class ModelFile {
 public:
  explicit ModelFile(GgufFile file);
  // Of what somebody made; `owner` is what the views look into.
  ModelFile(std::shared_ptr<const void> owner, GgufMetadata metadata, std::span<const StoredTensor> tensors);

  // Of a checkpoint: every tensor is made, but those that lie in it as they are wanted.
  // `type` is what to make of them (TypeRule); an error if it is none.
  struct OfCheckpoint;
  static Result<OfCheckpoint> open_checkpoint(const std::filesystem::path& folder,
                                              const std::optional<std::filesystem::path>& arch_file,
                                              std::string_view type);

  const GgufMetadata& metadata() const { return metadata_; }
  std::span<const StoredTensor> tensors() const { return tensors_; }
  const StoredTensor* find_tensor(std::string_view name) const;

 private:
  std::shared_ptr<const void> owner_;  // what the views below look into
  GgufMetadata metadata_;
  std::span<const StoredTensor> tensors_;
  NameIndex index_;
};

struct ModelFile::OfCheckpoint {
  ModelFile file;
  arch::Architecture architecture;
};

}  // namespace hearth
