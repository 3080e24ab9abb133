#!/usr/bin/env bash
# Compiles the instruction sets' tests for 64-bit ARM and runs them in an emulator.
#   tools/test_arm.sh build-arm
set -euo pipefail
cd "$(dirname "$0")/.."
out=$1
mkdir -p "$out"

googletest=/usr/src/googletest/googletest
# What has no machine code of its own is taken from this machine's headers.
compile=(ccache aarch64-linux-gnu-g++ -std=c++20 -O1 -ffp-contract=off -DFMT_HEADER_ONLY -idirafter /usr/include
         -Wall -Wextra -Werror -Isrc "-I$googletest")
objects=()
for source in src/simd/isa.cc src/simd/simd_test.cc "$googletest/src/gtest-all.cc" "$googletest/src/gtest_main.cc"; do
  object=$out/$(basename "$source" .cc).o
  "${compile[@]}" -c "$source" -o "$object"
  objects+=("$object")
done
aarch64-linux-gnu-g++ "${objects[@]}" -o "$out/simd_test" -lpthread
qemu-aarch64-static -cpu max -L /usr/aarch64-linux-gnu "$out/simd_test" --gtest_brief=1
