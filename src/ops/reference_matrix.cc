// Linear maps, and the choice of experts that decides which of them are used.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "ops/reference_kernels.h"

namespace hearth::reference {

namespace {

// Row `row` of all the weight's rows of `width` numbers, times x(t, h), plus the row's bias.
float dot(const Weight& w, int64_t row, const Tensor& x, int64_t t, int64_t h) {
  const float *weights = w.numbers.data() + row * x.width, *numbers = x.row(t, h);
  double sum = 0;
  for (int64_t i = 0; i < x.width; ++i) sum += static_cast<double>(weights[i]) * numbers[i];
  return static_cast<float>(w.bias.empty() ? sum : sum + w.bias[row]);
}

// Whether the weight has so many dimensions, and a bias for each row if any.
bool maps(const Weight& w, size_t dimensions) {
  return w.shape.size() == dimensions && (w.bias.empty() || static_cast<int64_t>(w.bias.size() * w.width()) ==
                                                                static_cast<int64_t>(w.numbers.size()));
}

Status linear(Call& call) {
  const Weight& w = *call.in[0].weight;
  const Tensor& x = call.in[1].value;
  Tensor& y = call.out[0];
  TRY_STATUS(fits(call, maps(w, 2) && x.width == w.shape[1] && y.width == w.shape[0] && y.heads == x.heads));
  for (int64_t t = 0; t < y.rows; ++t) {
    for (int64_t h = 0; h < y.heads; ++h) {
      for (int64_t o = 0; o < y.width; ++o) y.at(t, h, o) = dot(w, o, x, t, h);
    }
  }
  return {};
}

Status linears(Call& call) {
  const Weight& w = *call.in[0].weight;
  const Tensor& x = call.in[1].value;
  Tensor& y = call.out[0];
  TRY_STATUS(fits(call, maps(w, 3) && x.width == w.shape[2] && (x.heads == w.shape[0] || x.heads == 1) &&
                            y.heads == w.shape[0] && y.width == w.shape[1]));
  for (int64_t t = 0; t < y.rows; ++t) {
    for (int64_t h = 0; h < y.heads; ++h) {
      for (int64_t o = 0; o < y.width; ++o) {
        y.at(t, h, o) = dot(w, h * y.width + o, x, t, x.heads == 1 ? 0 : h);
      }
    }
  }
  return {};
}

Status experts(Call& call) {
  const Weight& w = *call.in[0].weight;
  const Tensor &e = call.in[1].value, &x = call.in[2].value;
  Tensor& y = call.out[0];
  TRY_STATUS(fits(call, maps(w, 3) && x.width == w.shape[2] && e.heads == 1 && y.heads == e.width &&
                            (x.heads == e.width || x.heads == 1) && y.width == w.shape[1]));
  for (int64_t t = 0; t < y.rows; ++t) {
    for (int64_t k = 0; k < y.heads; ++k) {
      int64_t expert = e.index(t, 0, k);
      if (expert < 0 || expert >= w.shape[0]) return fail("expert {} of {}", expert, w.shape[0]);
      for (int64_t o = 0; o < y.width; ++o) {
        y.at(t, k, o) = dot(w, expert * y.width + o, x, t, x.heads == 1 ? 0 : k);
      }
    }
  }
  return {};
}

Status mix(Call& call) {
  const Argument& w = call.in[0];
  const Tensor& y = call.in[1].value;
  Tensor& out = call.out[0];
  TRY_STATUS(fits(call, w.width() == y.heads && w.stretches_to(out.heads, y.heads) &&
                            w.heads() == out.heads && out.width == y.width));
  for (int64_t t = 0; t < out.rows; ++t) {
    for (int64_t j = 0; j < out.heads; ++j) {
      for (int64_t i = 0; i < out.width; ++i) {
        double sum = 0;
        for (int64_t k = 0; k < y.heads; ++k) sum += w.at(t, j, k) * y.at(t, k, i);
        out.at(t, j, i) = static_cast<float>(sum);
      }
    }
  }
  return {};
}

// The indices of the n largest, in falling order; the lower index wins a tie, and what is no number loses.
std::vector<int64_t> largest(const std::vector<double>& numbers, int64_t n) {
  std::vector<int64_t> order(numbers.size());
  std::iota(order.begin(), order.end(), 0);
  auto rank = [&](int64_t i) { return std::isnan(numbers[i]) ? -INFINITY : numbers[i]; };
  std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) { return rank(a) > rank(b); });
  order.resize(n);
  return order;
}

Status pick(Call& call) {
  const Tensor& p = call.in[0].value;
  const Argument& bias = call.in[2];
  Tensor &e = call.out[0], &w = call.out[1];
  int64_t n = p.width, k = e.width, groups = static_cast<int64_t>(call.in[3].number_or(1)),
          used = static_cast<int64_t>(call.in[4].number_or(1));
  TRY_STATUS(fits(call, p.heads == 1 && e.heads == 1 && w.heads == 1 && w.width == k &&
                            k == call.in[1].number && (!bias || bias.stretches_to(1, n))));
  if (groups < 1 || n % groups != 0 || used < 1 || used > groups || k < 1 || k > used * (n / groups)) {
    return fail("{} of {} cannot be picked from {} of {} groups", k, n, used, groups);
  }
  for (int64_t t = 0; t < p.rows; ++t) {
    std::vector<double> scores(n);
    for (int64_t i = 0; i < n; ++i) scores[i] = p.at(t, 0, i) + (bias ? bias.at(t, 0, i) : 0.0);
    int64_t size = n / groups;
    std::vector<double> best(groups);
    for (int64_t g = 0; g < groups; ++g) {
      std::vector<double> members(scores.begin() + g * size, scores.begin() + (g + 1) * size);
      for (int64_t i : largest(members, std::min<int64_t>(2, size))) best[g] += members[i];
    }
    std::vector<int64_t> open;  // those that take part
    for (int64_t g : largest(best, used)) {
      for (int64_t i = g * size; i < (g + 1) * size; ++i) open.push_back(i);
    }
    std::sort(open.begin(), open.end());
    std::vector<double> theirs;
    for (int64_t i : open) theirs.push_back(scores[i]);
    std::vector<int64_t> chosen = largest(theirs, k);
    for (int64_t j = 0; j < k; ++j) {
      int64_t i = open[chosen[j]];
      e.at(t, 0, j) = std::bit_cast<float>(static_cast<int32_t>(i));
      w.at(t, 0, j) = p.at(t, 0, i);
    }
  }
  return {};
}

constexpr KernelRow kMatrixKernels[] = {
    {Op::linear, "Wx", 1, linear}, {Op::linears, "Wx", 1, linears}, {Op::experts, "Wxx", 1, experts},
    {Op::mix, "tx", 1, mix},       {Op::pick, "xnt?n?n?", 2, pick},
};

}  // namespace

std::span<const KernelRow> matrix_kernels() { return kMatrixKernels; }

}  // namespace hearth::reference
