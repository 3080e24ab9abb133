// Which columns of a model's matrices matter: for every matrix the sums of the squares of the numbers that met each
// column, over a text. Files are llama.cpp's importance matrices: GGUF with NAME.in_sum2 and NAME.counts, and to
// read, the older .dat.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "formats/gguf_rules.h"

namespace hearth {

// What met one tensor: one matrix, or several (experts, heads) one after the other.
struct InputSquares {
  std::vector<double> sums;  // of every column of every matrix
  std::vector<uint64_t>
      rows;  // how many rows are in the sums: of each matrix (experts), or one number for all

  uint64_t most_rows() const;

  // The mean square of every column, as many as the tensor has. In a matrix that met no rows (an expert that was
  // never chosen) all columns matter alike: 1. An error if the sums are of another shape.
  Result<std::vector<float>> means(uint64_t matrices, uint64_t columns) const;

  // An error if the other's are of another shape.
  Status add(const InputSquares& other);
};

struct Importance {
  std::map<std::string, InputSquares, std::less<>> tensors;  // by name in the model
  std::vector<std::string> datasets;                         // the names of the texts
  // The texts were taken in so many pieces of so many tokens.
  uint32_t chunk_count = 0, chunk_size = 0;

  // A .dat does not say how long its chunks were, so its weight beside others is a guess: chunks of kDatChunk.
  static constexpr uint32_t kDatChunk = 512;

  // Names of tensors may be so long: what is written for them has longer ones.
  static constexpr size_t kMostNameBytes = kGgufMaxTensorNameBytes - std::string_view(".in_sum2").size();

  static Result<Importance> read(const std::filesystem::path& path);
  // `name` begins every message.
  static Result<Importance> parse(std::span<const std::byte> bytes, std::string_view name);

  // GGUF, whatever the path is called. A tensor that met no rows at all is left out.
  Status write(const std::filesystem::path& path) const;

  // Nothing if the text did not touch the tensor.
  const InputSquares* find(std::string_view tensor) const;

  // As if both texts had been one.
  Status add(const Importance& other);
};

}  // namespace hearth
