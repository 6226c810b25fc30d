#!/bin/sh
# Finds the smallest inputs in `corpus/` that reach all that the whole reaches, and keeps those that are no seeds in
# `corpora/<target>.hex`, which is committed. The targets are those that `run.sh` has built.
#
#   fuzz/minimise.sh [TARGET...]
set -eu
home=$(cd "$(dirname "$0")" && pwd)
target_dir=${FIELDTAP_FUZZ_TARGET_DIR:-$HOME/.cache/fieldtap-fuzz-target}
host=$(rustc -vV | sed -n 's/^host: //p')
cd "$home"
[ $# -gt 0 ] || set -- $(ls corpus)
rm -rf minimised
mkdir -p minimised corpora logs
for target; do
    binary=$target_dir/$host/release/$target
    [ -x "$binary" ] || { echo "skipped: $target is not built" >&2; continue; }
    mkdir "minimised/$target"
    "$binary" -merge=1 -set_cover_merge=1 -max_len=16384 "minimised/$target" "corpus/$target" \
        >"logs/$target.minimised" 2>&1 || { echo "$target: see fuzz/logs/$target.minimised" >&2; exit 1; }
done
cargo run --quiet --target-dir "$target_dir" --example keep
