#include "engine/drafter.h"

#include <algorithm>

#include "sample/candidates.h"

namespace hearth {

namespace {

constexpr size_t kLeastSame = 3;  // tokens, or it is an accident
constexpr size_t kMostSame = 16;

struct Found {
  size_t same = 0, end = 0;  // so many tokens before `end`
};

// One pass over the text: nothing is kept from step to step, and 100,000 tokens take some ten microseconds.
Found longest(std::span<const TokenId> text, std::span<const TokenId> tokens) {
  Found best;
  const TokenId last = tokens.back();
  for (size_t end = text.size(); end >= kLeastSame; --end) {
    if (text[end - 1] != last) continue;
    size_t same = 1, most = std::min({end, tokens.size(), kMostSame});
    while (same < most && text[end - 1 - same] == tokens[tokens.size() - 1 - same]) ++same;
    if (same > best.same) best = {same, end};
    if (best.same == kMostSame) break;
  }
  return best;
}

}  // namespace

bool Drafter::add_draft(Sequence& sequence, const Listener::Chooser& choose, std::span<const float> logits) {
  TokenId token = 0;
  if (choose) {
    auto chosen = choose(logits);
    if (!chosen.ok()) return false;  // a grammar that cannot be followed: the real choice will say so
    token = *chosen;
  } else {
    token = greatest(logits);
  }
  const auto& ends = sequence.request.end_tokens;
  if (std::find(ends.begin(), ends.end(), token) != ends.end()) return false;
  sequence.drafts.push_back(token);
  return true;
}

std::span<const TokenId> LookupDrafter::look_up(std::span<const TokenId> tokens,
                                                std::span<const TokenId> other) {
  if (tokens.size() < kLeastSame) return {};
  // The last token itself is no place where anything follows.
  std::span<const TokenId> before = tokens.first(tokens.size() - 1);
  Found here = longest(before, tokens), there;
  if (other.size() > kLeastSame) there = longest(other.first(other.size() - 1), tokens);
  if (std::max(here.same, there.same) < kLeastSame) return {};
  return here.same >= there.same ? tokens.subspan(here.end) : other.subspan(there.end);
}

Status LookupDrafter::follow(std::span<const Advance> advances, std::span<const OutputRows>) {
  for (const Advance& advance : advances) {
    Sequence& sequence = *advance.sequence;
    if (advance.most == 0) continue;
    auto found = look_up(sequence.tokens, sequence.request.prediction);
    found = found.first(std::min(found.size(), static_cast<size_t>(advance.most)));
    sequence.drafts.assign(found.begin(), found.end());
  }
  return {};
}

}  // namespace hearth
