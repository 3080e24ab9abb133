namespace hearth::HEARTH_SIMD {

using cpu::kChunk;
using cpu::kLinesAtOnce;
using cpu::kRowsAtOnce;
using cpu::Line;
using cpu::Matrix;
using cpu::MatrixCall;
using cpu::MatrixKernels;
using cpu::Task;

// Lines that share each weight while it is in a register: with 4 rows of weights, what registers there are.
inline constexpr int kTile = kRegisters >= 32 ? 6 : kRegisters >= 16 ? 3 : 1;

struct MultiplyEach {
  const float* x;
  F* sum;
  HEARTH_INLINE void operator()(int i, F w) const { *sum = fma(w, load(x + i * kLanes), *sum); }
};

// Columns [from, to) of one row of weights times x, added to `sum`, without a detour through memory.
template <class D>
HEARTH_INLINE void multiply_row(const std::byte* row, const float* x, int64_t from, int64_t to, F& sum) {
  const std::byte* p = row + from / D::kStep * D::kStepBytes;
  int64_t i = from;
  for (; i + D::kStep <= to; i += D::kStep, p += D::kStepBytes) D::decode(p, MultiplyEach{x + i, &sum});
  if constexpr (D::kStep == kLanes) {
    if (i < to) sum = fma(D::part(p, static_cast<int>(to - i)), load(x + i, static_cast<int>(to - i)), sum);
  }
}

// How far ahead in each row memory is asked for.
inline constexpr int kAhead = 1024;

// One line: weights pass once, straight from memory into the sums. Four rows at once, to have four chains.
template <class D>
void multiply_line(const Matrix& m, const std::byte* bytes, const float* bias, int64_t begin, int64_t end,
                   Line line) {
  constexpr int64_t kPiece = D::kStep == kLanes ? 8 * kLanes : D::kStep;
  for (int64_t r = begin; r < end; r += 4) {
    const std::byte* row[4];
    for (int64_t k = 0; k < 4; ++k) row[k] = bytes + (r + k < end ? r + k : end - 1) * m.row_bytes;
    float total[4] = {};
    for (int64_t from = 0; from < m.columns; from += kChunk) {
      int64_t to = m.columns - from < kChunk ? m.columns : from + kChunk;
      F sum[4] = {set(0.0f), set(0.0f), set(0.0f), set(0.0f)};
      // Piece by piece, so that the chains of the four rows run side by side.
      for (int64_t i = from; i < to; i += kPiece) {
        int64_t until = to - i < kPiece ? to : i + kPiece;
        for (int k = 0; k < 4; ++k) {
          const std::byte* p = row[k] + i / D::kStep * D::kStepBytes;
          for (int at = 0; at < kPiece / D::kStep * D::kStepBytes; at += 64) prefetch(p + kAhead + at);
          multiply_row<D>(row[k], line.x, i, until, sum[k]);
        }
      }
      float part[4];
      sums(part, sum[0], sum[1], sum[2], sum[3]);
      for (int k = 0; k < 4; ++k) total[k] = from == 0 ? part[k] : total[k] + part[k];
    }
    for (int64_t k = 0; k < 4 && r + k < end; ++k) line.y[r + k] = bias ? total[k] + bias[r + k] : total[k];
  }
}

// Four rows of decoded weights, kChunk apart, times n lines.
template <int n>
HEARTH_INLINE void multiply_tile(const float* w, const Line* lines, int64_t from, int count, float (*to)[4]) {
  F acc[n][4];
  for (int t = 0; t < n; ++t) {
    for (int k = 0; k < 4; ++k) acc[t][k] = set(0.0f);
  }
  int i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    F x[n];
    for (int t = 0; t < n; ++t) x[t] = load(lines[t].x + from + i);
    for (int k = 0; k < 4; ++k) {
      F v = load(w + k * kChunk + i);
      for (int t = 0; t < n; ++t) acc[t][k] = fma(v, x[t], acc[t][k]);
    }
  }
  if (i < count) {
    for (int t = 0; t < n; ++t) {
      F x = load(lines[t].x + from + i, count - i);
      for (int k = 0; k < 4; ++k) acc[t][k] = fma(load(w + k * kChunk + i, count - i), x, acc[t][k]);
    }
  }
  for (int t = 0; t < n; ++t) sums(to[t], acc[t][0], acc[t][1], acc[t][2], acc[t][3]);
}

template <int n>
void multiply_tile_of(int lines, const float* w, const Line* line, int64_t from, int count, float (*to)[4]) {
  if (lines == n) return multiply_tile<n>(w, line, from, count, to);
  if constexpr (n > 1) multiply_tile_of<n - 1>(lines, w, line, from, count, to);
}

