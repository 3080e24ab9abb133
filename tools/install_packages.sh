#!/bin/sh
# Installs the Debian packages of the named groups (tools/packages.txt) that are missing: says which and why;
# asks nothing as root or with passwordless sudo, and otherwise prints the command to run.
#   tools/install_packages.sh build [check] [bench]
set -eu
cd "$(dirname "$0")"

missing=""
for group in "$@"; do
  while read -r g package reason; do
    [ "$g" = "$group" ] || continue
    status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$status" = installed ] && continue
    echo "missing: $package ($reason)" >&2
    missing="$missing $package"
  done < packages.txt
done
[ -n "$missing" ] || exit 0

install="apt-get install -y --no-install-recommends$missing"
if [ "$(id -u)" = 0 ]; then
  run() { env DEBIAN_FRONTEND=noninteractive "$@"; }
elif sudo -n true 2>/dev/null; then
  run() { sudo -n env DEBIAN_FRONTEND=noninteractive "$@"; }
else
  echo "error: packages are missing and this user may not install them; run: sudo apt-get update && sudo $install" >&2
  exit 1
fi
echo "installing:$missing" >&2
run apt-get update -qq
# shellcheck disable=SC2086
run $install >&2
