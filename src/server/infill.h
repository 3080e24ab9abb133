// Filling in the middle: a prompt of what stands before and behind, with the marks that the model was taught.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "server/chat_prompt.h"

namespace hearth {

struct Infill {
  std::string prefix, suffix;
  std::vector<std::pair<std::string, std::string>> others;  // files that may matter: names and texts
};

// What people wrote never becomes a control token. A model that has no marks for this is a problem.
std::optional<Problem> prompt_of(const ServedModel& model, const Infill& infill, Prompt& prompt);

}  // namespace hearth
