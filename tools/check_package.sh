#!/bin/sh
# Says what a package is: the sizes, and what its program and its library need of the system. Fails if that is more than
# a C library as old as Ubuntu 22.04's, or if the program is larger than it should be.
#   tools/check_package.sh build-package
set -eu
cd "$1"
newest_glibc=2.35
most_bytes=20000000  # without the built-in model
wrong=""

ls -l packages/*.deb packages/*.tar.gz | awk '{ print $5, $9 }'
stripped=$(mktemp)
trap 'rm -f "$stripped"' EXIT
strip -o "$stripped" hearth
model=$(stat -c %s ../models/hearth-tiny.gguf)
bytes=$(($(stat -c %s "$stripped") - model))
echo "$bytes hearth, without its $model bytes of model"
[ "$bytes" -le $most_bytes ] || wrong="$wrong; the program has more than $most_bytes bytes"

for file in hearth libhearth.so; do
  needs=$(objdump -p $file | awk '$1 == "NEEDED" { print $2 }')
  glibc=$(objdump -T $file | grep -o 'GLIBC_[0-9.]*' | sed 's/GLIBC_//' | sort -uV | tail -1)
  echo "$file needs glibc $glibc:" $needs
  [ "$(printf '%s\n' "$glibc" $newest_glibc | sort -V | tail -1)" = $newest_glibc ] ||
    wrong="$wrong; $file: glibc $newest_glibc does not suffice: $(objdump -T $file | grep "GLIBC_$glibc" | awk '{ print $NF }' | xargs)"
  for library in $needs; do
    case $library in
      libc.so.6 | libm.so.6 | ld-linux-*.so.*) ;;
      *) wrong="$wrong; $file needs $library" ;;
    esac
  done
done
[ -z "$wrong" ] || { echo "error: ${wrong#; }" >&2; exit 1; }
