// What a person wants to know of a tensor's importances.
#pragma once

#include "formats/importance.h"

namespace hearth {

struct ImportanceStatistics {
  uint64_t rows = 0;                  // that met the tensor, or of experts the busiest one
  uint64_t matrices = 1, unused = 0;  // how many met no row
  uint64_t columns = 0;               // of all matrices that met rows; the rest is about them
  double mean = 0;                    // of the columns' mean squares
  double largest = 0;                 // the share of the largest in the sum of all
  double half = 0,
         most = 0;    // the shares of columns, the largest first, that make up 50 % and 90 % of the sum
  double silent = 0;  // the share of columns that met only zeros
  // The entropy of the columns' shares in the sum, in bits, and as a share of what it would be if all were alike.
  double entropy = 0, evenness = 0;
};

ImportanceStatistics statistics_of(const InputSquares& squares);

}  // namespace hearth
