#include "quant/codebooks/envelope.h"

#include <algorithm>
#include <limits>

namespace hearth {

void append(Envelope& envelope, float a, float b, int point) {
  while (!envelope.empty()) {
    Corner& last = envelope.back();
    if (b > last.b) {
      float t = (a - last.a) / (2 * (b - last.b));
      if (t > (envelope.size() > 1 ? envelope[envelope.size() - 2].until : 0)) {
        last.until = t;
        break;
      }
    } else if (a >= last.a) {
      return;
    }
    envelope.pop_back();
  }
  envelope.push_back({a, b, std::numeric_limits<float>::infinity(), point});
}

void add(std::span<const Envelope> parts, Envelope& sum) {
  constexpr size_t kParts = 8;
  const Corner* at[kParts];
  double a = 0, b = 0;
  for (size_t i = 0; i < parts.size(); ++i) {
    at[i] = parts[i].data();
    a += at[i]->a;
    b += at[i]->b;
  }
  sum.clear();
  for (;;) {
    float until = at[0]->until;
    for (size_t i = 1; i < parts.size(); ++i) until = std::min(until, at[i]->until);
    sum.push_back({static_cast<float>(a), static_cast<float>(b), until, 0});
    if (until == std::numeric_limits<float>::infinity()) return;
    for (size_t i = 0; i < parts.size(); ++i) {
      if (at[i]->until > until) continue;
      const Corner* next = at[i] + 1;
      a += next->a - at[i]->a;
      b += next->b - at[i]->b;
      at[i] = next;
    }
  }
}

void unite(const Envelope& one, const Envelope& other, Envelope& both) {
  both.clear();
  size_t i = 0, j = 0;
  while (i < one.size() || j < other.size()) {
    bool first = j == other.size() || (i < one.size() && one[i].b <= other[j].b);
    const Corner& next = first ? one[i++] : other[j++];
    append(both, next.a, next.b, next.point);
  }
}

}  // namespace hearth
