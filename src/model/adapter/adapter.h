// LoRA adapters: what a fine-tune adds to a model's matrices, as products of two thin ones. Read from the folders that
// PEFT writes and from GGUF files; in memory they are the same.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "formats/gguf_writer.h"
#include "graph/gguf_binding.h"
#include "graph/recipe.h"

namespace hearth {

// The model that an adapter is for, as far as names and shapes go.
struct AdapterBase {
  const arch::Architecture& architecture;
  arch::Config& config;
  const arch::GgufBinding& binding;  // that has found every weight
  std::string_view name;             // general.architecture
};

// up * down is added to a matrix: down [rank, inputs], up [outputs, rank], with the same leading dimension where the
// weight is several matrices. Of a table of rows: down [rows, rank], up [width, rank].
struct AdapterTensor {
  std::string weight;  // its name in GGUF
  WeightId base = -1;
  bool of_rows = false;
  Dims down_shape, up_shape;
  std::vector<float> down, up;  // with all scales of the file worked in

  int64_t rank() const { return up_shape.back(); }
};

struct Adapter {
  std::string name;  // as messages call it: the file
  double alpha = 0;  // what the file says; the tensors have it already
  std::vector<AdapterTensor> tensors;
};

// A GGUF file, a folder with adapter_config.json, or the safetensors file in one. An error says what does not fit the
// base.
Result<Adapter> read_adapter(const std::filesystem::path& path, const AdapterBase& base);

// Whether the folder is an adapter's.
bool is_adapter(const std::filesystem::path& path);

// The GGUF file of an adapter for this model; tensors become `type`.
Status write_adapter(const Adapter& adapter, std::string_view architecture, Type type,
                     const std::filesystem::path& output);

// Converts the adapter in `folder`; `base` is its model, a checkpoint or a GGUF file, of which no tensor is read.
Status convert_adapter(const std::filesystem::path& folder, const std::filesystem::path& base,
                       const std::filesystem::path& output, std::string_view type);

}  // namespace hearth
