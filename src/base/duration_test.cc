#include "base/duration.h"

#include <gtest/gtest.h>

namespace hearth {
namespace {

TEST(Duration, IsANumberOfSecondsOrHasUnits) {
  const std::pair<const char*, double> right[] = {{"300", 300},    {"5m", 300},    {"1h30m", 5400},
                                                  {"-1", -1},      {"0", 0},       {"1.5s", 1.5},
                                                  {"250ms", 0.25}, {"2d", 172800}, {"-5m", -300}};
  for (auto [text, seconds] : right) EXPECT_EQ(parse_duration(text), seconds) << text;
  for (const char* wrong : {"", "-", "m", "5x", "5m3", "1e9", "nan", "inf", " 5", "5 m", "--1", "5m-3s"})
    EXPECT_EQ(parse_duration(wrong), std::nullopt) << wrong;
}

}  // namespace
}  // namespace hearth
