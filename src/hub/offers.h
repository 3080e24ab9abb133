// Which of a repository's files make up a model, and which of its models suits this machine.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace hearth {

struct OfferedFile {
  std::string path;
  uint64_t size = 0;
};

// A model among files: a GGUF file or a whole set of them, or all that a checkpoint consists of.
struct Offer {
  std::string label;          // "Q4_K_M"; where a name says no type, the name; "safetensors" of a checkpoint
  std::vector<size_t> files;  // the first is the one to open
  uint64_t bytes = 0;
  bool checkpoint = false;
};

// GGUF models from the smallest to the largest; a checkpoint only where there is no GGUF file. Sets of which a
// part is missing are none.
std::vector<Offer> offers_of(std::span<const OfferedFile> files);

// The projector that reads pictures or sound for a GGUF model: of several, the one in half precision.
std::optional<size_t> projector_of(std::span<const OfferedFile> files);

// "Q4_K_M" of "Model-8B-Q4_K_M.gguf", in capitals; empty: the name does not say.
std::string quant_label(std::string_view file_name);

struct Choice {
  Offer offer;
  std::string why;  // empty: it was asked for by name
};

// The one of that label, or for an empty one the best that `memory` bytes hold: the largest up to 8 bits, since
// more bring nothing that could be noticed. An error says what there is.
Result<Choice> choose_offer(std::span<const Offer> offers, std::string_view label,
                            std::optional<uint64_t> memory);

// Of what is free, as much as weights should take: the rest is for the context.
std::optional<uint64_t> memory_for_weights();

}  // namespace hearth
