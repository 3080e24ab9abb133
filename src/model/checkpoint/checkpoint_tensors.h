// The tensors of a checkpoint under the names that an architecture's rows call them by: with prefixes stripped, the
// text part of a multimodal one as if it stood alone, and tensors that were stored once for two names.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "formats/safetensors.h"
#include "graph/checkpoint_facts.h"
#include "model/checkpoint/config_json.h"
#include "model/checkpoint/logical_tensor.h"

namespace hearth {

// A tensor's name as an architecture's rows have it: without prefixes and, with `text_part`, without what the text part
// of a multimodal checkpoint is called by.
std::string row_name(std::string_view name, bool text_part, const arch::Architecture& architecture);

class CheckpointTensors : public arch::CheckpointFacts {
 public:
  // All outlive it.
  CheckpointTensors(ConfigJson& config, const SafetensorsFile& files, const Quantization& quantization,
                    const arch::Architecture& architecture);

  Result<std::optional<arch::Item>> key(std::string_view path) override { return config_.key(path); }
  Result<std::optional<Logical>> tensor(std::string_view name) const override;
  Result<std::optional<Logical>> bias(std::string_view name) const override;
  Result<double> number(std::string_view name) const override;
  std::vector<std::string_view> stored() const override;

  // The same as they are read: what tensor() or bias() has found.
  Result<LogicalTensor> logical(std::string_view name, bool bias) const;
  // By the name that rows call it; null if there is none.
  const StoredTensor* stored_tensor(std::string_view name) const;
  const Quantization& quantization() const { return quantization_; }

 private:
  struct Named {
    const StoredTensor* tensor;
    std::string own;     // the name that the tensor itself has, stripped
    bool twice = false;  // two tensors of the checkpoint are called so
  };
  Result<std::optional<LogicalTensor>> find_logical(std::string_view name) const;
  std::optional<LogicalTensor> find_bias(std::string_view name) const;
  Result<std::optional<Logical>> described(std::optional<LogicalTensor> tensor) const;

  ConfigJson& config_;
  const Quantization& quantization_;
  std::map<std::string, Named, std::less<>> names_;
};

}  // namespace hearth
