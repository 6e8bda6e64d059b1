#!/usr/bin/env bash
# Asks the package index whether every locked library has a wheel for each Python that is supported, on Linux x86-64
# and ARM. Run by hand before a release, from the repository's root; it takes some minutes.
# faust-streaming has no wheels for ARM: pip builds it there, and needs no compiler for it.
#
#   tests/deploy/check_wheels.sh [LOCK]
set -euo pipefail

lock=${1:-requirements.lock}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failed=0
sed '/^faust-streaming==/,/^[^ ]/ { /^faust-streaming==/d; /^ /d }' "$lock" >"$folder/aarch64.txt"
cp "$lock" "$folder/x86_64.txt"

for machine in x86_64 aarch64; do
  for version in 3.11 3.12 3.13 3.14; do
    if python3 -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary :all: \
      --python-version "$version" --implementation cp --platform "manylinux_2_28_$machine" \
      --platform "manylinux_2_17_$machine" --platform "manylinux2014_$machine" \
      --dest "$folder/$machine-$version" --requirement "$folder/$machine.txt"; then
      echo "ok      Python $version on $machine: $(find "$folder/$machine-$version" -name '*.whl' | wc -l) wheels"
    else
      echo "FAILED  Python $version on $machine"
      failed=1
    fi
    rm -rf "${folder:?}/$machine-$version"
  done
done
exit "$failed"
