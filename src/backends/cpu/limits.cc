#include "backends/cpu/limits.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <functional>

#include "backends/cpu/memory.h"
#include "simd/avx512_bf16.h"
#include "simd/avx_vnni.h"
#include "simd/vocabulary.h"

#define HEARTH_BODY "backends/cpu/limits.inl"
#include "simd/each_isa.inl"

namespace hearth {

namespace {

constexpr PerIsa<float (*)(const float*, int64_t)> kReadAll = HEARTH_PER_ISA(read_all);
constexpr PerIsa<float (*)(int64_t, float)> kMultiplyAdd = HEARTH_PER_ISA(multiply_add);
constexpr PerIsa<int64_t (*)()> kFmaRound = HEARTH_PER_ISA(fma_round);

// Dot products of bytes and of bf16. The sets have no words for their own speed, so this asks the processor itself.
constexpr int kByteChains = 10;
[[maybe_unused]] constexpr int kPairChains = 16;

#if HEARTH_X86

__attribute__((target("avx512f,avx512vnni"))) int32_t dot_bytes_512(int64_t rounds, int32_t by) {
  __m512i sums[kByteChains], x = _mm512_set1_epi32(by);
  for (auto& s : sums) s = _mm512_setzero_si512();
  for (int64_t i = 0; i < rounds; ++i) {
    for (auto& s : sums) s = _mm512_dpbusd_epi32(s, x, x);
  }
  __m512i total = sums[0];
  for (int k = 1; k < kByteChains; ++k) total = _mm512_add_epi32(total, sums[k]);
  alignas(64) int32_t lanes[16];
  _mm512_store_si512(lanes, total);
  return lanes[0];
}

__attribute__((target("avx512f,avx512bf16"))) float dot_pairs_512(int64_t rounds, float by) {
  __m512 sums[kPairChains];
  const __m512i x = _mm512_castps_si512(_mm512_set1_ps(by));
  for (auto& s : sums) s = _mm512_setzero_ps();
  for (int64_t i = 0; i < rounds; ++i) {
    for (auto& s : sums)
      s = _mm512_dpbf16_ps(s, reinterpret_cast<__m512bh>(x), reinterpret_cast<__m512bh>(x));
  }
  __m512 total = sums[0];
  for (int k = 1; k < kPairChains; ++k) total = _mm512_add_ps(total, sums[k]);
  alignas(64) float lanes[16];
  _mm512_store_ps(lanes, total);
  return lanes[0];
}

__attribute__((target("avx2,avxvnni"))) int32_t dot_bytes_vnni(int64_t rounds, int32_t by) {
  __m256i sums[kByteChains], x = _mm256_set1_epi32(by);
  for (auto& s : sums) s = _mm256_setzero_si256();
  for (int64_t i = 0; i < rounds; ++i) {
    for (auto& s : sums) s = _mm256_dpbusd_avx_epi32(s, x, x);
  }
  __m256i total = sums[0];
  for (int k = 1; k < kByteChains; ++k) total = _mm256_add_epi32(total, sums[k]);
  alignas(32) int32_t lanes[8];
  _mm256_store_si256(reinterpret_cast<__m256i*>(lanes), total);
  return lanes[0];
}

// Bytes to pairs, pairs to fours, fours to the sum: three instructions where newer processors have one.
__attribute__((target("avx2"))) int32_t dot_bytes_256(int64_t rounds, int32_t by) {
  __m256i sums[kByteChains], x = _mm256_set1_epi32(by), ones = _mm256_set1_epi16(1);
  for (auto& s : sums) s = _mm256_setzero_si256();
  for (int64_t i = 0; i < rounds; ++i) {
    for (auto& s : sums) {
      __m256i pairs = _mm256_maddubs_epi16(x, _mm256_xor_si256(x, s));
      s = _mm256_add_epi32(s, _mm256_madd_epi16(pairs, ones));
    }
  }
  __m256i total = sums[0];
  for (int k = 1; k < kByteChains; ++k) total = _mm256_add_epi32(total, sums[k]);
  alignas(32) int32_t lanes[8];
  _mm256_store_si256(reinterpret_cast<__m256i*>(lanes), total);
  return lanes[0];
}
#elif HEARTH_NEON
__attribute__((target("arch=armv8.2-a+dotprod"))) int32_t dot_bytes_neon(int64_t rounds, int32_t by) {
  int32x4_t sums[kByteChains];
  const int8x16_t x = vreinterpretq_s8_s32(vdupq_n_s32(by));
  for (auto& s : sums) s = vdupq_n_s32(0);
  for (int64_t i = 0; i < rounds; ++i) {
    for (auto& s : sums) s = vdotq_s32(s, x, x);
  }
  int32x4_t total = sums[0];
  for (int k = 1; k < kByteChains; ++k) total = vaddq_s32(total, sums[k]);
  return vgetq_lane_s32(total, 0);
}
#endif

struct ByteDots {
  int32_t (*run)(int64_t rounds, int32_t by) = nullptr;
  int64_t round = 0;  // operations
};

ByteDots byte_dots(Isa isa) {
#if HEARTH_X86
  if (isa == Isa::avx512 && __builtin_cpu_supports("avx512vnni"))
    return {dot_bytes_512, 2 * 64 * kByteChains};
  if (isa == Isa::avx2 && has_avx_vnni()) return {dot_bytes_vnni, 2 * 32 * kByteChains};
  if (isa != Isa::scalar) return {dot_bytes_256, 2 * 32 * kByteChains};
#elif HEARTH_NEON
  if (isa == Isa::neon) return {dot_bytes_neon, 2 * 16 * kByteChains};
#endif
  static_cast<void>(isa);
  return {};
}

// Repeats `work` on all threads at once for so long, and gives the best round's seconds: what comes between on a
// busy machine is no limit of it.
double best_seconds(ThreadPool& pool, double seconds, const std::function<void(Worker)>& work) {
  using Clock = std::chrono::steady_clock;
  auto since = [](Clock::time_point begin) {
    return std::chrono::duration<double>(Clock::now() - begin).count();
  };
  double best = 1e9;
  auto begin = Clock::now();
  do {
    auto round = Clock::now();
    pool.run(work);
    best = std::min(best, since(round));
  } while (since(begin) < seconds);
  return best;
}

}  // namespace

Result<MachineLimits> measure_limits(ThreadPool& pool, Isa isa, double seconds) {
  constexpr int64_t kBytes = int64_t{256} << 20, kFloats = kBytes / 4;
  TRY(cpu::Block block, cpu::Block::make(kBytes, "measuring how fast memory is read"));
  auto* floats = reinterpret_cast<float*>(block.data());
  pool.run([&](Worker worker) {
    auto [begin, end] = worker.part(kFloats);
    std::fill(floats + begin, floats + end, 1.0f);
  });
  std::atomic<float> sink{0};  // keeps the work from being left out
  MachineLimits limits;
  double read = best_seconds(pool, seconds / 2, [&](Worker worker) {
    auto [begin, end] = worker.part(kFloats);
    sink = kReadAll[isa](floats + begin, end - begin);
  });
  limits.bytes = kBytes / read;
  constexpr int64_t kRounds = 100'000;
  double multiply = best_seconds(pool, seconds / 4, [&](Worker) { sink = kMultiplyAdd[isa](kRounds, 0.5f); });
  limits.f32_ops = static_cast<double>(kFmaRound[isa]() * kRounds * pool.threads()) / multiply;
  if (ByteDots dots = byte_dots(isa); dots.run) {
    double dot = best_seconds(pool, seconds / 4,
                              [&](Worker) { sink = static_cast<float>(dots.run(kRounds, 0x01010101)); });
    limits.int8_ops = static_cast<double>(dots.round * kRounds * pool.threads()) / dot;
  }
#if HEARTH_X86
  if (isa == Isa::avx512 && has_fast_avx512_bf16()) {
    double pairs = best_seconds(pool, seconds / 4, [&](Worker) { sink = dot_pairs_512(kRounds, 0.5f); });
    limits.bf16_ops = 2.0 * 32 * kPairChains * static_cast<double>(kRounds * pool.threads()) / pairs;
  }
#endif
  return limits;
}

}  // namespace hearth
