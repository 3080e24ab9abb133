// What the tokenizer of a checkpoint was read from, for those who write it down again.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "model/owned_vocabulary.h"
#include "model/tokenizer_json.h"
#include "tokenizer/tokenizer.h"

namespace hearth {

struct CheckpointSource {
  std::filesystem::path path;                  // of the file that has the tokens; empty where there is none
  std::string text;                            // all of it
  std::shared_ptr<const Tokenizer> tokenizer;  // null where there is none
  // One of the two says what the file says; a list of ranks becomes the other with merges of its own.
  std::optional<TokenizerJson> json;
  std::optional<OwnedVocabulary> vocabulary;
};

Result<CheckpointSource> read_checkpoint_source(const std::filesystem::path& folder);

// Of the text of a `tokenizer.json` alone: roles are left to whoever knows them.
Result<Pipeline> make_json_pipeline(std::string_view text);

}  // namespace hearth
