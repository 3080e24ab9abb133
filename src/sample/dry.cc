#include "sample/dry.h"

#include <algorithm>
#include <unordered_map>

namespace hearth {

namespace {

// Longer breakers are cut, so that looking for them stays linear.
constexpr size_t kLongestText = 40, kLongestTail = 20;

}  // namespace

Result<std::vector<std::vector<TokenId>>> find_dry_breakers(const Tokenizer& tokenizer,
                                                            std::span<const std::string> texts) {
  std::vector<std::vector<TokenId>> breakers;
  for (const std::string& given : texts) {
    std::string_view text = std::string_view(given).substr(0, kLongestText);
    if (text.empty()) continue;
    for (size_t i = 0; i < tokenizer.size(); ++i) {
      TokenId id = static_cast<TokenId>(i);
      std::string_view piece = tokenizer.piece(id);
      if (piece.find(text) != std::string_view::npos) {
        breakers.push_back({id});
        continue;
      }
      // It may begin at the end of this token and go on in others.
      for (size_t length = std::min(piece.size(), text.size() - 1); length > 0; --length) {
        if (piece.substr(piece.size() - length) != text.substr(0, length)) continue;
        TRY(auto tail, tokenizer.encode(text.substr(length), {.add_special = false, .parse_special = false}));
        tail.resize(std::min(tail.size(), kLongestTail));
        tail.insert(tail.begin(), id);
        breakers.push_back(std::move(tail));
      }
    }
  }
  std::sort(breakers.begin(), breakers.end());
  breakers.erase(std::unique(breakers.begin(), breakers.end()), breakers.end());
  return breakers;
}

std::vector<std::pair<TokenId, uint32_t>> repetitions(std::span<const TokenId> tokens,
                                                      std::span<const std::vector<TokenId>> breakers,
                                                      uint32_t shortest) {
  std::unordered_multimap<TokenId, const std::vector<TokenId>*> by_head;
  for (const auto& breaker : breakers) by_head.emplace(breaker[0], &breaker);
  size_t count = tokens.size();
  auto back = [&](size_t i) { return tokens[count - 1 - i]; };

  // From the end back to the last breaker: no repetition is longer.
  size_t limit = count;
  for (size_t i = 0; i < count && limit == count; ++i) {
    auto [begin, end] = by_head.equal_range(back(i));
    size_t longest = 0;
    for (auto at = begin; at != end; ++at) {
      const auto& breaker = *at->second;
      if (breaker.size() <= longest || breaker.size() > i + 1) continue;
      if (std::equal(breaker.begin(), breaker.end(), tokens.end() - static_cast<ptrdiff_t>(i) - 1))
        longest = breaker.size();
    }
    if (longest > 0) limit = i + 1 - longest;
  }
  if (limit < shortest) return {};

  // Read backwards, length[k] is how far the text from k on is as from 0 on (the Z algorithm): [left, right) is
  // the stretch found so far that reaches furthest, inside of which earlier answers are reused.
  std::vector<size_t> length(count, 0);
  std::unordered_map<TokenId, uint32_t> longest;
  size_t left = 0, right = 0;
  for (size_t k = 1; k < count; ++k) {
    if (k < right) length[k] = std::min(right - k, length[k - left]);
    while (k + length[k] < count && back(length[k]) == back(k + length[k])) ++length[k];
    if (k + length[k] > right) {
      left = k;
      right = k + length[k];
    }
    uint32_t found = static_cast<uint32_t>(std::min(length[k], limit));
    if (found < shortest || found == 0) continue;
    uint32_t& best = longest[back(k - 1)];
    best = std::max(best, found);
  }
  std::erase_if(longest, [&](const auto& entry) {
    auto [begin, end] = by_head.equal_range(entry.first);
    return std::any_of(begin, end, [](const auto& breaker) { return breaker.second->size() == 1; });
  });
  std::vector<std::pair<TokenId, uint32_t>> result(longest.begin(), longest.end());
  std::sort(result.begin(), result.end());
  return result;
}

}  // namespace hearth
