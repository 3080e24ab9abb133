// The vocabulary that kernels are written in: the same names in hearth::scalar, hearth::avx2, ...
//
//   kLanes                      how many numbers a vector holds
//   kRegisters                  how many vectors stay out of memory
//   F, I, M                     vectors of float, of int32, and of yes or no
//   set(x)                      x in every lane, bit by bit
//   load(p), store(p, a)        from and to any address
//   load(p, n), store(p, a, n)  the first n < kLanes only; the other lanes are 0, and memory is not touched
//   load_f16, load_bf16         16-bit floats, made wide; store_f16 rounds to nearest even
//   load_half(p)                one 16-bit float
//   load_i32, load_u16, load_u8, load_i8 integers, made wide; from any address
//   spread_bits(p, x)           x in lane i where bit i from address p on is set, else 0
//   + - * /  & | ^              lane by lane; integers wrap
//   fma(a, b, c)                a*b + c, with one rounding where the set has it
//   min, max                    the second argument if either is NaN
//   sqrt, floor
//   bits, from_bits             the same bits as the other type
//   to_float(a), nearest(a)     between int32 and float, rounding to even; out of range gives INT32_MIN
//   left<n>(a), right<n>(a)     shifts, filled with zeros
//   a < b, select(m, a, b)      false if either is NaN; a where m holds, else b
//   keep(p, m, a)               the lanes of a where m holds, side by side from p on; how many; all of a vector's
//                               memory there may be overwritten
//   lookup(table, a)            table[a & 15]
//   rows_i8<n>(table, index)    rows of n int8, 4 or 8, made wide: lane n*j + i is table[index[j]][i]
//   dot<bits>(s, a, b)          s + a0*b0 + ... + a3*b3, of the bytes of each lane: a's without a sign and of so many
//                               bits, b's with one, at least -127
//   four(p)                     the four bytes at p for every lane: a `b` of dot()
//   lookup_bytes(table, a)      table[a & 15] for each byte of a, which are 0 to 15
//   store_i8(p, a)              the lanes as int8, which they fit
//   swapped(a)                  lanes 2i and 2i + 1 exchanged
//   sum(a), largest(a)          over the lanes; sum adds halves to halves: lane 0 + lane kLanes/2, ...
//   sums(to, a, b, c, d)        to[0..3] = sum(a), ..., sum(d), to the bit
// and what derived.inl makes of these: -a, abs(a), with_sign(a, sign), load_up_to, store_up_to; and
//   prefetch(p), prefetch_second(p)   memory is wanted soon: in the first cache, in the second
#pragma once

#include "simd/avx2.h"
#include "simd/avx512.h"
#include "simd/neon.h"
#include "simd/rvv.h"
#include "simd/scalar.h"

#define HEARTH_BODY "simd/derived.inl"
#include "simd/each_isa.inl"
