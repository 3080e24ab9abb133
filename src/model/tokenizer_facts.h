// What the configuration beside a tokenizer says of its tokens.
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/tokenizer_json.h"
#include "tokenizer/pipeline.h"

namespace hearth {

struct TokenizerFacts {
  std::string tokenizer_class, model_type;
  std::array<std::optional<std::string>, kTokenRoleCount> texts;  // of the tokens with a role
  TokenRoles roles;                                               // by their ids, where no text names them
  std::vector<TokenId> ends;                                      // of a generation
  std::optional<bool> add_bos, add_eos, add_prefix_space;
  std::vector<TokenizerJson::Added> added;  // for files that cannot say it themselves
};

// Files that are not there say nothing.
Result<TokenizerFacts> read_tokenizer_facts(const std::filesystem::path& folder);

// Fills in the roles and the ends, and what stands around a text where the class of the tokenizer decides that.
void apply(const TokenizerFacts& facts, Pipeline& pipeline);

}  // namespace hearth
