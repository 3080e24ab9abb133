// The codebooks of the iq formats: the points that stand for eight numbers (iq1, iq2) or four (iq3) at once.
#pragma once

#include <cstdint>

namespace hearth {

// A coordinate of a point is one of a few levels, its digit says which. Of all points that can be written with
// these levels a format has some, numbered in ascending order of their digits, the first one the lowest.
template <int kDigitsOfPoint, int kLevelsOfDigit, int kPointsOfBook>
struct Codebook {
  static constexpr int kDigits = kDigitsOfPoint, kLevels = kLevelsOfDigit, kPoints = kPointsOfBook;
  // A fourth of a point's digits: what a code has in four bits.
  static constexpr int kFieldDigits = kDigits / 4, kDigitBits = 4 / kFieldDigits;

  int8_t levels[kLevels];
  alignas(64) int8_t values[kPoints][kDigits];
  alignas(64) uint16_t codes[kPoints];  // the digits, the first ones in the lowest bits
  float fields[kFieldDigits][16];       // of four bits of a code, the levels of the digits in them
};

// Their digits' levels.
inline constexpr int8_t kIq1Levels[] = {-1, 0, 1};
inline constexpr int8_t kIq2Levels[] = {8, 25, 43};
inline constexpr int8_t kIq3_xxsLevels[] = {4, 12, 20, 28, 36, 44, 52, 62};
inline constexpr int8_t kIq3_sLevels[] = {1, 3, 5, 7, 9, 11, 13, 15};

extern const Codebook<8, 3, 256> kIq2_xxsBook;
extern const Codebook<8, 3, 512> kIq2_xsBook;
extern const Codebook<8, 3, 1024> kIq2_sBook;
extern const Codebook<8, 3, 2048> kIq1Book;
extern const Codebook<4, 8, 256> kIq3_xxsBook;
extern const Codebook<4, 8, 512> kIq3_sBook;

}  // namespace hearth
