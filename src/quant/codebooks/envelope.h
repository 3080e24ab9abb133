// Which points of a codebook can be the best ones for some numbers x with weights w, at any scale.
//
// At the scale s, point g leaves the error  sum w (x - s g)^2 = sum w x^2 + s^2 a - 2 s b,  with a = sum w g^2 and
// b = sum w x g. With t = 1 / s that is s^2 (a - 2 b t) and a constant: a line over t for each point. So a point is
// best at some scale if its line is part of the lower envelope of all lines: a handful of them, and whatever is then
// tried with scales costs a look at this handful. Sums of envelopes are those of several points with one scale.
#pragma once

#include <span>
#include <vector>

namespace hearth {

struct Corner {
  float a, b;
  float until;  // best from where the one before it ends to this t
  int point;

  float error(float s) const { return s * (s * a - 2 * b); }
};

// In ascending order of b and of t. Never empty; the last one is best for all the rest.
using Envelope = std::vector<Corner>;

// A point with a b not less than those that are there: out goes what is no longer part of the envelope.
void append(Envelope& envelope, float a, float b, int point);

// The best for `t`; `hint` is a place in the envelope not far from it, and then its place.
inline const Corner& corner_at(const Envelope& envelope, float t, size_t& hint) {
  while (envelope[hint].until < t) ++hint;
  while (hint > 0 && envelope[hint - 1].until >= t) --hint;
  return envelope[hint];
}
inline const Corner& corner_at(const Envelope& envelope, float t) {
  size_t hint = 0;
  return corner_at(envelope, t, hint);
}

// Points that are chosen apart, with one scale; the corners have no points then.
void add(std::span<const Envelope> parts, Envelope& sum);
// Either's points.
void unite(const Envelope& one, const Envelope& other, Envelope& both);

}  // namespace hearth
