// Guesses of what sequences say next, which a step computes along with the tokens before them. Whoever chooses tokens
// does not know of them: each is chosen from the logits behind the token before it, and a guess counts where it is
// what was chosen. So nothing that is written depends on guesses, down to the seed, and a drafter may guess as it
// likes; what it guesses well is written faster.
#pragma once

#include <span>
#include <string_view>

#include "engine/sequence.h"

namespace hearth {

// What a step has computed of a sequence that goes on.
struct Advance {
  Sequence* sequence;
  int64_t past;        // tokens that came before
  int64_t row, count;  // of the batch, whose tokens are the sequence's
  int64_t most = 0;    // guesses that are wanted
};

class Drafter {
 public:
  virtual ~Drafter() = default;
  // That it can make for a sequence at once.
  virtual int64_t most() const = 0;
  // Takes note of what a step computed, `outputs` being the program's, and leaves guesses with sequences that want
  // some, at most as many. An error is of the drafter alone.
  virtual Status follow(std::span<const Advance> advances, std::span<const OutputRows> outputs) = 0;
  // Nothing more comes of the sequence.
  virtual void end(const Sequence&) {}

 protected:
  // Adds what a sequence's listener would choose from these logits; false: a guess that ends the text is none.
  static bool add_draft(Sequence& sequence, const Listener::Chooser& choose, std::span<const float> logits);
};

// Looks for the last tokens further up in the text, and guesses that what followed there follows here.
class LookupDrafter final : public Drafter {
 public:
  explicit LookupDrafter(int64_t most) : most_(most) {}
  int64_t most() const override { return most_; }
  Status follow(std::span<const Advance> advances, std::span<const OutputRows> outputs) override;

  // What followed the longest of the ends of `tokens` that came before, in `tokens` or in `other`; of several, the
  // latest in `tokens`.
  static std::span<const TokenId> look_up(std::span<const TokenId> tokens, std::span<const TokenId> other);

 private:
  const int64_t most_;
};

}  // namespace hearth
