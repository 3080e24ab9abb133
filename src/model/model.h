// A model: a file, the architecture that describes it, and what the two make together: a plan to run and the
// weights that it runs on.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "graph/ast.h"
#include "graph/config.h"
#include "graph/embeddings.h"
#include "model/adapter/additions.h"
#include "model/gguf_facts.h"
#include "model/model_file.h"
#include "ops/backend.h"
#include "tokenizer/tokenizer.h"

namespace hearth {

struct ModelOptions {
  std::optional<std::filesystem::path>
      arch_file;  // in place of the definition that the file's name calls for
  // Gives one embedding of each text, or a verdict with Pooling::rank, whatever else the model is for; pooled as
  // said here, or as the file says.
  bool embeds = false;
  std::optional<Pooling> pooling;
  std::string type = "auto";  // what the tensors of a checkpoint are to become, as a TypeRule is named
  GivenAdditions additions;
  MetadataOverrides overrides;
};

class Model {
 public:
  // A GGUF file, or the folder of a checkpoint.
  static Result<std::shared_ptr<const Model>> load(const std::filesystem::path& path,
                                                   const ModelOptions& options = {});
  // From memory, which must outlive the model.
  static Result<std::shared_ptr<const Model>> parse(std::span<const std::byte> bytes, std::string_view name,
                                                    const ModelOptions& options = {});

  // A model whose file is nowhere.
  static Result<std::shared_ptr<const Model>> make(ModelFile file, std::string name,
                                                   arch::Architecture architecture,
                                                   const std::optional<std::filesystem::path>& folder = {},
                                                   const ModelOptions& options = {});

  const std::string& name() const { return name_; }  // as messages call it: the file's
  const ModelFile& file() const { return file_; }
  // The one that the file carries, or that lies in the checkpoint's folder. Nothing where there is none.
  Result<std::shared_ptr<const Tokenizer>> tokenizer() const;
  const arch::Architecture& architecture() const { return architecture_; }
  const Plan& plan() const { return plan_; }
  // What reads the source of an encoder-decoder model, once for a sequence; null for others.
  const Plan* encoder() const { return encoder_ ? &*encoder_ : nullptr; }
  // With which its decoder begins.
  int32_t start_token() const { return start_token_; }
  // With draft layers: the model's own plan that also gives what the first of them takes, and one plan for each,
  // of the token one further. Their memory is one. Null for models without.
  struct Drafting {
    Plan plan;
    std::vector<Plan> drafts;
  };
  const Drafting* drafting() const { return drafting_ ? &*drafting_ : nullptr; }
  // What is applied beside the weights. With adapters, the last of every plan's inputs is their scales: for each
  // token one of each, in this order.
  std::span<const GivenAdapter> adapters() const { return adapters_; }
  // All that the architecture computes, before anything is left out or laid out.
  const Graph& graph() const { return graph_; }
  std::vector<WeightData> weights() const;
  // A weight of the graph and the plan, in the file.
  struct Weight {
    const StoredTensor* tensor;
    std::vector<int64_t> shape;  // as declared: it may be finer than the tensor's
    std::vector<float> bias;
    std::optional<int64_t> row;  // one row of the tensor
  };
  const Weight& weight(WeightId id) const { return weights_[static_cast<size_t>(id)]; }
  int64_t outputs_width() const { return plan_.outputs.front().view.width; }
  // The vocabulary's size where the plan gives logits.
  std::optional<int64_t> vocabulary() const;
  // What the model was trained for; nothing if the file does not say.
  std::optional<int64_t> trained_context() const { return trained_context_; }

 private:
  explicit Model(ModelFile file) : file_(std::move(file)) {}
  static Result<std::shared_ptr<const Model>> make(GgufFile file, std::string name,
                                                   const ModelOptions& options);
  Result<std::optional<Pooling>> pooling_of(arch::Config& config) const;
  Status check_overrides(const MetadataOverrides& overrides) const;
  Status read_numbers(arch::Config& config);
  Status bind(const ModelOptions& options);

  std::string name_;
  std::optional<std::filesystem::path> folder_;  // of a checkpoint
  ModelFile file_;
  arch::Architecture architecture_;
  Graph graph_;
  Plan plan_;
  std::optional<Plan> encoder_;
  int32_t start_token_ = 0;
  std::optional<Drafting> drafting_;
  std::vector<Weight> weights_;
  std::vector<GivenAdapter> adapters_;
  std::optional<Additions> additions_;
  std::optional<int64_t> trained_context_;
};

}  // namespace hearth
