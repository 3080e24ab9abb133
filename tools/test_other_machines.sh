#!/usr/bin/env bash
# Compiles the kernels for 64-bit ARM and for RISC-V with vectors, and runs their tests in an emulator: the instruction
# sets, the decoders of all formats, the products of panels.
#   tools/test_other_machines.sh build-others [arm] [riscv]
set -euo pipefail
cd "$(dirname "$0")/.."
out=$1
machines=("${@:2}")
[ ${#machines[@]} -gt 0 ] || machines=(arm riscv)
mkdir -p "$out"

# Some sources are compiled as one: unit NAME LEVEL SOURCE...
: > "$out/units"
unit() {
  printf '#include "%s"\n' "${@:3}" > "$out/$1.cc"
  echo "$1 $2" >> "$out/units"
}
googletest=/usr/src/googletest/googletest
cpu=$PWD/src/backends/cpu
mapfile -t quant < <(find "$PWD/src/quant" -name '*.cc' ! -name '*_test.cc' | sort)
mapfile -t below < <(find "$PWD"/src/{base,tensor,simd} -name '*.cc' ! -name '*_test.cc' | sort)
unit quant -O1 "${quant[@]}"
unit simd_test -O1 "$PWD/src/simd/simd_test.cc"
unit panels -O1 "$cpu"/{panels,panel_products,pack,pack_codes,memory}.cc
unit tests -O0 "$PWD/src/quant/format_test.cc" "$cpu/panels_test.cc"
unit googletest -O0 "$googletest/src/gtest-all.cc" "$googletest/src/gtest_main.cc"
unit below -O0 "${below[@]}"

# build MACHINE COMPILER...: what has no machine code of its own is taken from this machine's headers.
export COMPILE
build() {
  mkdir -p "$out/$1"
  COMPILE="ccache ${*:2} -std=c++20 -ffp-contract=off -fno-math-errno -DFMT_HEADER_ONLY -idirafter /usr/include
           -Wall -Wextra -Werror -Isrc -I$googletest -I$googletest/include -I${googletest%test}mock/include"
  # shellcheck disable=SC2016
  xargs -P "$(nproc)" -L 1 -a "$out/units" bash -c '$COMPILE $3 -c "$0/$2.cc" -o "$0/$1/$2.o"' "$out" "$1"
  "${@:2}" "$out/$1"/*.o -o "$out/$1/tests" -lpthread
}
# Without the encoders, which search: that takes minutes in an emulator, and they are made of the same words.
runs=()
run() {
  "$@" --gtest_brief=1 --gtest_filter='-*EachEncoder*:*OthersEncoded*' &
  runs+=($!)
}

for machine in "${machines[@]}"; do
  case $machine in
    arm)
      build arm aarch64-linux-gnu-g++
      run qemu-aarch64-static -cpu max -L /usr/aarch64-linux-gnu "$out/arm/tests"
      ;;
    riscv)
      build riscv clang++-16 --target=riscv64-linux-gnu -march=rv64gcv
      for bits in 128 256; do
        run qemu-riscv64-static -cpu "rv64,v=true,vext_spec=v1.0,vlen=$bits" -L /usr/riscv64-linux-gnu "$out/riscv/tests"
      done
      ;;
  esac
done
for each in "${runs[@]}"; do wait "$each"; done
