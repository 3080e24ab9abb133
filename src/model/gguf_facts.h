// A model file as the source of an architecture's facts.
#pragma once

#include <map>
#include <unordered_map>

#include "graph/facts.h"
#include "model/model_file.h"

namespace hearth {

// What a user says in place of the file: values by their keys behind the architecture's name, "rope.freq_base".
using MetadataOverrides = std::map<std::string, arch::Item, std::less<>>;

class GgufFacts : public arch::Facts {
 public:
  // `file` outlives it.
  static Result<GgufFacts> make(const ModelFile& file, MetadataOverrides overrides = {});

  std::string_view architecture() const override { return architecture_; }
  Result<std::optional<arch::Item>> metadata(std::string_view key) const override;
  const std::vector<int64_t>* shape(std::string_view tensor) const override;
  Result<std::vector<double>> numbers(std::string_view tensor) const override;
  std::vector<std::string_view> tensors() const override;

 private:
  explicit GgufFacts(const ModelFile& file) : file_(&file) {}

  const ModelFile* file_;
  std::string_view architecture_;
  MetadataOverrides overrides_;
  std::unordered_map<std::string_view, std::vector<int64_t>> shapes_;
};

}  // namespace hearth
