// What this machine can do at best, measured: how fast it reads memory and how much it computes. Any speed is
// told beside these, since a number without its limit says nothing.
#pragma once

#include "base/threads.h"
#include "simd/isa.h"

namespace hearth {

struct Limits {
  double read_gb_s = 0;     // of memory that no cache holds, all threads together
  double f32_gflop_s = 0;   // multiplications and additions of f32
  double int8_gop_s = 0;    // of bytes, summed in int32; 0 where the set has no instruction for it
  double bf16_gflop_s = 0;  // of bf16, summed in f32; 0 where nothing is computed so
};

// Takes about `seconds`, and 256 MB of memory while it does.
Result<Limits> measure_limits(ThreadPool& pool, Isa isa, double seconds = 0.5);

}  // namespace hearth
