// What is counted while requests are served, for those who watch. Any thread may count and read at any time.
#pragma once

#include <array>
#include <atomic>
#include <span>
#include <string>
#include <string_view>

#include "engine/request.h"

namespace hearth {

// How many values were at most as large as each of some limits, in the manner of Prometheus.
class Histogram {
 public:
  explicit Histogram(std::span<const double> limits) : limits_(limits) {}

  void add(double value, uint64_t times = 1);
  // Appends the lines of NAME_bucket, NAME_sum and NAME_count; `labels` may be empty.
  void write(std::string& out, std::string_view name, std::string_view labels) const;

 private:
  static constexpr size_t kMost = 24;
  std::span<const double> limits_;  // static; at most kMost
  std::array<std::atomic<uint64_t>, kMost + 1> counts_{};
  std::atomic<double> sum_{0};
};

inline constexpr double kTokenSeconds[] = {0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2,
                                           0.3,  0.4,   0.5,  0.75,  1,   2.5};
inline constexpr double kFirstSeconds[] = {0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1,
                                           0.25,  0.5,   0.75, 1,    2.5,  5,    7.5,  10};
inline constexpr double kRequestSeconds[] = {0.01, 0.02, 0.04, 0.08,  0.16,  0.32,  0.64,
                                             1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92};
inline constexpr double kChoices[] = {1, 2, 4, 8, 16, 32, 64, 128};
inline constexpr double kJoules[] = {0.01, 0.1, 1, 3, 10, 30, 100, 300, 1000, 3000, 10000, 100000};
inline constexpr double kTokens[] = {1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576};

// Of one model.
struct Meters {
  std::array<std::atomic<uint64_t>, 7> finished{};  // by Finish
  Histogram first_token{kFirstSeconds}, between_tokens{kTokenSeconds}, request{kRequestSeconds},
      queue{kRequestSeconds}, reading{kRequestSeconds}, writing{kRequestSeconds}, prompt_tokens{kTokens},
      tokens{kTokens}, inference{kRequestSeconds}, token_of_request{kTokenSeconds}, most{kTokens},
      choices{kChoices}, joules{kJoules};
  std::atomic<uint64_t> reasoning_tokens{0};

  std::atomic<bool> counts_joules{false};  // the machine tells them

  void asked(int64_t choices_asked, int64_t most_asked);
  void add(Finish finish, const Usage& usage, int64_t reasoning_tokens = 0);
};

}  // namespace hearth
