#include "formats/importance_statistics.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace hearth {

namespace {

// Of the matrices that met rows, largest first.
std::vector<double> falling_means(const InputSquares& squares, uint64_t columns) {
  std::vector<double> means;
  for (size_t i = 0; i < squares.sums.size(); ++i) {
    if (uint64_t rows = squares.rows[i / columns]) {
      means.push_back(squares.sums[i] / static_cast<double>(rows));
    }
  }
  std::sort(means.begin(), means.end(), std::greater<>());
  return means;
}

// The share of the numbers, from the first, that it takes to reach the given part of their sum.
double reach(std::span<const double> falling, double part) {
  double seen = 0;
  size_t taken = 0;
  while (taken < falling.size() && seen < part) seen += falling[taken++];
  return static_cast<double>(taken) / static_cast<double>(falling.size());
}

}  // namespace

ImportanceStatistics statistics_of(const InputSquares& squares) {
  ImportanceStatistics found;
  found.rows = squares.most_rows();
  found.matrices = squares.rows.size();
  found.unused = static_cast<uint64_t>(std::count(squares.rows.begin(), squares.rows.end(), 0));
  std::vector<double> means = falling_means(squares, squares.sums.size() / squares.rows.size());
  found.columns = means.size();
  double sum = std::accumulate(means.begin(), means.end(), 0.0);
  if (means.empty() || sum <= 0) return found;
  auto count = static_cast<double>(means.size());
  found.mean = sum / count;
  found.largest = means.front() / sum;
  found.half = reach(means, 0.5 * sum);
  found.most = reach(means, 0.9 * sum);
  found.silent = static_cast<double>(std::count(means.begin(), means.end(), 0.0)) / count;
  for (double mean : means) {
    if (double share = mean / sum; share > 0) found.entropy -= share * std::log2(share);
  }
  found.evenness = means.size() > 1 ? found.entropy / std::log2(count) : 1;
  return found;
}

}  // namespace hearth