// Several lines: a chunk of some rows is decoded once and stays near while all lines meet it.
template <class D>
void multiply_lines(const Matrix& m, const std::byte* bytes, const float* bias, int64_t begin, int64_t end,
                    const Line* lines, int count, float* decoded) {
  for (int64_t r = begin; r < end; r += kRowsAtOnce) {
    int rows = static_cast<int>(end - r < kRowsAtOnce ? end - r : kRowsAtOnce);
    for (int64_t from = 0; from < m.columns; from += kChunk) {
      int columns = static_cast<int>(m.columns - from < kChunk ? m.columns - from : kChunk);
      for (int k = 0; k < rows; ++k) {
        const std::byte* p = bytes + (r + k) * m.row_bytes + from / D::kStep * D::kStepBytes;
        decode_row<D>(p, decoded + k * kChunk, columns);
      }
      for (int t = 0; t < count; t += kTile) {
        int tile = count - t < kTile ? count - t : kTile;
        for (int k = 0; k < rows; k += 4) {
          // Where fewer than four rows are left, the rest of the buffer is multiplied and dropped.
          float part[kTile][4];
          multiply_tile_of<kTile>(tile, decoded + k * kChunk, lines + t, from, columns, part);
          int kept = rows - k < 4 ? rows - k : 4;
          for (int s = 0; s < tile; ++s) {
            float* y = lines[t + s].y + r + k;
            if (kept == 4) {
              for (int j = 0; j < 4; ++j) y[j] = from == 0 ? part[s][j] : y[j] + part[s][j];
            } else {
              for (int j = 0; j < kept; ++j) y[j] = from == 0 ? part[s][j] : y[j] + part[s][j];
            }
          }
        }
      }
    }
    for (int t = 0; bias && t < count; ++t) {
      for (int k = 0; k < rows; ++k) lines[t].y[r + k] += bias[r + k];
    }
  }
}

// Rows [begin, end) of matrix `which` times `count` lines, line_of(i) being the i-th.
template <class D, class LineOf>
void multiply(const Matrix& m, int64_t which, int64_t begin, int64_t end, int64_t count,
              const LineOf& line_of, std::byte* scratch) {
  const std::byte* bytes = m.bytes + which * m.rows * m.row_bytes;
  const float* bias = m.bias ? m.bias + which * m.rows : nullptr;
  for (int64_t first = 0; first < count; first += kLinesAtOnce) {
    Line lines[kLinesAtOnce];
    int n = static_cast<int>(count - first < kLinesAtOnce ? count - first : kLinesAtOnce);
    for (int i = 0; i < n; ++i) lines[i] = line_of(first + i);
    if (n == 1) {
      multiply_line<D>(m, bytes, bias, begin, end, lines[0]);
    } else {
      multiply_lines<D>(m, bytes, bias, begin, end, lines, n, reinterpret_cast<float*>(scratch));
    }
  }
}

struct LineOfHeads {
  const MatrixCall& call;
  HEARTH_INLINE Line operator()(int64_t i) const {
    int64_t t = i / call.y.heads, h = i % call.y.heads;
    return {call.x.at(t, h), call.y.at(t, h)};
  }
};

struct LineOfRows {
  const MatrixCall& call;
  int64_t head;
  HEARTH_INLINE Line operator()(int64_t t) const { return {call.x.at(t, head), call.y.at(t, head)}; }
};

// Row and head of the outputs that chose one expert, in order.
struct LineOfChosen {
  const MatrixCall& call;
  const int32_t* places;
  HEARTH_INLINE Line operator()(int64_t i) const {
    int64_t t = places[i] / call.y.heads, k = places[i] % call.y.heads;
    return {call.x.at(t, k), call.y.at(t, k)};
  }
};

template <class D>
void linear(const MatrixCall& call, const Task& task) {
  int64_t lines = task.frame.count(call.y.rows) * call.y.heads;
  for (Worker::Range r; task.take(call.matrix.rows, kRowsAtOnce, r);) {
    multiply<D>(call.matrix, 0, r.begin, r.end, lines, LineOfHeads{call}, task.scratch);
  }
}

template <class D>
void linears(const MatrixCall& call, const Task& task) {
  int64_t lines = task.frame.count(call.y.rows);
  int64_t pieces = (call.matrix.rows + kRowsAtOnce - 1) / kRowsAtOnce;
  for (Worker::Range r; task.take(call.matrix.count * pieces, 1, r);) {
    int64_t h = r.begin / pieces, begin = r.begin % pieces * kRowsAtOnce;
    int64_t end = begin + kRowsAtOnce < call.matrix.rows ? begin + kRowsAtOnce : call.matrix.rows;
    multiply<D>(call.matrix, h, begin, end, lines, LineOfRows{call, h}, task.scratch);
  }
}

template <class D>
void experts(const MatrixCall& call, const Task& task) {
  cpu::SortedByExpert sorted(call.chosen, call.y, call.matrix.count, task, cpu::kMatrixScratch);
  int64_t pieces = (call.matrix.rows + kRowsAtOnce - 1) / kRowsAtOnce;
  for (Worker::Range r; task.take(sorted.actives * pieces, 1, r);) {
    int32_t e = sorted.active[r.begin / pieces], first = sorted.begins[e];
    int64_t begin = r.begin % pieces * kRowsAtOnce;
    int64_t end = begin + kRowsAtOnce < call.matrix.rows ? begin + kRowsAtOnce : call.matrix.rows;
    multiply<D>(call.matrix, e, begin, end, sorted.begins[e + 1] - first,
                LineOfChosen{call, sorted.places + first}, task.scratch);
  }
}

inline MatrixKernels matrix_kernels(Type type) {
  switch (type) {
#define X(name, D) \
  case Type::name: return {linear<D>, linears<D>, experts<D>};
    HEARTH_FORMATS(X)
#undef X
    default: return {};
  }
}

}  // namespace hearth::HEARTH_SIMD
