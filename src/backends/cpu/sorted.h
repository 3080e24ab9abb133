// Outputs sorted by expert, so that each expert's weights pass once. Every thread sorts for itself: that is
// cheaper than to meet. The lists lie in its scratch.
#pragma once

#include <fmt/format.h>

#include "backends/cpu/frame.h"

namespace hearth::cpu {

struct SortedByExpert {
  int32_t *begins, *places, *active;  // where each expert's places begin; the places; experts that have any
  int32_t actives = 0;

  // What the lists take, for so many places.
  static int64_t bytes(int64_t experts, int64_t places) { return 4 * (2 * experts + 2 + places); }

  // `at`: where in the scratch. A place is the row and head of an output, row * heads + head.
  SortedByExpert(const Indices& chosen, const Output& y, int64_t experts, const Task& task, int64_t at) {
    const int64_t n = experts, k = y.heads, rows = task.frame.count(y.rows);
    begins = reinterpret_cast<int32_t*>(task.scratch + at);
    active = begins + n + 2;
    places = active + n;
    for (int64_t e = 0; e < n + 2; ++e) begins[e] = 0;
    for (int64_t i = 0; i < rows * k; ++i) {
      int64_t e = chosen.at(i / k, 0)[i % k * chosen.step];
      if (e < 0 || e >= n) {
        task.frame.fault.note(fmt::format("expert {} of {} is asked for", e, n));
      } else {
        ++begins[e + 2];
      }
    }
    for (int64_t e = 0; e < n; ++e) {
      if (begins[e + 2] > 0) active[actives++] = static_cast<int32_t>(e);
      begins[e + 2] += begins[e + 1];
    }
    // begins[e + 1] moves from where the places of e begin to where they end.
    for (int64_t i = 0; i < rows * k; ++i) {
      int64_t e = chosen.at(i / k, 0)[i % k * chosen.step];
      if (e >= 0 && e < n) places[begins[e + 1]++] = static_cast<int32_t>(i);
    }
  }
};

}  // namespace hearth::cpu
