#!/bin/bash -eu
# Builds every target into $OUT, each with its seeds as `<target>_seed_corpus.zip` and its dictionary.
cd "${SRC:?}/fieldtap/fuzz"
cargo fuzz build --fuzz-dir . --release --debug-assertions
# The flags of the sanitizer are for the targets: no procedural macro can be loaded with them.
env -u RUSTFLAGS -u CFLAGS -u CXXFLAGS cargo run --quiet --example seeds >/dev/null
release=target/$(rustc -vV | sed -n 's/^host: //p')/release
for target in $(cargo fuzz list --fuzz-dir .); do
    cp "$release/$target" "${OUT:?}/"
    [ ! -d "corpus/$target" ] || python3 -m zipfile -c "$OUT/${target}_seed_corpus.zip" "corpus/$target"/*
    dictionary=dictionaries/${target%_*}.dict
    [ ! -f "$dictionary" ] || cp "$dictionary" "$OUT/$target.dict"
done
