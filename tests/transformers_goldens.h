// The goldens of tests/data: tiny checkpoints that transformers ran. What they do not hold is made here again:
// tools/prove_architectures.py, which wrote them, makes the same numbers of the tensors' names.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

namespace hearth {

using GoldenJson = nlohmann::ordered_json;

// Those of a folder of tests/data, by name.
std::vector<std::filesystem::path> goldens_in(const std::string& folder);
GoldenJson read_golden(const std::filesystem::path& path);

// Tensors as safetensors, whose numbers are a function of `seed` and their names.
void write_numbers(const GoldenJson& rows, const std::string& seed, const std::filesystem::path& path);
void write_checkpoint(const GoldenJson& golden, const std::filesystem::path& folder);

void expect_golden(const GoldenJson& golden, std::span<const float> found);

}  // namespace hearth
