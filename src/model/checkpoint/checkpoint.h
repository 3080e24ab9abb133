// A Hugging Face checkpoint (config.json, safetensors and what lies beside them) as the GGUF file that it would be:
// its metadata, and its tensors as recipes, of which nothing is read before it is asked for.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/threads.h"
#include "formats/gguf.h"
#include "formats/safetensors.h"
#include "graph/ast.h"
#include "graph/recipe.h"
#include "model/checkpoint/config_json.h"
#include "model/checkpoint/logical_tensor.h"
#include "model/checkpoint/metadata_store.h"
#include "model/model_file.h"

namespace hearth {

class CheckpointTensors;

class Checkpoint {
 public:
  // Finds the architecture by what config.json says, unless `arch_file` is given, and holds both against each
  // other: errors name the file, the key or tensor, what is expected and what was found.
  static Result<std::unique_ptr<Checkpoint>> open(const std::filesystem::path& folder,
                                                  const std::optional<std::filesystem::path>& arch_file);
  // From memory, which must outlive it: the text of config.json, one file of safetensors. `name` begins messages.
  static Result<std::unique_ptr<Checkpoint>> parse(std::string_view config,
                                                   std::span<const std::byte> tensors, std::string_view name);
  // Holds config.json alone against the architecture, where there are no tensors yet. Gives the architecture's name.
  static Result<std::string> check_config(const std::filesystem::path& folder,
                                          const std::optional<std::filesystem::path>& arch_file);
  ~Checkpoint();

  const arch::Architecture& architecture() const { return architecture_; }
  const GgufMetadata& metadata() const { return metadata_; }

  struct Tensor {
    std::string name;
    std::vector<uint64_t> shape;  // outermost first
    Type type;                    // that holds its numbers as the checkpoint has them
    Recipe recipe;
  };
  std::span<const Tensor> tensors() const { return tensors_; }

  // Takes the next bytes of a tensor.
  using Sink = std::function<Status(std::span<const std::byte>)>;
  // All of a tensor, in a type that can be encoded, in order and in pieces: what is in memory at once is little more
  // than one of the stored tensors that it is made of.
  Status write(const Tensor& tensor, Type type, ThreadPool& threads, const Sink& sink) const;
  // Where the tensor lies in the checkpoint just as it is wanted; nothing if it has to be made.
  std::optional<std::span<const std::byte>> in_place(const Tensor& tensor, Type type) const;

 private:
  Checkpoint() = default;
  static Result<std::unique_ptr<Checkpoint>> make(std::string name, ConfigJson config, SafetensorsFile files,
                                                  const std::optional<std::filesystem::path>& arch_file,
                                                  const std::optional<std::filesystem::path>& folder);
  // `own`: a definition given in place of the library's. `folder`: where the texts beside the tensors lie.
  Status describe(std::optional<arch::Architecture> own);
  Status bind(std::optional<arch::Architecture> own, const std::optional<std::filesystem::path>& folder);
  Result<arch::Architecture> choose_architecture();
  // Tensors that no row took: those of other parts than the text are left alone, others are an error.
  Status leave_to_other_parts(std::vector<std::string> names) const;

  std::string name_;
  std::unique_ptr<ConfigJson> config_;
  std::unique_ptr<SafetensorsFile> files_;
  Quantization quantization_;
  arch::Architecture architecture_;
  std::unique_ptr<CheckpointTensors> source_;
  MetadataStore store_;
  GgufMetadata metadata_;
  std::vector<Tensor> tensors_;
};

// A checkpoint as a model's file whose large tensors have no data: nothing of them is read.
Result<ModelFile::OfCheckpoint> checkpoint_outline(const std::filesystem::path& folder,
                                                   const std::optional<std::filesystem::path>& arch_file);

// Whether a path is a checkpoint's folder rather than a file.
bool is_checkpoint(const std::filesystem::path& path);
// Whether it is one that has config.json and no tensors.
bool is_config_alone(const std::filesystem::path& path);

}  // namespace hearth
