// Weights laid out for products. A panel is some rows side by side, so that no sum ever crosses lanes and a panel is
// one stream of memory.
//
// Of quantized weights, a vector holds four columns, a byte each, of as many rows as it has lanes, for products in
// whole numbers. Everything lies in the order in which it is read, scales of a few blocks before their codes, so that
// the processor itself fetches what comes next. Inputs are rounded to bytes in blocks of 32 with a scale each, once for
// all that read them. An output is the sum over the blocks of 32 columns, in order, of
//   (sum of code * byte) * scale of the weights * scale of the inputs  (+ minimum * sum of the inputs),
// the sum in brackets being exact.
//
// Of floats (float_panels.inl), a vector holds one column of as many rows as it has lanes, and inputs stay as they are.
// Of bf16, where a processor multiplies pairs of them as fast as numbers of f32 (pair_panels.inl), it holds two columns,
// and inputs are rounded to bf16.
//
// The order of sums is the same for one line and for many.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "backends/cpu/matrix.h"
#include "backends/cpu/memory.h"

namespace hearth::cpu {

// 32 numbers of a line.
struct InputBlock {
  int8_t q[32];
  float d;                       // a number is about d * q
  float sum;                     // d * the sum of q
  int32_t less_first, less_all;  // minus the sum of the first 16 of q, and of all
};
static_assert(sizeof(InputBlock) == 48);

// And so many as they are. A row's sum is a chain for each of them, which is to be short: errors grow with it.
inline constexpr int kInputChunk = 32;
struct InputChunk {
  float x[kInputChunk];
};
// And in bf16, which errs more by itself; zeros behind the last one.
inline constexpr int kInputPairs = 128;
struct InputPairs {
  uint16_t x[kInputPairs];
};

// What a product reads its inputs from: piece p of line l at [p * lines + l].
enum class InputForm : uint8_t { blocks, chunks, pairs };
inline constexpr size_t kInputForms = 3;
inline constexpr int64_t input_bytes(InputForm form, int64_t width) {
  auto pieces = [width](int64_t numbers, size_t bytes) {
    return (width + numbers - 1) / numbers * static_cast<int64_t>(bytes);
  };
  switch (form) {
    case InputForm::blocks: return pieces(32, sizeof(InputBlock));
    case InputForm::chunks: return pieces(kInputChunk, sizeof(InputChunk));
    case InputForm::pairs: return pieces(kInputPairs, sizeof(InputPairs));
  }
  return 0;
}

// Bits of a code, and what is taken from what it becomes (1 << kOffset; none where kOffset is negative).
template <int bits, int offset>
struct CodeLayout {
  static constexpr int kBits = bits, kOffset = offset;
};

// How scales lie in front of the codes of kBlocks blocks of 32 columns: in bytes for each row.
template <int every>
struct HalvesOf {  // one f16 for so many blocks
  static constexpr int kBlocks = 2 * every, kBytes = 4;
};
using HalfScales = HalvesOf<1>;
struct HalfPairScales {  // f16: scale and minimum, or the scales of 16 numbers each
  static constexpr int kBlocks = 1, kBytes = 4;
};
struct ExponentScales {  // one power of two
  static constexpr int kBlocks = 4, kBytes = 4;
};
struct K4Scales {  // f16 scale and minimum, for each block a multiple of both
  static constexpr int kBlocks = 8, kBytes = 4 + 8 + 8;
};
struct K6Scales {  // f16 scale, a multiple for each 16 numbers; two unused bytes
  static constexpr int kBlocks = 8, kBytes = 4 + 16;
};
struct X4Scales {  // f16 scale, a multiple for each block; two unused bytes
  static constexpr int kBlocks = 8, kBytes = 4 + 8;
};
struct K2Scales {  // f16 scale and minimum, multiples of both in one byte for each 16 numbers
  static constexpr int kBlocks = 8, kBytes = 4 + 16;
};
struct ShiftScales : X4Scales {
};  // as X4Scales; an eighth of the scale is added, or taken where it is negative
template <class Layout>
struct Eighths : Layout {};  // the same, an eighth of it

template <class Codes, class Scales>
constexpr int64_t bytes_of_run(int64_t rows) {  // kBlocks blocks of a panel's rows
  return rows * (Scales::kBytes + Scales::kBlocks * 4 * Codes::kBits);
}

// The quantized formats that have panels. X(type, codes, scales)
#define HEARTH_PANELS(X)                           \
  X(q4_0, Plain4<3>, HalfScales)                   \
  X(q4_1, Plain4<-1>, HalfPairScales)              \
  X(q5_0, Plain5<4>, HalfScales)                   \
  X(q5_1, Plain5<-1>, HalfPairScales)              \
  X(q8_0, Plain8, HalfScales)                      \
  X(q2_k, Plain2<-1>, K2Scales)                    \
  X(q3_k, Plain3<2>, K6Scales)                     \
  X(q4_k, Plain4<-1>, K4Scales)                    \
  X(q5_k, Plain5<-1>, K4Scales)                    \
  X(q6_k, Plain6, K6Scales)                        \
  X(iq1_s, Plain2<0>, ShiftScales)                 \
  X(iq1_m, Table3<cpu::kIq1Bytes>, Eighths6)       \
  X(iq2_xxs, Table3<cpu::kIq2Bytes>, Eighths4)     \
  X(iq2_xs, Table3<cpu::kIq2Bytes>, Eighths6)      \
  X(iq2_s, Table3<cpu::kIq2Bytes>, Eighths6)       \
  X(iq3_xxs, Table4<cpu::kIq3_xxsBytes>, Eighths4) \
  X(iq3_s, Table4<cpu::kIq3_sBytes>, X4Scales)     \
  X(iq4_nl, Iq4Codes, HalfScales)                  \
  X(iq4_xs, Iq4Codes, X4Scales)                    \
  X(mxfp4, Table4<cpu::kFp4Bytes>, ExponentScales) \
  X(nvfp4, Table4<cpu::kFp4Bytes>, HalfPairScales) \
  X(q1_0, Plain1, HalvesOf<4>)                     \
  X(q2_0, Plain2<0>, HalvesOf<2>)                  \
  X(tq1_0, Plain2<0>, HalvesOf<8>)                 \
  X(tq2_0, Plain2<0>, HalvesOf<8>)

using Eighths4 = Eighths<X4Scales>;
using Eighths6 = Eighths<K6Scales>;

struct PanelMatrix {
  const std::byte* bytes = nullptr;
  int64_t count = 1, rows = 1, columns = 1;
  int64_t panel_rows = 0, panel_bytes = 0;
  const float* bias = nullptr;

