// Products of weights with vectors. A line is one vector of inputs and where its outputs go: a token's, a
// head's, or a token's for one of its experts.
#pragma once

#include "backends/cpu/binder.h"

namespace hearth::cpu {

struct Line {
  const float* x;
  float* y;
};

// Every output is summed in one order, whatever the number of lines, threads or rows: columns in chunks of
// kChunk, each a chain of vectors whose lanes are added at the chunk's end; the chunks in order; then the bias.
inline constexpr int kChunk = 512;
inline constexpr int kRowsAtOnce = 16;    // of which a chunk is decoded for all lines: 32 kB, near enough
inline constexpr int kLinesAtOnce = 256;  // whose chunks stay in the second cache while rows pass
inline constexpr int64_t kMatrixScratch = int64_t{kRowsAtOnce} * kChunk * 4;

struct MatrixCall {
  Matrix matrix;
  Input x;
  Output y;
  Indices chosen;  // experts: which, for each row and head of y
};
using MatrixKernel = void (*)(const MatrixCall& call, const Task& task);

// One kernel for each use of a matrix, in one format.
struct MatrixKernels {
  MatrixKernel linear;   // one matrix, a line for each row and head
  MatrixKernel linears;  // a matrix for each head
  MatrixKernel experts;  // a matrix for each chosen index
};

}  // namespace hearth::cpu
