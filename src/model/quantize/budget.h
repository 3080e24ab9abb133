// One option for each of many things, so that together they cost no more than a limit and err least.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace hearth {

struct Option {
  uint64_t cost;
  double error;
};

// The index of an option for each item; every item has at least one. Nothing if the cheapest options together
// cost more than `limit`. The sum of errors is the least or near it: the convex hull of each item's options
// is climbed in the order of what a byte buys, which is the least at the limits where that ends exactly, and
// what is left of the limit is spent on single options and on exchanges of two, until none helps.
std::optional<std::vector<size_t>> choose_within(std::span<const std::vector<Option>> items, uint64_t limit);

}  // namespace hearth