  int64_t panels() const { return (rows + panel_rows - 1) / panel_rows; }  // of each matrix
};

struct PanelCall {
  PanelMatrix matrix;
  const void* inputs = nullptr;  // in the format's form
  Rows x_rows = Rows::tokens;
  int64_t x_heads = 1;  // lines for each row
  Output y;
  Indices chosen;
};

// Some lines that meet a panel together: which they are, and where their outputs go.
inline constexpr int kPanelLines = 128;
struct PanelLines {
  const void* inputs;
  int64_t lines;  // of the inputs in all
  int32_t count;
  int32_t at[kPanelLines];
  float* y[kPanelLines];
};
// All columns of one panel, whose sums go to sums[line][row].
using PanelProduct = void (*)(const std::byte* panel, int64_t columns, const PanelLines& lines, float* sums);
using PanelKernel = void (*)(const PanelCall& call, const Task& task);
// Lines [begin, end) of x into a form.
using PutInput = void (*)(const Input& x, void* inputs, int64_t lines, int64_t begin, int64_t end);

// How a format's rows become panels in one instruction set, and their products.
struct PanelFormat {
  PanelProduct one = nullptr, many = nullptr;  // lines
  int64_t rows = 0, vectors = 1;               // of a panel
  int64_t run_bytes = 0, run_columns = 0;      // a run: the scales and codes of some columns
  InputForm inputs = InputForm::blocks;
  explicit operator bool() const { return one != nullptr; }

  int64_t lanes() const { return rows / vectors; }
  int64_t panel_bytes(int64_t columns) const { return (columns + run_columns - 1) / run_columns * run_bytes; }
  int64_t panels(int64_t of_rows) const { return (of_rows + rows - 1) / rows; }
};
// The sets of products that this processor can run, those that are faster for an instruction set behind its own.
struct PanelSet {
  std::string_view name;
  Isa isa;
  PanelFormat (*format)(Type type);
};
std::span<const PanelSet> panel_sets();        // in whole numbers
std::span<const PanelSet> float_panel_sets();  // of floats
// The fastest. Nothing (false) for types that have no panels.
PanelFormat panel_format(Isa isa, Type type);

// What an instruction set does with any of them.
struct PanelKernels {
  PutInput put[kInputForms];
  void (*linear)(const PanelCall& call, const PanelFormat& format, const Task& task);
  void (*linears)(const PanelCall& call, const PanelFormat& format, const Task& task);
  void (*experts)(const PanelCall& call, const PanelFormat& format, const Task& task);
};
const PanelKernels& panel_kernels(Isa isa);

// So far ahead of where they are used weights are asked for.
inline constexpr int kAhead = 8192, kCacheLine = 64;

inline constexpr int kFloatPanelRows = 32;
inline constexpr int64_t kMostPanelRows = 32;
inline constexpr int64_t kPanelScratch = kPanelLines * kMostPanelRows * int64_t{sizeof(float)};

// Lays the rows of `count` matrices out as panels, in all threads of the pool.
Result<const std::byte*> pack_panels(Type type, std::span<const std::byte> bytes, int64_t count, int64_t rows,
                                     int64_t columns, const PanelFormat& format, ThreadPool& pool,
                                     Arena& arena);

}  // namespace hearth::cpu
