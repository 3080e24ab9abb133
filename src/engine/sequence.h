// A request on its way.
#pragma once

#include "engine/request.h"
#include "engine/store.h"

namespace hearth {

struct Sequence {
  RequestId id = 0;
  Request request;
  std::vector<TokenId> tokens;  // the prompt, then what was generated
  Held held;
  bool running = false;         // it has a part of the memory
  bool writes = false;          // and has read all that there is to read
  std::vector<TokenId> drafts;  // guesses of what comes behind its tokens
  static constexpr double kFirstChance = 0.5;
  double chance = kFirstChance;  // that a guess is right, from those before
  bool computing = false;        // the step that is being computed has a part of it
  bool cancelled = false;
  int64_t told = 0;  // so many tokens of the prompt have had their outputs told, if they are wanted
  Usage usage;
  Clock::time_point asked, begun, read;  // when it came, began, and had its prompt read

  int64_t length() const { return static_cast<int64_t>(tokens.size()); }
  int64_t prompt() const { return static_cast<int64_t>(request.prompt.size()); }
  // Tokens that are still to be computed before the next one can be chosen.
  int64_t missing() const { return length() - held.length; }
  bool decodes() const { return running && writes; }
};

}  // namespace hearth
