#!/usr/bin/env bash
# Builds the wheel of the last commit in two folders with two target folders, and compares the octets of both.
#
#   make wheel-twice
set -euo pipefail
cd "$(dirname "$0")/.."
maturin=${BIN:-.venv/bin}/maturin
out=$PWD/out/twice
rm -rf "$out"
mkdir -p "$out"
# Both are built from this commit, also where another one comes in between.
commit=$(git rev-parse HEAD)
# The time of the commit stands for the time of the build.
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct "$commit")
export SOURCE_DATE_EPOCH
for name in one another-place; do
  mkdir -p "$out/$name/source"
  git archive "$commit" | tar -x -C "$out/$name/source"
  (
    cd "$out/$name/source"
    # Where the sources lie must not stand in the library.
    export CARGO_TARGET_DIR="$out/$name/target"
    export RUSTFLAGS="--remap-path-prefix=$out/$name=/build --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo"
    "$maturin" build --quiet --release --locked --manifest-path python/Cargo.toml --out "$out/$name/wheel"
  )
  rm -rf "$out/$name/target"
done
sha256sum "$out"/*/wheel/*.whl
cmp "$out"/one/wheel/*.whl "$out"/another-place/wheel/*.whl
echo "the same octets"
